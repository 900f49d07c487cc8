//! On a real nats-server: the stream into the log, and from there into the views.

mod support;

use eventlog::{EventLog, Offset};
use std::time::Duration;

use fixtures::two_days;
use service::health::{self, State};
use stream::{JetStreamOptions, Stream};
use support::{Running, dump, encode, project, views};
use tempfile::TempDir;
use tests::nats::NatsServer;
use views::report::{self, Filter, TraceQuery};

/// The shortest that the server takes.
const WINDOW: Duration = Duration::from_millis(100);

async fn connect(server: &NatsServer) -> Stream {
    let options = JetStreamOptions {
        urls: vec![server.url.clone()],
        monitor_url: Some(server.monitor_url.clone()),
        duplicate_window: WINDOW,
        ..JetStreamOptions::default()
    };
    Stream::connect(&options).await.unwrap()
}

/// The dump of what a log without copies gives.
async fn expected() -> String {
    let data = TempDir::new().unwrap();
    project(data.path(), &two_days()).await;
    dump(data.path())
}

/// How many different events there are.
fn distinct() -> u64 {
    let ids: std::collections::HashSet<_> = two_days().iter().map(|event| event.id).collect();
    ids.len() as u64
}

#[tokio::test]
async fn copies_in_the_stream_leave_neither_copies_nor_gaps_in_the_log() {
    let server = NatsServer::start().unwrap();
    let stream = connect(&server).await;
    let events = encode(&two_days());
    stream.publish_all(events.clone()).await.unwrap();
    tokio::time::sleep(3 * WINDOW).await;
    // Beyond its window the server no longer knows the ids, and another
    // process, or this one after a restart, never did.
    connect(&server).await.publish_all(events).await.unwrap();
    let in_stream = stream.last_sequence().await.unwrap().0;
    assert!(in_stream > distinct(), "the stream has no copies");

    let data = TempDir::new().unwrap();
    Running::start(data.path(), stream)
        .until(data.path(), distinct())
        .await;
    let log = EventLog::open_in(data.path()).unwrap();
    let offsets: Vec<u64> = log
        .read(Offset(1), 1000)
        .unwrap()
        .iter()
        .map(|record| record.offset.0)
        .collect();
    assert_eq!(offsets, (1..=distinct()).collect::<Vec<_>>());
    assert_eq!(dump(data.path()), expected().await);
}

#[tokio::test]
async fn a_projector_that_was_away_goes_on_where_it_was() {
    let mut server = NatsServer::start().unwrap();
    let stream = connect(&server).await;
    let events = two_days();
    let data = TempDir::new().unwrap();
    let mut published = std::collections::HashSet::new();
    for (number, part) in events.chunks(31).enumerate() {
        publish_when_up(&stream, part).await;
        published.extend(part.iter().map(|event| event.id));
        let running = Running::start(data.path(), stream.clone());
        running.until(data.path(), published.len() as u64).await;
        if number == 0 {
            server.kill();
            server.restart().unwrap();
        }
    }
    assert_eq!(dump(data.path()), expected().await);
}

#[tokio::test]
async fn a_server_that_is_down_is_waited_for() {
    let mut server = NatsServer::start().unwrap();
    let stream = connect(&server).await;
    let data = TempDir::new().unwrap();
    let running = Running::start(data.path(), stream.clone());
    let (before, after) = (&two_days()[..12], &two_days()[12..]);
    stream.publish_all(encode(before)).await.unwrap();
    server.kill();
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.restart().unwrap();
    publish_when_up(&stream, after).await;
    running.until(data.path(), distinct()).await;
    let report = report::reconciliation(&views(data.path()), &Filter::default()).unwrap();
    assert!(report.agrees());
    let query: TraceQuery = "us/1002".parse().unwrap();
    let trace = report::trace(&views(data.path()), &query).unwrap();
    assert!(
        trace
            .journals
            .iter()
            .all(|journal| journal.state == "posted")
    );
}

/// The log holds the story; a stream that was made anew does not go on with it.
#[tokio::test]
async fn a_log_does_not_follow_a_stream_that_was_made_anew() {
    let mut server = NatsServer::start().unwrap();
    let stream = connect(&server).await;
    let data = TempDir::new().unwrap();
    let (before, after) = (&two_days()[..12], &two_days()[12..]);
    stream.publish_all(encode(before)).await.unwrap();
    let running = Running::start(data.path(), stream.clone());
    running.until(data.path(), 12).await;

    server.kill();
    std::fs::remove_dir_all(server.store()).unwrap();
    server.restart().unwrap();
    let anew = connect(&server).await;
    anew.publish_all(encode(after)).await.unwrap();
    let running = Running::start(data.path(), anew);
    let said = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            match health::components().remove("projector/log") {
                Some(State::Failing(said)) if said.contains("made anew") => return said,
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    });
    let said = said.await.unwrap();
    assert!(said.contains("newest copy of the broker's store"), "{said}");
    running.until(data.path(), 12).await;
    let log = EventLog::open_in(data.path()).unwrap();
    assert_eq!(log.last_offset(), Offset(12));
}

async fn publish_when_up(stream: &Stream, events: &[schemas::Event]) {
    for _ in 0..100 {
        if stream.publish_all(encode(events)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the server did not come back");
}
