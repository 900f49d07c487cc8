//! Following the stream: what comes, what comes again, and how it ends.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use eventlog::{EventLog, LogOptions};
use schemas::{EncodedEvent, EventId};
use service::{
    CancellationToken,
    follow::{Follower, Pace, Undone},
    health::{self, Component, State},
};
use stream::{Delivered, Stream, StreamError};
use tempfile::TempDir;
use tokio::time::timeout;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

struct World {
    _folder: TempDir,
    stream: Stream,
    health: Component,
    shutdown: CancellationToken,
    /// The offsets of each batch that was handed over.
    seen: Arc<Mutex<Vec<Vec<u64>>>>,
}

impl World {
    async fn with(events: usize, name: &str) -> World {
        let folder = TempDir::new().unwrap();
        let log = EventLog::open(folder.path(), LogOptions::default()).unwrap();
        let world = World {
            _folder: folder,
            stream: Stream::embedded(log),
            health: health::component(name),
            shutdown: CancellationToken::new(),
            seen: Arc::default(),
        };
        world.publish(0, events).await;
        world
    }

    async fn publish(&self, from: usize, to: usize) {
        let event = |number: usize| EncodedEvent {
            id: EventId::derive(&[&number.to_string()]),
            subject: "order.received.us".to_owned(),
            bytes: b"{}".to_vec(),
        };
        let events = (from..to).map(event).collect();
        self.stream.publish_all(events).await.unwrap();
    }

    fn follower(&self, most: usize) -> Follower<'_> {
        Follower {
            stream: &self.stream,
            health: &self.health,
            shutdown: &self.shutdown,
            pace: Pace {
                most,
                wait: Duration::from_millis(20),
                moment: None,
            },
        }
    }

    /// Notes a batch; stops after `count` of them. Answers how many there were before.
    fn note(&self, batch: &[Delivered], count: usize) -> usize {
        let mut seen = self.seen.lock().unwrap();
        seen.push(batch.iter().map(|delivered| delivered.offset).collect());
        if seen.len() == count {
            self.shutdown.cancel();
        }
        seen.len() - 1
    }

    fn seen(&self) -> Vec<Vec<u64>> {
        self.seen.lock().unwrap().clone()
    }

    fn health(&self) -> State {
        health::components()[self.health.name()].clone()
    }
}

fn away() -> StreamError {
    StreamError::Unavailable("the cable is out".to_owned())
}

#[tokio::test]
async fn what_is_done_does_not_come_again_and_the_batch_in_hand_is_finished() {
    let world = World::with(5, "what_is_done").await;
    let consume = || {
        world.follower(2).consume("c", &[], |batch| {
            world.note(&batch, 2);
            async { Ok::<_, Undone<StreamError>>(()) }
        })
    };
    timeout(LONG, consume()).await.unwrap().unwrap();
    assert_eq!(world.seen(), [vec![1, 2], vec![3, 4]]);
    assert_eq!(world.health(), State::Ok);
    // The second was in hand when it was stopped, and is acknowledged.
    let mut after = world.stream.consumer("c", &[]).await.unwrap();
    let rest = after
        .next_batch(9, Duration::from_millis(20))
        .await
        .unwrap();
    assert_eq!(rest.iter().map(|it| it.offset).collect::<Vec<_>>(), [5]);
}

#[tokio::test]
async fn while_the_stream_is_away_it_is_said_and_the_batch_comes_again() {
    let world = World::with(2, "while_away").await;
    let consumed = world.follower(2).consume("c", &[], |batch| {
        let tries = world.note(&batch, 2);
        if tries == 1 {
            let State::Failing(because) = world.health() else {
                panic!("{:?}", world.health());
            };
            assert!(because.starts_with("the stream is away: "), "{because}");
            assert!(because.contains("the cable is out"), "{because}");
        }
        async move {
            match tries {
                0 => Err(Undone::<StreamError>::Stream(away())),
                _ => Ok(()),
            }
        }
    });
    timeout(LONG, consumed).await.unwrap().unwrap();
    assert_eq!(world.seen(), [vec![1, 2], vec![1, 2]]);
    assert_eq!(world.health(), State::Ok);
}

#[tokio::test]
async fn what_a_stop_leaves_undone_comes_after_the_next_start() {
    let world = World::with(1, "left_undone").await;
    let stopped = world.follower(2).consume("c", &[], |batch| {
        world.note(&batch, 1);
        async { Err(Undone::<StreamError>::Stopped) }
    });
    timeout(LONG, stopped).await.unwrap().unwrap();
    let mut after = world.stream.consumer("c", &[]).await.unwrap();
    let rest = after
        .next_batch(9, Duration::from_millis(20))
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
}

#[tokio::test]
async fn what_comes_within_a_moment_comes_together() {
    let world = World::with(1, "a_moment").await;
    let follower = Follower {
        pace: Pace {
            most: 9,
            wait: LONG,
            moment: Some(Duration::from_secs(2)),
        },
        ..world.follower(9)
    };
    let consumed = follower.consume("c", &[], |batch| {
        world.note(&batch, 1);
        async { Ok::<_, Undone<StreamError>>(()) }
    });
    let later = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        world.publish(1, 3).await;
    };
    let both = Box::pin(async { tokio::join!(consumed, later) });
    let (consumed, ()) = timeout(LONG, both).await.unwrap();
    consumed.unwrap();
    assert_eq!(world.seen(), [vec![1, 2, 3]]);
}

#[tokio::test]
async fn a_reader_begins_where_its_owner_has_come_to_and_again_after_a_failure() {
    let world = World::with(4, "a_reader").await;
    let position = Mutex::new(1);
    let read = world.follower(2).read(
        || Ok(*position.lock().unwrap()),
        |batch| {
            let tries = world.note(&batch, 3);
            let last = batch.last().map(|delivered| delivered.offset);
            let position = &position;
            async move {
                if tries == 0 {
                    return Err(Undone::<StreamError>::Stream(away()));
                }
                *position.lock().unwrap() = last.unwrap();
                Ok(())
            }
        },
    );
    timeout(LONG, read).await.unwrap().unwrap();
    assert_eq!(world.seen(), [vec![2, 3], vec![2, 3], vec![4]]);
}

#[tokio::test]
async fn what_waiting_cannot_mend_ends_a_reader() {
    let world = World::with(1, "cannot_mend").await;
    let refused = || {
        Err(StreamError::Refused {
            operation: "read",
            reason: "no such offset".to_owned(),
        })
    };
    let read = world
        .follower(2)
        .read(refused, |_| async { Ok::<_, Undone<StreamError>>(()) });
    let ended = timeout(LONG, read).await.unwrap();
    assert!(
        matches!(ended, Err(StreamError::Refused { .. })),
        "{ended:?}"
    );
}

#[tokio::test]
async fn an_owner_that_cannot_go_on_ends_it() {
    let world = World::with(1, "cannot_go_on").await;
    let failed = world.follower(2).consume("c", &[], |_| async {
        Err::<(), _>(Undone::Failed(StreamError::Setup("broken".to_owned())))
    });
    let ended = timeout(LONG, failed).await.unwrap();
    assert!(matches!(ended, Err(StreamError::Setup(_))), "{ended:?}");
}
