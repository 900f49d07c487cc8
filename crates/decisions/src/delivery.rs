//! Writing a decision to the stream, whoever carries it.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use answer::{Limit, ReadError};
use schemas::Event;
use service::{config::Config, inbox};
use stream::{Sequence, StreamError};

/// A process that takes longer to answer is not well.
const PATIENCE: Duration = Duration::from_secs(10);

/// A decision cannot be written, or nobody knows whether it was. To write the same
/// one again is safe.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// No process has begun a log here.
    #[error(
        "there is no log in {}: name the configuration that `counterfoil run` uses",
        .0.display()
    )]
    NoLog(PathBuf),
    /// The stream cannot be opened, or does not take it.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// Nothing can be sent from here.
    #[error("cannot prepare to hand the decision over")]
    Client(#[source] reqwest::Error),
    /// Another process has the log, and none answers where `counterfoil run` would.
    #[error(
        "the log is open in another process, and none answers at {url}: if it is `counterfoil run`, give `admin.run` as it was started with; if it is another command, wait until it has ended"
    )]
    NoAnswer {
        /// Where it was to be handed over.
        url: String,
        /// Why there is no answer.
        #[source]
        source: reqwest::Error,
    },
    /// It answered, and its answer did not come to an end.
    #[error("the answer of {url} could not be read: whether it was taken is not known")]
    Unread {
        /// Where it was handed over.
        url: String,
        /// Why it could not be read.
        #[source]
        source: ReadError,
    },
    /// The process that carries the stream answered, and refused.
    #[error("the process at {url} did not take it ({status}): {why}")]
    Refused {
        /// Where it was handed over.
        url: String,
        /// The status of the answer.
        status: reqwest::StatusCode,
        /// The beginning of the answer.
        why: String,
    },
    /// Something answered that is not Counterfoil.
    #[error("{url} answered `{answer}`, which is no sequence")]
    NoSequence {
        /// Where it was handed over.
        url: String,
        /// The text of the answer.
        answer: String,
    },
}

/// Publishes the event and returns its sequence in the stream. On NATS that is done from here. The
/// embedded stream has one owner: if a process runs, it is handed the event, and if
/// none does, the log is opened for this one event.
pub async fn publish(config: &Config, event: &Event) -> Result<Sequence, DeliveryError> {
    service::tls::init();
    match service::stream::connect_existing(config).await {
        Ok(Some(stream)) => Ok(stream.publish(event.encode()).await?.sequence),
        Ok(None) => Err(DeliveryError::NoLog(config.data_dir.clone())),
        Err(error) if error.is_open_elsewhere() => hand_over(config.admin.run, event).await,
        Err(error) => Err(error.into()),
    }
}

/// Hands the event to the running process.
async fn hand_over(address: SocketAddr, event: &Event) -> Result<Sequence, DeliveryError> {
    let url = format!("http://{}{}", reachable(address), inbox::PATH);
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .build()
        .map_err(DeliveryError::Client)?;
    let no_answer = |source| DeliveryError::NoAnswer {
        url: url.clone(),
        source,
    };
    let answer = client
        .post(&url)
        .header("content-type", inbox::CONTENT_TYPE)
        .body(event.encode().bytes)
        .send()
        .await
        .map_err(no_answer)?;
    let status = answer.status();
    if !status.is_success() {
        let why = answer::beginning(answer, Limit::REFUSAL).await;
        return Err(DeliveryError::Refused {
            url,
            status,
            why: String::from_utf8_lossy(&why).into_owned(),
        });
    }
    let read = answer::read(answer, Limit::REFUSAL).await;
    let text = read.map_err(|source| DeliveryError::Unread {
        url: url.clone(),
        source,
    })?;
    let text = String::from_utf8_lossy(&text).into_owned();
    match text.parse() {
        Ok(sequence) => Ok(Sequence(sequence)),
        Err(_) => Err(DeliveryError::NoSequence { url, answer: text }),
    }
}

/// What listens on every address is reached by the loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_listens_everywhere_is_reached_by_the_loopback() {
        let at = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(at("0.0.0.0:9100"), "127.0.0.1:9100");
        assert_eq!(at("10.1.2.3:9100"), "10.1.2.3:9100");
    }
}
