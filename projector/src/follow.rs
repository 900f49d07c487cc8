//! From the stream into the log, and from the log into the views.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    time::Duration,
};

use eventlog::{EventLog, LogError, Offset};
use service::{
    CancellationToken, Service,
    config::Config,
    follow::{Follower, Pace, Undone},
    health,
};
use stream::{Delivered, Stream, StreamError};
use views::{Entry, ViewsError, Writer};

use crate::metrics;

/// The most events in one transaction of the views, and the most that are
/// asked of the stream at once.
const BATCH: usize = 2000;
/// Batches that are read ahead while one is being written.
const READ_AHEAD: usize = 2;
/// How long the stream is waited on before the position is looked at again.
const WAIT: Duration = Duration::from_secs(1);

/// The projector, for its own program and for `counterfoil run`.
pub static SERVICE: Service = Service {
    name: "projector",
    about: "Writes every event to the log, and from the log the views that reports are made from",
    admin: |admin| admin.projector,
    metrics: &[metrics::METRICS],
    run: |config, stream, shutdown| {
        Box::pin(async move { Ok(run(config, stream, shutdown).await?) })
    },
};

/// The projector cannot go on.
#[expect(missing_docs, reason = "each message says what it is about")]
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    #[error("cannot open the log")]
    OpenLog(#[source] LogError),
    #[error("cannot read the log")]
    ReadLog(#[source] LogError),
    #[error("the log ends at offset {last}, but has nothing at {offset}: verify the log")]
    Gap { offset: u64, last: u64 },
    #[error("cannot write what the stream delivered to the log")]
    Append(#[source] LogError),
    #[error("cannot read the stream")]
    ReadStream(#[from] StreamError),
    #[error("cannot keep the views")]
    Views(#[from] ViewsError),
    #[error("the thread that writes the views has died")]
    Died(#[source] tokio::task::JoinError),
}

/// Runs the projector until `shutdown`: every event into the log, if another
/// carries the stream, and from the log into the views in `projector` in the
/// data folder. What is in hand when it is shut down is finished.
pub async fn run(
    config: Arc<Config>,
    stream: Stream,
    shutdown: CancellationToken,
) -> Result<(), ProjectorError> {
    let views = views::folder(&config.data_dir);
    if let Some(log) = stream.log() {
        return project(log.clone(), views, &shutdown).await;
    }
    let open = {
        let config = config.clone();
        move || EventLog::open_in(&config.data_dir).map_err(ProjectorError::OpenLog)
    };
    let log = blocking(open).await?;
    tokio::try_join!(
        follow(stream, log.clone(), &shutdown),
        project(log, views, &shutdown)
    )?;
    Ok(())
}

/// Empties the views in `folder` and fills them from the log up to its end.
/// `progress` is told the offset reached and the last one. Returns the last
/// offset. The projector must not run on the same views.
pub fn rebuild(
    folder: &Path,
    log: &EventLog,
    mut progress: impl FnMut(u64, u64),
) -> Result<u64, ProjectorError> {
    let mut views = Writer::open(folder)?;
    views.clear()?;
    catch_up(log, &mut views, |offset, last| {
        progress(offset, last);
        ControlFlow::Continue(())
    })?;
    Ok(views.position()?.offset)
}

/// Appends to the log what the stream delivers. The log keeps the position in
/// the stream together with the events, and passes over copies.
async fn follow(
    stream: Stream,
    log: EventLog,
    shutdown: &CancellationToken,
) -> Result<(), ProjectorError> {
    let health = health::component("projector/log");
    let position = log.followed().map_err(ProjectorError::ReadLog)?.sequence();
    let follower = Follower {
        stream: &stream,
        health: &health,
        shutdown,
        pace: Pace {
            most: BATCH,
            wait: WAIT,
            moment: None,
        },
    };
    let log = &log;
    let append = |delivered: Vec<Delivered>| async move {
        let count = delivered.len();
        let appended = log.append_from_stream(delivered).await;
        appended.map_err(|error| Undone::Failed(ProjectorError::Append(error)))?;
        metrics::LOGGED.add([], count);
        Ok(())
    };
    follower
        .read(|| log.followed().map_err(StreamError::Log), append)
        .await?;
    let reached = log.followed().map_err(ProjectorError::ReadLog)?.sequence();
    tracing::info!(%position, %reached, "the log follows no longer");
    Ok(())
}

/// Keeps the views up with the log.
async fn project(
    log: EventLog,
    folder: PathBuf,
    shutdown: &CancellationToken,
) -> Result<(), ProjectorError> {
    let health = health::component("projector/views");
    let mut tail = log.subscribe();
    let mut views = {
        let log = log.clone();
        blocking(move || open_views(&folder, &log)).await?
    };
    loop {
        tail.mark_unchanged();
        let (log, stop) = (log.clone(), shutdown.clone());
        views = blocking(move || {
            catch_up(&log, &mut views, |_, _| match stop.is_cancelled() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })?;
            Ok(views)
        })
        .await?;
        health.ok();
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            // The log outlives this loop, so its end is not waited for.
            changed = tail.changed() => if changed.is_err() { return Ok(()) },
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ProjectorError> + Send + 'static,
) -> Result<T, ProjectorError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(ProjectorError::Died)?
}

/// Opens the views, and empties them if they were made from another log.
fn open_views(folder: &Path, log: &EventLog) -> Result<Writer, ProjectorError> {
    let mut views = Writer::open(folder)?;
    let position = views.position()?;
    if position.offset > 0 {
        let record = log
            .get(Offset(position.offset))
            .map_err(ProjectorError::ReadLog)?;
        if record.map(|record| record.event.id) != position.event {
            tracing::warn!(
                offset = position.offset,
                "the views were made from another log: they are rebuilt"
            );
            views.clear()?;
        }
    }
    Ok(views)
}

/// Applies what the log has beyond the views, batch by batch, until the end
/// that it has now or until `progress` breaks off. The next batches are read
/// and decoded in a thread of their own while one is written.
fn catch_up(
    log: &EventLog,
    views: &mut Writer,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), ProjectorError> {
    let first = views.position()?.offset + 1;
    let last = log.last_offset().0;
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(READ_AHEAD);
        scope.spawn(move || {
            let mut next = first;
            while next <= last {
                let batch = read(log, next, last);
                let end = batch.as_ref().ok().and_then(|entries| entries.last());
                next = end.map_or(u64::MAX, |entry| entry.offset + 1);
                // Nobody receives any more: the writer has failed or was stopped.
                if sender.send(batch).is_err() {
                    return;
                }
            }
        });
        for batch in receiver {
            let entries = batch?;
            views.apply(&entries)?;
            let offset = entries.last().map_or(0, |entry| entry.offset);
            metrics::VIEWED.add([], entries.len());
            metrics::LAG.set_count(
                [],
                usize::try_from(last.saturating_sub(offset)).unwrap_or(usize::MAX),
            );
            if progress(offset, last).is_break() {
                break;
            }
        }
        Ok(())
    })
}

fn read(log: &EventLog, from: u64, last: u64) -> Result<Vec<Entry>, ProjectorError> {
    let records = log
        .read(Offset(from), BATCH)
        .map_err(ProjectorError::ReadLog)?;
    if records.is_empty() {
        return Err(ProjectorError::Gap { offset: from, last });
    }
    let entries = records.iter();
    Ok(entries
        .map(|record| Entry::read(record.offset.0, &record.event))
        .collect())
}
