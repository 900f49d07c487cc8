//! One suite for both carriers: what holds on NATS holds in one process.

mod bed;
mod identity;
mod jetstream;
mod positions;
mod restore;

use bed::{Bed, MOMENT, WAIT, consume, event, events, read, sequences};
use eventlog::{EventLog, LogOptions, Offset};
use positions::{
    a_position_beyond_the_end_is_not_waited_for, a_position_holds_across_restarts_and_backups,
    a_stream_made_anew_is_not_gone_on_with, a_stream_that_was_set_back_is_not_gone_on_with,
};
use stream::{Sequence, Start, StreamError};

const US: &str = "order.received.us";
const EU: &str = "order.received.eu";

macro_rules! on_both_carriers {
    ($($name:ident),* $(,)?) => {
        mod on_embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Bed::embedded()).await;
            })*
        }
        mod on_jetstream {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Bed::jetstream()).await;
            })*
        }
    };
}

on_both_carriers! {
    a_receipt_survives_a_crash,
    a_copy_gets_the_receipt_of_the_original,
    a_copy_beyond_the_window_is_in_the_log_once,
    what_is_not_acknowledged_comes_again,
    a_position_survives_a_crash,
    positions_are_kept_by_name,
    order_is_kept_per_partition_key,
    a_reader_replays_from_a_position,
    a_position_holds_across_restarts_and_backups,
    a_stream_made_anew_is_not_gone_on_with,
    a_stream_that_was_set_back_is_not_gone_on_with,
    a_position_beyond_the_end_is_not_waited_for,
    a_reader_follows_the_tail,
    filters_choose_subjects,
    a_batch_with_copies_is_stored_once_and_in_order,
    large_batches_and_large_events_pass,
    many_large_events_come_in_several_batches,
    of_two_writers_one_wins,
    an_expected_copy_is_no_conflict,
    a_cancelled_wait_loses_nothing,
    a_log_is_rebuilt_from_the_stream,
    bad_names_are_refused,
}

async fn a_receipt_survives_a_crash(mut bed: Bed) {
    let stream = bed.open().await;
    assert_eq!(stream.last_sequence().await.unwrap(), Sequence(0));
    assert_eq!(stream.last_sequence_on(US).await.unwrap(), Sequence(0));
    let receipt = stream.publish(event(US, "a")).await.unwrap();
    assert_eq!((receipt.sequence, receipt.duplicate), (Sequence(1), false));
    stream.publish(event(EU, "b")).await.unwrap();

    let stream = bed.restart(stream).await;
    assert_eq!(stream.last_sequence().await.unwrap(), Sequence(2));
    assert_eq!(stream.last_sequence_on(US).await.unwrap(), Sequence(1));
    assert_eq!(stream.last_sequence_on(EU).await.unwrap(), Sequence(2));
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    let found = read(&mut reader, 2).await;
    assert_eq!(found[0].event, event(US, "a"));
    assert_eq!(found[1].event, event(EU, "b"));
}

async fn a_copy_gets_the_receipt_of_the_original(mut bed: Bed) {
    let stream = bed.open().await;
    stream.publish(event(US, "first")).await.unwrap();
    let original = stream.publish(event(US, "a")).await.unwrap();
    let copy = stream.publish(event(US, "a")).await.unwrap();
    assert_eq!((copy.sequence, copy.duplicate), (original.sequence, true));

    // Neither depends on what the process remembers.
    let stream = bed.restart(stream).await;
    let copy = stream.publish(event(US, "a")).await.unwrap();
    assert_eq!((copy.sequence, copy.duplicate), (original.sequence, true));
    assert_eq!(stream.last_sequence().await.unwrap(), Sequence(2));
}

/// Beyond its window JetStream stores the copy; the log drops it for ever.
async fn a_copy_beyond_the_window_is_in_the_log_once(mut bed: Bed) {
    let window = std::time::Duration::from_millis(100);
    if let Bed::JetStream { options, .. } = &mut bed {
        options.duplicate_window = window;
    }
    let stream = bed.open().await;
    stream.publish(event(US, "a")).await.unwrap();
    tokio::time::sleep(window * 5).await;
    let stream = bed.restart(stream).await;
    let copy = stream.publish(event(US, "a")).await.unwrap();
    assert_eq!(copy.duplicate, matches!(bed, Bed::Embedded { .. }));
    stream.publish(event(US, "b")).await.unwrap();

    let last = stream.last_sequence().await.unwrap();
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    let delivered = read(&mut reader, last.0 as usize).await;
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog::open(dir.path(), LogOptions::default()).unwrap();
    log.append_from_stream(delivered).await.unwrap();
    assert_eq!(log.followed().unwrap().sequence(), last);
    let kept: Vec<_> = log
        .read(Offset(1), 10)
        .unwrap()
        .into_iter()
        .map(|record| record.event)
        .collect();
    assert_eq!(kept, [event(US, "a"), event(US, "b")]);
}

async fn what_is_not_acknowledged_comes_again(bed: Bed) {
    let stream = bed.open().await;
    stream.publish_all(events(US, 0..10)).await.unwrap();
    let mut consumer = stream.consumer("mapper", &[]).await.unwrap();
    let consumed = consume(&mut consumer, 6).await;
    assert_eq!(sequences(&consumed), [1, 2, 3, 4, 5, 6]);
    consumer.ack(consumed[3].position()).await.unwrap();

    consumer.rewind();
    assert_eq!(sequences(&consume(&mut consumer, 4).await), [5, 6, 7, 8]);

    // The same after a restart of the consuming process.
    drop(consumer);
    let mut consumer = stream.consumer("mapper", &[]).await.unwrap();
    let consumed = consume(&mut consumer, 6).await;
    assert_eq!(sequences(&consumed), [5, 6, 7, 8, 9, 10]);
    consumer.ack(consumed[5].position()).await.unwrap();
    consumer.rewind();
    assert!(consumer.next_batch(10, MOMENT).await.unwrap().is_empty());
}

async fn a_position_survives_a_crash(mut bed: Bed) {
    let stream = bed.open().await;
    stream.publish_all(events(US, 0..10)).await.unwrap();
    let mut consumer = stream.consumer("poster", &[]).await.unwrap();
    let consumed = consume(&mut consumer, 7).await;
    consumer.ack(consumed[6].position()).await.unwrap();
    // An older acknowledgement takes nothing back.
    consumer.ack(consumed[2].position()).await.unwrap();
    drop(consumer);

    let stream = bed.restart(stream).await;
    let mut consumer = stream.consumer("poster", &[]).await.unwrap();
    assert_eq!(sequences(&consume(&mut consumer, 3).await), [8, 9, 10]);
}

async fn positions_are_kept_by_name(bed: Bed) {
    let stream = bed.open().await;
    stream.publish_all(events(US, 0..3)).await.unwrap();
    let mut one = stream.consumer("one", &[]).await.unwrap();
    let consumed = consume(&mut one, 3).await;
    one.ack(consumed[2].position()).await.unwrap();
    let mut other = stream.consumer("other", &[]).await.unwrap();
    assert_eq!(sequences(&consume(&mut other, 3).await), [1, 2, 3]);
}

async fn order_is_kept_per_partition_key(bed: Bed) {
    const KEYS: usize = 8;
    const EACH: usize = 40;
    let stream = bed.open().await;
    let publishers: Vec<_> = (0..KEYS)
        .map(|key| {
            let stream = stream.clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    let name = format!("{key}-{number}");
                    stream.publish(event(US, &name)).await.unwrap();
                }
            })
        })
        .collect();

    let mut consumer = stream.consumer("mapper", &[]).await.unwrap();
    let mut done = [0; KEYS];
    let mut last = 0;
    let mut round = 0;
    while done.iter().sum::<usize>() < KEYS * EACH {
        let batch = consumer.next_batch(17, WAIT).await.unwrap();
        assert!(!batch.is_empty());
        round += 1;
        if round % 3 == 0 {
            consumer.rewind();
            continue;
        }
        for one in &batch {
            assert!(one.sequence.0 > last, "{} after {last}", one.sequence.0);
            last = one.sequence.0;
            let text = String::from_utf8(one.event.bytes.clone()).unwrap();
            let name = text.split('"').nth(3).unwrap();
            let (key, number) = name.split_once('-').unwrap();
            let key: usize = key.parse().unwrap();
            assert_eq!(number.parse::<usize>().unwrap(), done[key], "key {key}");
            done[key] += 1;
        }
        let done = batch.last().unwrap();
        consumer.ack(done.position()).await.unwrap();
    }
    for publisher in publishers {
        publisher.await.unwrap();
    }
    assert_eq!(done, [EACH; KEYS]);
}

async fn a_reader_replays_from_a_position(bed: Bed) {
    let stream = bed.open().await;
    stream.publish_all(events(US, 0..10)).await.unwrap();
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    let all = read(&mut reader, 10).await;
    for done in [1, 4, 9] {
        let last = &all[done - 1];
        let numbered = Start::AfterSequence(last.sequence);
        for start in [Start::After(last.position()), numbered] {
            let mut reader = stream.reader(start, &[]).await.unwrap();
            assert_eq!(read(&mut reader, 10 - done).await, all[done..]);
        }
    }
    let end = Start::After(all[9].position());
    let mut beyond = stream.reader(end, &[]).await.unwrap();
    assert!(beyond.next_batch(1, MOMENT).await.unwrap().is_empty());
}

async fn a_reader_follows_the_tail(bed: Bed) {
    let stream = bed.open().await;
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    assert!(reader.next_batch(10, MOMENT).await.unwrap().is_empty());
    let waiting = tokio::spawn(async move {
        let found = read(&mut reader, 1).await;
        (reader, found)
    });
    tokio::time::sleep(MOMENT).await;
    stream.publish(event(US, "a")).await.unwrap();
    let (mut reader, found) = waiting.await.unwrap();
    assert_eq!(found[0].event, event(US, "a"));
    stream.publish(event(US, "b")).await.unwrap();
    assert_eq!(sequences(&read(&mut reader, 1).await), [2]);
}

async fn filters_choose_subjects(bed: Bed) {
    let stream = bed.open().await;
    for (number, subject) in [US, EU, "refund.received.us", "journal.posted.us", US]
        .iter()
        .enumerate()
    {
        stream
            .publish(event(subject, &number.to_string()))
            .await
            .unwrap();
    }
    for (filters, expected) in [
        (&["order.received.*"][..], &[1, 2, 5][..]),
        (&["order.received.us"], &[1, 5]),
        (&["order.received.us", "journal.posted.*"], &[1, 4, 5]),
        (&["*.received.us"], &[1, 3, 5]),
        (&[], &[1, 2, 3, 4, 5]),
    ] {
        let mut reader = stream.reader(Start::Beginning, filters).await.unwrap();
        assert_eq!(
            sequences(&read(&mut reader, expected.len()).await),
            expected
        );
        assert!(reader.next_batch(1, MOMENT / 4).await.unwrap().is_empty());
    }
}

/// An atomic batch is refused for one copy in it; its events go one by one.
async fn a_batch_with_copies_is_stored_once_and_in_order(bed: Bed) {
    let stream = bed.open().await;
    stream.publish_all(events(US, 10..13)).await.unwrap();
    // Another process, which does not remember what this one has published.
    let other = bed.open_beside(&stream).await;
    let mut batch = events(US, 0..50);
    batch.push(event(US, "0"));
    let receipts = other.publish_all(batch).await.unwrap();
    let copies: Vec<_> = (0..51)
        .filter(|&number| receipts[number].duplicate)
        .collect();
    assert_eq!(copies, [10, 11, 12, 50]);
    let places: Vec<_> = receipts.iter().map(|receipt| receipt.sequence.0).collect();
    let expected: Vec<u64> = (4..14).chain(1..4).chain(14..51).chain([4]).collect();
    assert_eq!(places, expected);
    assert_eq!(other.last_sequence().await.unwrap(), Sequence(50));
}

async fn large_batches_and_large_events_pass(bed: Bed) {
    let stream = bed.open().await;
    let receipts = stream.publish_all(events(US, 0..2500)).await.unwrap();
    let places: Vec<_> = receipts.iter().map(|receipt| receipt.sequence.0).collect();
    assert_eq!(places, (1..=2500).collect::<Vec<u64>>());
    assert!(!receipts.iter().any(|receipt| receipt.duplicate));

    let sized = |name: &str, size: usize| {
        let mut event = event(EU, name);
        event.bytes = format!(r#"{{"text":"{}"}}"#, "x".repeat(size)).into_bytes();
        event
    };
    // Around it go its name and its headers.
    let large = sized("large", stream.max_event() - 1000);
    stream.publish(large.clone()).await.unwrap();
    let too_large = sized("too large", stream.max_event());
    stream.publish(too_large).await.unwrap_err();
    let mut reader = stream
        .reader(Start::AfterSequence(Sequence(2399)), &[])
        .await
        .unwrap();
    let found = read(&mut reader, 102).await;
    assert_eq!(found[101].event, large);
}

async fn many_large_events_come_in_several_batches(bed: Bed) {
    let stream = bed.open().await;
    let large = |number: usize| {
        let mut event = event(EU, &format!("large {number}"));
        event.bytes = format!(r#"{{"text":"{}"}}"#, "x".repeat(900_000)).into_bytes();
        event
    };
    let all: Vec<_> = (0..25).map(large).collect();
    for event in &all {
        stream.publish(event.clone()).await.unwrap();
    }
    let mut reader = stream
        .reader(Start::AfterSequence(Sequence(0)), &[])
        .await
        .unwrap();
    let mut found = Vec::new();
    while found.len() < all.len() {
        let batch = reader.next_batch(1000, WAIT).await.unwrap();
        let bytes: usize = batch.iter().map(|it| it.event.bytes.len()).sum();
        assert!(bytes < 18 << 20, "{bytes} are not held at once");
        found.extend(batch.into_iter().map(|it| it.event));
    }
    assert!(found == all, "all are there, in their order");
}

async fn of_two_writers_one_wins(bed: Bed) {
    let one = bed.open().await;
    let other = bed.open_beside(&one).await;
    one.publish(event(EU, "elsewhere")).await.unwrap();
    let (a, b) = tokio::join!(
        one.publish_expecting(event(US, "a"), Sequence(0)),
        other.publish_expecting(event(US, "b"), Sequence(0)),
    );
    let (winner, loser) = if a.is_ok() { (a, b) } else { (b, a) };
    let winner = winner.unwrap();
    assert!(!winner.duplicate);
    match loser {
        Err(StreamError::Conflict { subject, expected }) => {
            assert_eq!((subject.as_str(), expected), (US, Sequence(0)));
        }
        other => panic!("{other:?}"),
    }
    let next = one
        .publish_expecting(event(US, "c"), winner.sequence)
        .await
        .unwrap();
    assert_eq!(one.last_sequence_on(US).await.unwrap(), next.sequence);
    assert_eq!(one.last_sequence().await.unwrap(), Sequence(3));
}

async fn an_expected_copy_is_no_conflict(mut bed: Bed) {
    let stream = bed.open().await;
    let original = stream
        .publish_expecting(event(US, "a"), Sequence(0))
        .await
        .unwrap();
    let copy = stream
        .publish_expecting(event(US, "a"), Sequence(0))
        .await
        .unwrap();
    assert_eq!((copy.sequence, copy.duplicate), (original.sequence, true));
    let stream = bed.restart(stream).await;
    let copy = stream
        .publish_expecting(event(US, "a"), Sequence(0))
        .await
        .unwrap();
    assert_eq!((copy.sequence, copy.duplicate), (original.sequence, true));
    assert_eq!(stream.last_sequence().await.unwrap(), Sequence(1));
}

/// Services wait in a `select!`, and drop the wait when something else happens.
async fn a_cancelled_wait_loses_nothing(bed: Bed) {
    let stream = bed.open().await;
    let mut consumer = stream.consumer("mapper", &[]).await.unwrap();
    let mut seen = Vec::new();
    for number in 0..20 {
        let publishing = stream.publish(event(US, &number.to_string()));
        tokio::select! {
            biased;
            receipt = publishing => { receipt.unwrap(); }
            batch = consumer.next_batch(3, WAIT) => { seen.extend(sequences(&batch.unwrap())); }
        }
        // If the consumer was first, the event may not have been published.
        stream
            .publish(event(US, &number.to_string()))
            .await
            .unwrap();
    }
    while seen.len() < 20 {
        seen.extend(sequences(&consume(&mut consumer, 1).await));
    }
    assert_eq!(seen, (1..=20).collect::<Vec<u64>>());
}

async fn a_log_is_rebuilt_from_the_stream(bed: Bed) {
    let stream = bed.open().await;
    stream.publish_all(events(US, 0..30)).await.unwrap();
    let last = stream.last_sequence().await.unwrap();
    let mut rebuilt = Vec::new();
    for _ in 0..2 {
        let dir = tempfile::tempdir().unwrap();
        let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
        let report =
            stream::rebuild_from_stream(&mut reader, last, dir.path(), LogOptions::default())
                .await
                .unwrap();
        assert_eq!(report.records, 30);
        rebuilt.push(report);
    }
    assert_eq!(rebuilt[0], rebuilt[1]);
}

async fn bad_names_are_refused(bed: Bed) {
    let stream = bed.open().await;
    for name in ["", "a.b", "a b", "*", ">"] {
        let refused = stream.consumer(name, &[]).await.map(drop);
        assert!(
            matches!(refused, Err(StreamError::Refused { .. })),
            "{name}"
        );
    }
}
