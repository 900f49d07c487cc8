//! What a person hands to a running process: events, over a socket in its data folder.
//!
//! The process that carries the stream inside itself is its only writer, so a
//! command cannot write to it from outside. It hands its event over here, and the
//! process checks and publishes it. The system says who is at the other end, so
//! nobody decides in the name of another; and only the owner reaches the socket at all.

use std::{
    fs::Permissions,
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::users;

/// The socket's name in the data folder.
const FILE: &str = "decisions.sock";
/// The largest event that is taken, in bytes; and the largest answer.
const LARGEST: u64 = 1 << 20;
/// How long a command may take to say its event.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause after the system had no connection to give.
const PAUSE: Duration = Duration::from_millis(100);
/// As many may wait; they come from people.
const WAITING: usize = 16;

/// An event that was handed over, and where the answer goes: its offset, or why
/// it is not taken.
#[derive(Debug)]
pub struct Submission {
    /// The event's bytes.
    pub event: Vec<u8>,
    /// The user of this machine who hands it over.
    pub user: String,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Result<u64, String>>,
}

/// Where the process that owns this data folder takes events.
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// Begins to take events. Only the owner of the data folder's log may: a socket that
/// is there was left by a process that has ended.
pub fn open(data_dir: &Path) -> io::Result<mpsc::Receiver<Submission>> {
    let path = path(data_dir);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(take_all(listener, sender));
    Ok(receiver)
}

/// One after the other, until nobody receives them any more.
async fn take_all(listener: UnixListener, submissions: mpsc::Sender<Submission>) {
    while !submissions.is_closed() {
        let taken = match listener.accept().await {
            Ok((stream, _)) => take(stream, &submissions).await,
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            tracing::debug!(%error, "a decision was not handed over whole");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn take(mut stream: UnixStream, submissions: &mpsc::Sender<Submission>) -> io::Result<()> {
    let user = users::name(stream.peer_cred()?.uid());
    let event = read(&mut stream).await?;
    let (answer, answered) = oneshot::channel();
    let stopping = || Err("the process is stopping".to_owned());
    let submission = Submission {
        event,
        user,
        answer,
    };
    let outcome = match submissions.send(submission).await {
        Ok(()) => answered.await.unwrap_or_else(|_| stopping()),
        Err(_) => stopping(),
    };
    if let Ok(offset) = outcome {
        tracing::info!(offset, "a decision was handed over and is published");
    }
    let answer = serde_json::to_vec(&outcome)?;
    timeout(PATIENCE, stream.write_all(&answer)).await?
}

/// Hands an event to the process that owns this data folder; it says the event's
/// offset, or why it does not take it.
pub async fn hand_over(data_dir: &Path, event: &[u8]) -> io::Result<Result<u64, String>> {
    let mut stream = UnixStream::connect(path(data_dir)).await?;
    stream.write_all(event).await?;
    stream.shutdown().await?;
    let mut answer = Vec::new();
    (&mut stream).take(LARGEST).read_to_end(&mut answer).await?;
    Ok(serde_json::from_slice(&answer)?)
}

/// What is sent until the other end has no more to say.
async fn read(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    let mut event = Vec::new();
    timeout(PATIENCE, stream.take(LARGEST).read_to_end(&mut event)).await??;
    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_system_says_who_hands_over() {
        let folder = tempfile::tempdir().unwrap();
        // As a process leaves it that was killed.
        drop(std::os::unix::net::UnixListener::bind(path(folder.path())).unwrap());
        let mut submissions = open(folder.path()).unwrap();
        let mode = std::fs::metadata(path(folder.path())).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        let answering = tokio::spawn(async move {
            let submission = submissions.recv().await.unwrap();
            assert_eq!(submission.event, b"hold");
            let _ = submission.answer.send(Ok(7));
            let user = submission.user;
            let refused = submissions.recv().await.unwrap();
            let _ = refused.answer.send(Err("no".to_owned()));
            user
        });
        let taken = hand_over(folder.path(), b"hold").await.unwrap();
        assert_eq!(taken, Ok(7));
        let refused = hand_over(folder.path(), b"").await.unwrap();
        assert_eq!(refused, Err("no".to_owned()));
        assert_eq!(answering.await.unwrap(), users::current());
    }
}
