//! The books have come further than the stream, or in another one: nothing is sent
//! until the stream is the one that they know. One test, since health is the process's.

mod support;

use std::time::Duration;

use eventlog::{EventLog, LogOptions};
use service::health::{self, State};
use stream::Stream;
use support::*;
use tempfile::TempDir;

#[tokio::test]
async fn books_that_do_not_follow_the_stream_send_nothing() {
    let mut world = World::new().await;
    world.publish(sales(3)).await;
    let poster = world.start();
    world.posted(3).await;
    poster.stop().await.unwrap();
    let own = world.stream.clone();
    let calls = world.look("calls").await;

    // An older copy of the log, in which nothing is posted yet.
    let folder = TempDir::new().unwrap();
    world.stream = older_copy(own.log().unwrap(), 3, &folder).await;
    refused(&world, "set back to an older copy").await;
    // It grows beyond what the books have seen.
    world.publish(sales(50)).await;
    refused(&world, "has grown since").await;

    // Another log, with the same orders and more.
    let folder = TempDir::new().unwrap();
    world.stream = Stream::embedded(open(&folder));
    world.publish(sales(50)).await;
    refused(&world, "made anew").await;
    // Nor are books made anew by another version, which begin with its first event.
    age_books(&world);
    refused(&world, "made anew").await;

    assert_eq!(world.look("calls").await, calls, "Fusion was called");
    assert_sales(&world, 3).await;

    // With the log that they know, they go on.
    world.stream = own;
    let poster = world.start();
    world.publish(sales(4)).await;
    world.posted(4).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 4).await;
}

/// Starts a poster and sees that it is not well, for this reason.
async fn refused(world: &World, because: &str) {
    let poster = world.start();
    let said = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            match health::components().remove("poster/us") {
                Some(State::Failing(said)) if said.contains(because) => return said,
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    });
    let said = said.await.unwrap_or_else(|_| panic!("no `{because}`"));
    assert!(said.contains("newest copy of the log"), "{said}");
    assert!(
        said.contains("Leave the ledger's books as they are"),
        "{said}"
    );
    // Long enough for a poster that goes on to send something.
    tokio::time::sleep(Duration::from_millis(500)).await;
    poster.stop().await.unwrap();
}

/// A log as it was when it had so many events.
async fn older_copy(log: &EventLog, events: usize, folder: &TempDir) -> Stream {
    let mut export = Vec::new();
    log.export(&mut export).unwrap();
    let text = String::from_utf8(export).unwrap();
    let older: Vec<&str> = text.split_inclusive('\n').take(events).collect();
    let older = older.concat();
    EventLog::rebuild_from_export(older.as_bytes(), folder.path(), LogOptions::default())
        .await
        .unwrap();
    Stream::embedded(open(folder))
}

fn open(folder: &TempDir) -> EventLog {
    EventLog::open(folder.path(), LogOptions::default()).unwrap()
}

/// As if a later version had written the books.
fn age_books(world: &World) {
    let file = world.config.data_dir.join("poster").join("us.db");
    let connection = rusqlite::Connection::open(file).unwrap();
    connection
        .pragma_update(None, "user_version", 1_000)
        .unwrap();
}
