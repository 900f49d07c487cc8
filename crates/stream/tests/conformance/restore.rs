//! The stream on a broker is lost, and filled from the log again.

use async_nats::jetstream::{self, stream::Config};
use eventlog::{EventLog, LogOptions};
use stream::{
    JetStreamOptions, Misplaced, RestoreError, Restored, Sequence, Start, Stream, StreamError,
    restore,
};
use tempfile::TempDir;
use tests::nats::NatsServer;

use super::{
    US,
    bed::{Bed, consume, event, events, read, sequences},
};

const NAME: &str = "COUNTERFOIL";

struct World {
    _server: NatsServer,
    options: JetStreamOptions,
    stream: Stream,
    context: jetstream::Context,
    log: EventLog,
    _folder: TempDir,
}

impl World {
    async fn new() -> World {
        let Bed::JetStream { server, options } = Bed::jetstream() else {
            unreachable!("asked for JetStream")
        };
        let folder = tempfile::tempdir().unwrap();
        let client = async_nats::connect(&server.url).await.unwrap();
        World {
            stream: Stream::connect(&options).await.unwrap(),
            context: jetstream::new(client),
            log: EventLog::open(folder.path(), LogOptions::default()).unwrap(),
            options: *options,
            _server: *server,
            _folder: folder,
        }
    }

    /// The log follows the stream to its end.
    async fn follow(&self, count: usize) {
        let start = self.log.followed().unwrap();
        let mut reader = self.stream.reader(start, &[]).await.unwrap();
        let delivered = read(&mut reader, count).await;
        self.log.append_from_stream(delivered).await.unwrap();
    }

    async fn restore(&self) -> Result<Restored, RestoreError> {
        restore(&self.options, &self.log, |_, _| {}).await
    }

    async fn config(&self) -> Config {
        let stream = self.context.get_stream(NAME).await.unwrap();
        stream.cached_info().config.clone()
    }

    async fn delete(&self) {
        self.context.delete_stream(NAME).await.unwrap();
    }

    /// What is in the stream now, as a process that starts reads it.
    async fn ids(&self, count: usize) -> Vec<String> {
        let stream = Stream::connect(&self.options).await.unwrap();
        let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
        let found = read(&mut reader, count).await;
        let found = found
            .iter()
            .map(|it| format!("{} {} {}", it.sequence, it.event.subject, it.event.id));
        found.collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_lost_is_filled_from_the_log_and_all_go_on() {
    let world = World::new().await;
    world.stream.publish_all(events(US, 0..1500)).await.unwrap();
    world.follow(1500).await;
    let mut consumer = world.stream.consumer("mapper", &[]).await.unwrap();
    let consumed = consume(&mut consumer, 700).await;
    consumer.ack(consumed[699].position()).await.unwrap();
    let before = world.ids(1500).await;

    world.delete().await;
    consumer
        .next_batch(1, super::bed::MOMENT)
        .await
        .unwrap_err();
    let restored = world.restore().await.unwrap();
    assert_eq!(restored.written, 1500);
    assert_eq!(restored.last, Sequence(1500));
    assert_eq!(world.ids(1500).await, before);

    // The processes that run, and one that starts.
    assert_eq!(sequences(&consume(&mut consumer, 2).await), [701, 702]);
    let receipt = world.stream.publish(event(US, "next")).await.unwrap();
    assert_eq!(receipt.sequence, Sequence(1501));
    world.follow(1).await;
    let known = world.stream.reached().unwrap();
    Stream::connect_at(&world.options, known).await.unwrap();

    // Again there is nothing to do.
    let again = world.restore().await.unwrap();
    assert_eq!((again.written, again.last), (0, Sequence(1501)));
}

/// The broker had stored an event twice; its copy is not in the log.
#[tokio::test(flavor = "multi_thread")]
async fn positions_follow_their_events_where_copies_were_dropped() {
    let world = World::new().await;
    let options = JetStreamOptions {
        duplicate_window: std::time::Duration::from_millis(100),
        ..world.options.clone()
    };
    let stream = Stream::connect(&options).await.unwrap();
    stream.publish_all(events(US, 0..3)).await.unwrap();
    let mut consumer = stream.consumer("mapper", &[]).await.unwrap();
    let consumed = consume(&mut consumer, 2).await;
    consumer.ack(consumed[1].position()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let other = Stream::connect(&options).await.unwrap();
    other.publish(event(US, "0")).await.unwrap();
    other.publish(event(US, "3")).await.unwrap();
    assert_eq!(other.last_sequence().await.unwrap(), Sequence(5));
    world.follow(5).await;
    assert_eq!(world.log.last_offset().0, 4);

    world.delete().await;
    let restored = world.restore().await.unwrap();
    assert_eq!((restored.written, restored.last), (4, Sequence(5)));
    // The log's own position holds, and so does the consumer's.
    world.stream.publish(event(US, "4")).await.unwrap();
    world.follow(1).await;
    let mut consumer = world.stream.consumer("mapper", &[]).await.unwrap();
    let next = consume(&mut consumer, 3).await;
    assert_eq!(next[0].event.id, event(US, "2").id);
    assert_eq!(sequences(&next), [4, 5, 6]);
}

/// While it is filled, and after a crash in the middle, nobody writes and nobody reads.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_cut_off_shuts_all_out_and_is_ended_by_the_next() {
    let world = World::new().await;
    world.stream.publish_all(events(US, 0..1500)).await.unwrap();
    world.follow(1500).await;
    let before = world.ids(1500).await;
    world.delete().await;

    let (options, log) = (world.options.clone(), world.log.clone());
    let cut_off = tokio::spawn(async move {
        let stop = |done, _| assert!(done < 1000, "cut off");
        restore(&options, &log, stop).await.map(drop)
    });
    assert!(cut_off.await.unwrap_err().is_panic());
    let refused = |outcome: Result<(), StreamError>| match outcome {
        Err(StreamError::Misplaced {
            what: Misplaced::Restoring { last },
            remedy,
        }) => {
            assert_eq!(last, Sequence(1000));
            assert!(remedy.contains("stream restore"), "{remedy}");
        }
        other => panic!("{other:?}"),
    };
    refused(Stream::connect(&world.options).await.map(drop));
    world.stream.publish(event(US, "x")).await.unwrap_err();
    refused(world.stream.publish(event(US, "x")).await.map(drop));
    let mut reader = world.stream.reader(Start::Beginning, &[]).await.unwrap();
    refused(reader.next_batch(1, super::bed::WAIT).await.map(drop));

    let restored = world.restore().await.unwrap();
    assert_eq!((restored.written, restored.last), (500, Sequence(1500)));
    assert_eq!(world.ids(1500).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_stream_is_replaced_and_an_older_copy_is_filled_up() {
    let world = World::new().await;
    world.stream.publish_all(events(US, 0..20)).await.unwrap();
    world.follow(20).await;
    let before = world.ids(20).await;
    let mut own = world.config().await;
    own.metadata.retain(|key, _| !key.starts_with("_nats."));

    // Someone has begun it anew, and nothing is in it yet.
    let mut empty = own.clone();
    empty.metadata.clear();
    world.delete().await;
    world.context.create_stream(empty).await.unwrap();
    assert_eq!(world.restore().await.unwrap().written, 20);
    assert_eq!(world.ids(20).await, before);

    // The broker's own backup.
    world.delete().await;
    world.context.create_stream(own).await.unwrap();
    let copy = Stream::connect(&world.options).await.unwrap();
    copy.publish_all(events(US, 0..7)).await.unwrap();
    assert_eq!(world.restore().await.unwrap().written, 13);
    assert_eq!(world.ids(20).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_holds_something_else_is_left_as_it_is() {
    let world = World::new().await;
    assert!(matches!(
        world.restore().await.unwrap_err(),
        RestoreError::Empty
    ));
    world.stream.publish_all(events(US, 0..5)).await.unwrap();
    world.follow(5).await;
    let mut config = world.config().await;
    config.metadata.retain(|key, _| !key.starts_with("_nats."));

    // The copy of the stream, in which something else has happened since.
    world.delete().await;
    world.context.create_stream(config.clone()).await.unwrap();
    let copy = Stream::connect(&world.options).await.unwrap();
    copy.publish_all(events(US, 0..2)).await.unwrap();
    copy.publish(event(US, "else")).await.unwrap();
    let refused = world.restore().await.unwrap_err();
    assert!(
        matches!(refused, RestoreError::OtherEvent { sequence, .. } if sequence == Sequence(3)),
        "{refused}"
    );
    assert_eq!(copy.last_sequence().await.unwrap(), Sequence(3));

    // Another stream altogether.
    config.metadata.clear();
    world.delete().await;
    world.context.create_stream(config).await.unwrap();
    let other = Stream::connect(&world.options).await.unwrap();
    other.publish_all(events(US, 0..2)).await.unwrap();
    let refused = world.restore().await.unwrap_err();
    assert!(
        matches!(refused, RestoreError::OtherStream { .. }),
        "{refused}"
    );
    assert_eq!(other.last_sequence().await.unwrap(), Sequence(2));
}
