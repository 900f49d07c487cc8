//! Is this a server on which an acknowledged event is safe?

use answer::{Limit, ReadError};
use async_nats::Client;
use bytes::Bytes;
use schemas::causes;
use serde::Deserialize;
use tokio::time::timeout;

use super::JetStreamOptions;
use crate::StreamError;

/// The first version that syncs an atomic batch once, and not once per message.
const OLDEST: (u64, u64) = (2, 15);
/// The largest answer that is read of it, in bytes; it has a few thousand.
const LARGEST: usize = 1 << 20;
/// As much of what is wrong with it is shown, in characters.
const SHOWN: usize = 200;

/// The part of the monitoring endpoint `/jsz?config=true` that matters here.
#[derive(Deserialize)]
struct Jsz {
    config: Option<JszConfig>,
}

#[derive(Deserialize)]
struct JszConfig {
    #[serde(default)]
    sync_always: bool,
}

/// Refuses servers older than 2.15.
pub(super) fn version(version: &str) -> Result<(), StreamError> {
    let mut numbers = version.split(['.', '-']).map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= OLDEST => Ok(()),
        _ => Err(StreamError::Setup(format!(
            "nats-server has version {version}, and {}.{} is the oldest that is supported: upgrade it",
            OLDEST.0, OLDEST.1
        ))),
    }
}

/// Asks the server whether it syncs before it acknowledges. When that is
/// required, not to know is as bad as no; unless it is because the server went
/// away after it was connected to.
pub(super) async fn sync_always(
    client: &Client,
    options: &JetStreamOptions,
) -> Result<(), StreamError> {
    if !options.require_sync_always {
        return Ok(());
    }
    let Some(monitor_url) = &options.monitor_url else {
        return Err(StreamError::Setup(
            "only its monitoring address tells whether nats-server syncs before it acknowledges: set monitor_url, or set require_sync_always = false where events may be lost".to_owned(),
        ));
    };
    let url = format!("{}/jsz?config=true", monitor_url.trim_end_matches('/'));
    let jsz = ask(&url, client, options).await?;
    if jsz.config.is_some_and(|config| config.sync_always) {
        return Ok(());
    }
    Err(StreamError::Setup(
        "nats-server acknowledges events before they are synced to disk: set `sync_interval: always` in the jetstream block of its configuration".to_owned(),
    ))
}

async fn ask(url: &str, client: &Client, options: &JetStreamOptions) -> Result<Jsz, StreamError> {
    let error = match fetch(url, options).await {
        Ok(jsz) => return Ok(jsz),
        Err(error) => error,
    };
    if !answers(client, options).await {
        return Err(StreamError::Unavailable(causes(&error).to_string()));
    }
    // It is there, or there again.
    fetch(url, options).await.map_err(|error| {
        StreamError::Setup(format!(
            "{url} does not tell whether nats-server syncs before it acknowledges ({}): check monitor_url, and http_port in the server's configuration",
            causes(&error)
        ))
    })
}

/// Whether the server itself is there.
async fn answers(client: &Client, options: &JetStreamOptions) -> bool {
    let answered = client.request("$JS.API.INFO", Bytes::new());
    matches!(timeout(options.publish_timeout, answered).await, Ok(Ok(_)))
}

/// The monitoring address cannot be asked.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("it cannot be asked")]
    Call(#[from] reqwest::Error),
    #[error("its answer cannot be read")]
    Unread(#[from] ReadError),
    #[error("its answer is not the JSON that is documented: {0}")]
    Json(String),
}

async fn fetch(url: &str, options: &JetStreamOptions) -> Result<Jsz, FetchError> {
    // The client cannot be built without a provider; an error means there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(options.publish_timeout)
        .build()?;
    let answer = client.get(url).send().await?.error_for_status()?;
    let limit = Limit::new(LARGEST, options.publish_timeout);
    let body = answer::read(answer, limit).await?;
    let problem = |error: serde_json::Error| error.to_string().chars().take(SHOWN).collect();
    serde_json::from_slice(&body).map_err(|error| FetchError::Json(problem(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_are_refused() {
        for good in ["2.15.0", "2.15.1-RC.2", "2.16.0", "3.0.0"] {
            assert!(version(good).is_ok(), "{good}");
        }
        for bad in ["2.14.9", "1.99.0", "", "dev"] {
            assert!(version(bad).is_err(), "{bad}");
        }
    }
}
