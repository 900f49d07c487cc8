//! Writing a decision to the stream, whoever carries it.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use schemas::Event;
use service::{config::Config, inbox};
use stream::{Sequence, StreamError};
use tokio::time::timeout;

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
    /// Another process has the log, and takes nothing, or whether it took this is not
    /// known.
    #[error(
        "the log is open in another process, and the decision could not be handed over at {}: if it is `counterfoil run`, be the user that it runs as; if it is another command, wait until it has ended",
        path.display()
    )]
    NoAnswer {
        /// Where it was to be handed over.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The process that carries the stream refused.
    #[error("the running process did not take it: {0}")]
    Refused(String),
}

/// Publishes the event and returns its sequence in the stream. On NATS that is done from here. The
/// embedded stream has one owner: if a process runs, it is handed the event, and if
/// none does, the log is opened for this one event.
pub async fn publish(config: &Config, event: &Event) -> Result<Sequence, DeliveryError> {
    service::tls::init();
    // A connection to a broker is much to hold for whoever waits here.
    match Box::pin(service::stream::connect_existing(config)).await {
        Ok(Some(stream)) => Ok(stream.publish(event.encode()).await?.sequence),
        Ok(None) => Err(DeliveryError::NoLog(config.data_dir.clone())),
        Err(error) if error.is_open_elsewhere() => hand_over(&config.data_dir, event).await,
        Err(error) => Err(error.into()),
    }
}

/// Hands the event to the running process.
async fn hand_over(data_dir: &Path, event: &Event) -> Result<Sequence, DeliveryError> {
    let no_answer = |source| DeliveryError::NoAnswer {
        path: inbox::path(data_dir),
        source,
    };
    let bytes = event.encode().bytes;
    let answer = timeout(PATIENCE, inbox::hand_over(data_dir, &bytes)).await;
    let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    match answer.map_err(no_answer)? {
        Ok(sequence) => Ok(Sequence(sequence)),
        Err(why) => Err(DeliveryError::Refused(why)),
    }
}
