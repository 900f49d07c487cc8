//! Writing a decision to the stream, whoever carries it.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, bail};
use eventlog::LogError;
use schemas::Event;
use service::{
    config::{Carrier, Config},
    inbox,
};
use stream::{JetStreamOptions, Stream};

/// A process that takes longer to answer is not well.
const PATIENCE: Duration = Duration::from_secs(10);

/// Publishes the event and returns its offset. On NATS that is done from here. The
/// embedded stream has one owner: if a process runs, it is handed the event, and if
/// none does, the log is opened for this one event.
pub async fn publish(config: &Config, event: &Event) -> anyhow::Result<u64> {
    service::tls::init();
    if config.stream.carrier == Carrier::Jetstream {
        let stream = Stream::connect(&JetStreamOptions::from(&config.stream)).await?;
        return Ok(stream.publish(event.encode()).await?.offset);
    }
    let folder = config.data_dir.join("log");
    if !folder.is_dir() {
        bail!(
            "there is no log in {}: name the configuration that `counterfoil run` uses by -c",
            config.data_dir.display()
        );
    }
    match service::stream::open_log(&config.data_dir) {
        Ok(log) => Ok(Stream::embedded(log).publish(event.encode()).await?.offset),
        Err(LogError::Locked { .. }) => hand_over(config.admin.run, event).await,
        Err(error) => Err(error.into()),
    }
}

/// Hands the event to the running process.
async fn hand_over(address: SocketAddr, event: &Event) -> anyhow::Result<u64> {
    let url = format!("http://{}{}", reachable(address), inbox::PATH);
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .build()?;
    let answer = client
        .post(&url)
        .header("content-type", inbox::CONTENT_TYPE)
        .body(event.encode().bytes)
        .send()
        .await
        .with_context(|| {
            format!(
                "the log is open in another process, and none answers at {url}: if it is `counterfoil run`, give `admin.run` as it was started with; if it is another command, wait until it has ended"
            )
        })?;
    let status = answer.status();
    let text = answer.text().await?;
    if !status.is_success() {
        bail!("the process at {url} did not take it ({status}): {text}");
    }
    text.parse()
        .with_context(|| format!("{url} answered `{text}`, which is no offset"))
}

/// What listens on every address is reached by the loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    address
}
