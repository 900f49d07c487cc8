//! What only a broker can do: be away, or be set up wrongly.

use std::time::Duration;

use stream::{Consumer, JetStreamOptions, Stream, StreamError};
use tests::nats::{NatsOptions, NatsServer};

use super::{
    US,
    bed::{Bed, WAIT, consume, event, events, offsets},
};

fn broker() -> (NatsServer, JetStreamOptions) {
    match Bed::jetstream() {
        Bed::JetStream { server, options } => (*server, *options),
        Bed::Embedded { .. } => unreachable!("asked for JetStream"),
    }
}

fn short(options: &JetStreamOptions) -> JetStreamOptions {
    JetStreamOptions {
        publish_timeout: Duration::from_millis(300),
        ..options.clone()
    }
}

/// As the services do: an error of a broker that is away is waited out.
async fn patiently(consumer: &mut Consumer) -> Vec<u64> {
    for _ in 0..100 {
        match consumer.next_batch(100, Duration::from_millis(200)).await {
            Ok(batch) if !batch.is_empty() => return offsets(&batch),
            Ok(_) | Err(StreamError::Unavailable(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("nothing came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_said_to_be_and_comes_back() {
    let (mut server, options) = broker();
    let stream = Stream::connect(&short(&options)).await.unwrap();
    let mut consumer = stream.consumer("mapper", &[]).await.unwrap();
    stream.publish_all(events(US, 0..3)).await.unwrap();
    assert_eq!(offsets(&consume(&mut consumer, 2).await), [1, 2]);
    consumer.ack(2).await.unwrap();

    server.kill();
    for outcome in [
        stream.publish(event(US, "lost")).await.map(drop),
        stream.publish_all(events(US, 5..9)).await.map(drop),
        stream.publish_expecting(event(US, "x"), 3).await.map(drop),
        consumer.ack(3).await,
        consumer
            .next_batch(1, Duration::from_millis(100))
            .await
            .map(drop),
        stream.last_offset().await.map(drop),
    ] {
        assert!(
            matches!(outcome, Err(StreamError::Unavailable(_))),
            "{outcome:?}"
        );
    }

    server.restart().unwrap();
    let stored = loop {
        match stream.publish(event(US, "after")).await {
            Ok(receipt) => break receipt.offset,
            Err(StreamError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error}"),
        }
    };
    let mut seen = vec![2];
    while seen.last() != Some(&stored) {
        seen.extend(patiently(&mut consumer).await);
    }
    assert_eq!(seen, (2..=stored).collect::<Vec<_>>());
}

/// Whatever a crash of the server interrupts: nothing acknowledged is lost, and
/// a publisher that tries again until it has a receipt stores each event once.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let (mut server, options) = broker();
    let stream = Stream::connect(&short(&options)).await.unwrap();
    let publishers: Vec<_> = (0..20)
        .map(|key| {
            let stream = stream.clone();
            tokio::spawn(async move {
                let mut receipts = Vec::new();
                for number in 0..40 {
                    let event = event(US, &format!("{key}-{number}"));
                    loop {
                        match stream.publish(event.clone()).await {
                            Ok(receipt) => break receipts.push((receipt.offset, event.id)),
                            Err(StreamError::Unavailable(_)) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                receipts
            })
        })
        .collect();
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        server.restart().unwrap();
    }
    let mut receipts = Vec::new();
    for publisher in publishers {
        receipts.extend(publisher.await.unwrap());
    }
    receipts.sort_unstable_by_key(|&(offset, _)| offset);

    let stream = Stream::connect(&options).await.unwrap();
    let mut consumer = stream.consumer("check", &[]).await.unwrap();
    let stored: Vec<_> = consume(&mut consumer, 800)
        .await
        .into_iter()
        .map(|one| (one.offset, one.event.id))
        .collect();
    assert_eq!(stored, receipts);
    assert_eq!(stream.last_offset().await.unwrap(), 800);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_syncs_later_is_refused() {
    let server = NatsServer::start_with(NatsOptions { sync_always: false }).unwrap();
    let options = JetStreamOptions {
        urls: vec![server.url.clone()],
        monitor_url: Some(server.monitor_url.clone()),
        ..JetStreamOptions::default()
    };
    let refused = |options: JetStreamOptions| async move {
        match Stream::connect(&options).await {
            Err(StreamError::Setup(text)) => text,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it was accepted"),
        }
    };
    assert!(
        refused(options.clone())
            .await
            .contains("sync_interval: always")
    );
    let unknown = JetStreamOptions {
        monitor_url: None,
        ..options.clone()
    };
    assert!(refused(unknown).await.contains("set monitor_url"));
    let unreachable = JetStreamOptions {
        monitor_url: Some("http://127.0.0.1:1".to_owned()),
        ..options.clone()
    };
    assert!(refused(unreachable).await.contains("check monitor_url"));

    let careless = JetStreamOptions {
        require_sync_always: false,
        monitor_url: None,
        ..options
    };
    Stream::connect(&careless).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_unavailable() {
    let options = JetStreamOptions {
        urls: vec!["nats://127.0.0.1:1".to_owned()],
        ..short(&JetStreamOptions::default())
    };
    let outcome = Stream::connect(&options).await.map(drop);
    assert!(
        matches!(outcome, Err(StreamError::Unavailable(_))),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_message_stops_nobody() {
    let (server, options) = broker();
    let stream = Stream::connect(&options).await.unwrap();
    let foreign = async_nats::connect(&server.url).await.unwrap();
    foreign.request(US, "not an event".into()).await.unwrap();
    stream.publish(event(US, "a")).await.unwrap();
    let mut reader = stream.reader(1, &[]).await.unwrap();
    let found = reader.next_batch(10, WAIT).await.unwrap();
    assert_eq!(offsets(&found), [2]);
}

/// What was stored as a batch says so; what went one by one does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_queue_goes_out_as_one_atomic_batch() {
    let (server, options) = broker();
    let stream = Stream::connect(&options).await.unwrap();
    stream.publish(event(US, "alone")).await.unwrap();
    stream.publish_all(events(US, 0..3)).await.unwrap();
    // Another process sends one of them again, among others.
    let other = Stream::connect(&options).await.unwrap();
    other.publish_all(events(US, 2..5)).await.unwrap();

    let client = async_nats::connect(&server.url).await.unwrap();
    let context = async_nats::jetstream::new(client);
    let raw = context.get_stream("COUNTERFOIL").await.unwrap();
    let mut batches = Vec::new();
    for offset in 1..=6 {
        let message = raw.get_raw_message(offset).await.unwrap();
        batches.push(
            message
                .headers
                .get("Nats-Batch-Id")
                .map(ToString::to_string),
        );
    }
    let [alone, first, second, third, fourth, fifth] = &batches[..] else {
        panic!("{batches:?}");
    };
    assert!(
        first.is_some() && first == second && second == third,
        "{batches:?}"
    );
    assert_eq!([alone, fourth, fifth], [&None, &None, &None]);
}

/// The server takes no two filters that choose the same subject.
#[tokio::test(flavor = "multi_thread")]
async fn filters_that_overlap_are_refused() {
    let (_server, options) = broker();
    let stream = Stream::connect(&options).await.unwrap();
    let mut reader = stream
        .reader(1, &["order.>", "order.received.*"])
        .await
        .unwrap();
    let refused = reader.next_batch(1, WAIT).await;
    assert!(
        matches!(refused, Err(StreamError::Refused { .. })),
        "{refused:?}"
    );
}
