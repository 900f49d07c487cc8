//! The stream on a broker is deleted, replaced and set back, behind its readers.

use async_nats::jetstream::{self, stream::Config};
use stream::{
    Consumer, JetStreamOptions, Misplaced, Position, Sequence, Start, Stream, StreamError, StreamId,
};
use tests::nats::NatsServer;

use super::{
    US,
    bed::{Bed, WAIT, consume, event, events, not_delivered, read, sequences},
};

const NAME: &str = "COUNTERFOIL";
const POSITIONS: &str = "COUNTERFOIL_POSITIONS";
const POSITION: &str = "counterfoil.position.COUNTERFOIL.mapper";

async fn broker() -> (NatsServer, JetStreamOptions, Stream, jetstream::Context) {
    let Bed::JetStream { server, options } = Bed::jetstream() else {
        unreachable!("asked for JetStream")
    };
    let stream = Stream::connect(&options).await.unwrap();
    let client = async_nats::connect(&server.url).await.unwrap();
    (*server, *options, stream, jetstream::new(client))
}

async fn config(context: &jetstream::Context) -> Config {
    let stream = context.get_stream(NAME).await.unwrap();
    stream.cached_info().config.clone()
}

/// The id by which readers know the stream; there is an event in it.
async fn id(stream: &Stream) -> StreamId {
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    read(&mut reader, 1).await[0].stream
}

/// Someone deletes the stream and makes it anew, with an id of its own.
async fn make_anew(context: &jetstream::Context, options: &JetStreamOptions) -> Stream {
    let mut config = config(context).await;
    config.metadata.clear();
    context.delete_stream(NAME).await.unwrap();
    context.create_stream(config).await.unwrap();
    Stream::connect(options).await.unwrap()
}

async fn consumer(stream: &Stream) -> Consumer {
    stream.consumer("mapper", &[]).await.unwrap()
}

/// Someone else deletes the stream and makes it anew, the connection stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_notices_that_the_stream_was_made_anew_while_it_reads() {
    let (_server, options, stream, context) = broker().await;
    stream.publish_all(events(US, 0..5)).await.unwrap();
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    read(&mut reader, 5).await;

    context.delete_stream(NAME).await.unwrap();
    // Until somebody makes it anew there is none at all.
    let gone = not_delivered(reader.next_batch(1, WAIT).await);
    assert!(
        matches!(
            gone,
            Misplaced::EndsBefore {
                last: Sequence(0),
                ..
            }
        ),
        "{gone}"
    );
    let anew = Stream::connect(&options).await.unwrap();
    anew.publish_all(events(US, 0..9)).await.unwrap();
    let other = not_delivered(reader.next_batch(1, WAIT).await);
    assert!(matches!(other, Misplaced::OtherStream { .. }), "{other}");
}

/// The volume is empty when the server comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_notices_that_the_stream_was_lost_while_the_broker_was_away() {
    let (mut server, options, stream, _) = broker().await;
    stream.publish_all(events(US, 0..5)).await.unwrap();
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    read(&mut reader, 5).await;

    server.kill();
    std::fs::remove_dir_all(server.store()).unwrap();
    server.restart().unwrap();
    let anew = Stream::connect(&options).await.unwrap();
    anew.publish_all(events(US, 0..9)).await.unwrap();
    let other = not_delivered(reader.next_batch(1, WAIT).await);
    assert!(matches!(other, Misplaced::OtherStream { .. }), "{other}");
}

/// The positions outlive the stream, and the error says how to go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_refuses_a_stream_made_anew_until_its_position_is_removed() {
    let (_server, options, stream, context) = broker().await;
    stream.publish_all(events(US, 0..5)).await.unwrap();
    let mut first = consumer(&stream).await;
    let consumed = consume(&mut first, 5).await;
    first.ack(consumed[4].position()).await.unwrap();

    let mut before = config(&context).await;
    before.metadata.clear();
    context.delete_stream(NAME).await.unwrap();
    let gone = Stream::connect(&options).await.err().unwrap();
    assert!(gone.to_string().contains("stream restore"), "{gone}");
    context.create_stream(before).await.unwrap();
    let anew = Stream::connect(&options).await.unwrap();
    anew.publish_all(events(US, 0..9)).await.unwrap();
    let mut second = consumer(&anew).await;
    for consumer in [&mut first, &mut second] {
        let refused = consumer.next_batch(1, WAIT).await.unwrap_err().to_string();
        assert!(
            refused.contains(&consumed[0].stream.to_string()),
            "{refused}"
        );
        assert!(refused.contains("stream restore"), "{refused}");
    }

    let positions = context.get_stream(POSITIONS).await.unwrap();
    positions.purge().filter(POSITION).await.unwrap();
    assert_eq!(sequences(&consume(&mut second, 2).await), [1, 2]);
}

/// What versions before wrote is a number.
#[tokio::test(flavor = "multi_thread")]
async fn a_position_of_before_is_taken_over_once() {
    let (_server, options, stream, context) = broker().await;
    stream.publish_all(events(US, 0..5)).await.unwrap();
    let write = async |text: &'static str| {
        let stored = context.publish(POSITION, text.into()).await.unwrap();
        stored.await.unwrap();
    };
    write("3").await;
    let mut taken = consumer(&stream).await;
    let consumed = consume(&mut taken, 2).await;
    assert_eq!(sequences(&consumed), [4, 5]);

    let positions = context.get_stream(POSITIONS).await.unwrap();
    let kept = positions.get_last_raw_message_by_subject(POSITION).await;
    let kept: Position = serde_json::from_slice(&kept.unwrap().payload).unwrap();
    let expected = Position {
        stream: consumed[0].stream,
        sequence: Sequence(3),
        event: event(US, "2").id,
    };
    assert_eq!(kept, expected);

    // So it holds from now on, although nothing was acknowledged.
    let anew = make_anew(&context, &options).await;
    anew.publish_all(events(US, 0..9)).await.unwrap();
    not_delivered(consumer(&anew).await.next_batch(1, WAIT).await);

    // A number of nowhere is none to go on from.
    write("1000000000000").await;
    let far = not_delivered(consumer(&anew).await.next_batch(1, WAIT).await);
    assert!(
        matches!(
            far,
            Misplaced::EndsBefore {
                last: Sequence(9),
                ..
            }
        ),
        "{far}"
    );
}

/// Whoever manages the configuration may know nothing of the id in it.
#[tokio::test(flavor = "multi_thread")]
async fn the_id_outlives_a_configuration_that_was_written_anew() {
    let (_server, options, stream, context) = broker().await;
    stream.publish(event(US, "a")).await.unwrap();
    let known = id(&stream).await;
    let mut config = config(&context).await;
    assert!(config.metadata.values().any(|it| *it == known.to_string()));

    config.metadata = [("team".to_owned(), "finance".to_owned())].into();
    context.update_stream(config).await.unwrap();
    assert_eq!(id(&stream).await, known, "while nobody has written it back");
    let again = Stream::connect(&options).await.unwrap();
    assert_eq!(id(&again).await, known);
    let config = self::config(&context).await;
    assert!(config.metadata.values().any(|it| *it == known.to_string()));
    assert_eq!(config.metadata["team"], "finance");
}

/// A broker's own backup brings the stream back under its id, on another server too,
/// where it counts as created at another time.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_written_down_counts_before_the_time_of_creation() {
    let (_server, options, stream, context) = broker().await;
    stream.publish(event(US, "a")).await.unwrap();
    let known = id(&stream).await;
    let mut config = config(&context).await;
    context.delete_stream(NAME).await.unwrap();
    config.metadata.retain(|key, _| !key.starts_with("_nats."));
    context.create_stream(config).await.unwrap();
    let again = Stream::connect(&options).await.unwrap();
    again.publish(event(US, "a")).await.unwrap();
    assert_eq!(id(&again).await, known);
}

/// Services start at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn all_who_make_the_stream_know_it_by_one_id() {
    let (_server, options, _, context) = broker().await;
    for _ in 0..8 {
        context.delete_stream(NAME).await.unwrap();
        let opened = futures::future::join_all((0..4).map(|_| Stream::connect(&options))).await;
        let streams: Vec<Stream> = opened.into_iter().map(Result::unwrap).collect();
        streams[0].publish(event(US, "a")).await.unwrap();
        let known = id(&streams[0]).await;
        for stream in &streams {
            assert_eq!(id(stream).await, known);
        }
        let config = config(&context).await;
        assert!(config.metadata.values().any(|it| *it == known.to_string()));
    }
}

/// A publisher has no position, but it has seen the stream.
#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_writes_to_no_stream_but_the_one_that_it_knows() {
    let (_server, options, stream, context) = broker().await;
    let receipt = stream.publish(event(US, "a")).await.unwrap();
    let known = stream.reached().unwrap();
    assert_eq!(known.sequence(), receipt.sequence);

    // Nothing is begun anew, by a process that starts and has seen it before.
    let before = config(&context).await;
    context.delete_stream(NAME).await.unwrap();
    refused(Stream::connect_at(&options, known).await.map(drop));
    // While it is gone nothing can be stored; what is wrong is said once it is looked at.
    stream.publish(event(US, "b")).await.unwrap_err();
    refused(stream.publish(event(US, "b")).await.map(drop));

    let mut other = before.clone();
    other.metadata.clear();
    context.create_stream(other).await.unwrap();
    refused(Stream::connect_at(&options, known).await.map(drop));
    refused(stream.publish_all(events(US, 0..9)).await.map(drop));
    let expecting = stream.publish_expecting(event(US, "c"), Sequence(0));
    refused(expecting.await.map(drop));
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    not_delivered(reader.next_batch(1, WAIT).await);
    let found = context.get_stream(NAME).await.unwrap();
    assert_eq!(
        found.cached_info().state.messages,
        0,
        "something was written"
    );

    // It goes on by itself when the stream is the one that was.
    context.delete_stream(NAME).await.unwrap();
    let mut own = before;
    own.metadata.retain(|key, _| !key.starts_with("_nats."));
    context.create_stream(own).await.unwrap();
    let beside = Stream::connect(&options).await.unwrap();
    beside.publish(event(US, "a")).await.unwrap();
    stream.publish(event(US, "b")).await.unwrap();
    Stream::connect_at(&options, known).await.unwrap();
}

/// The stream is replaced behind a publisher whose connection stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_notices_that_a_place_is_given_twice() {
    let (_server, options, stream, context) = broker().await;
    stream.publish_all(events(US, 0..5)).await.unwrap();
    let anew = make_anew(&context, &options).await;
    refused(stream.publish(event(US, "a")).await.map(drop));
    refused(stream.publish(event(US, "b")).await.map(drop));
    assert_eq!(anew.last_sequence().await.unwrap(), Sequence(1));
}

fn refused(outcome: Result<(), StreamError>) -> Misplaced {
    match outcome {
        Err(StreamError::Misplaced { what, remedy }) => {
            assert!(remedy.contains("stream restore"), "{remedy}");
            what
        }
        other => panic!("{other:?}"),
    }
}
