//! A position is that of one stream, on either carrier.

use stream::{Misplaced, Position, Sequence, Start, StreamId};

use super::{
    EU, US,
    bed::{Bed, WAIT, event, events, misplaced, not_delivered, read},
};

/// Whatever the filter leaves out, and wherever it was opened.
pub async fn a_position_holds_across_restarts_and_backups(mut bed: Bed) {
    let stream = bed.open().await;
    stream.publish_all(events(US, 0..5)).await.unwrap();
    stream.publish(event(EU, "last")).await.unwrap();
    let mut reader = stream.reader(Start::Beginning, &[EU]).await.unwrap();
    let position = read(&mut reader, 1).await[0].position();
    assert_eq!(position.sequence, Sequence(6));
    drop(reader);

    let (stream, copy) = bed.back_up(stream).await;
    let stream = bed.put_back(stream, &copy).await;
    let stream = bed.restart(stream).await;
    stream.publish(event(US, "next")).await.unwrap();
    let mut reader = stream.reader(Start::After(position), &[]).await.unwrap();
    let found = read(&mut reader, 1).await;
    assert_eq!(found[0].event, event(US, "next"));
    assert_eq!(found[0].stream, position.stream);
}

pub async fn a_stream_made_anew_is_not_gone_on_with(mut bed: Bed) {
    let stream = bed.open().await;
    stream.publish_all(events(US, 0..5)).await.unwrap();
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    let expected = read(&mut reader, 5).await[4].position();
    drop(reader);

    let stream = bed.lose(stream).await;
    // The same events again, and more: neither the number nor the event tells.
    stream.publish_all(events(US, 0..9)).await.unwrap();
    match misplaced(&stream, Start::After(expected)).await {
        Misplaced::OtherStream {
            expected: said,
            found,
        } => {
            assert_eq!(said, expected);
            assert_ne!(found, expected.stream);
        }
        other => panic!("{other:?}"),
    }
}

pub async fn a_stream_that_was_set_back_is_not_gone_on_with(mut bed: Bed) {
    let stream = bed.open().await;
    stream.publish_all(events(US, 0..5)).await.unwrap();
    let (stream, copy) = bed.back_up(stream).await;
    stream.publish_all(events(US, 5..10)).await.unwrap();
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    let expected = read(&mut reader, 10).await[9].position();
    drop(reader);

    let stream = bed.put_back(stream, &copy).await;
    let ends_before = Misplaced::EndsBefore {
        reached: Sequence(10),
        last: Sequence(5),
    };
    let start = Start::After(expected);
    assert_eq!(misplaced(&stream, start).await, ends_before);
    let numbered = Start::AfterSequence(Sequence(10));
    assert_eq!(misplaced(&stream, numbered).await, ends_before);

    // It grows beyond the position, with other events.
    stream.publish_all(events(US, 20..30)).await.unwrap();
    let other_event = Misplaced::OtherEvent {
        expected,
        found: Some(event(US, "24").id),
    };
    assert_eq!(misplaced(&stream, start).await, other_event);
}

pub async fn a_position_beyond_the_end_is_not_waited_for(bed: Bed) {
    let stream = bed.open().await;
    stream.publish(event(US, "a")).await.unwrap();
    let mut reader = stream.reader(Start::Beginning, &[]).await.unwrap();
    let real = read(&mut reader, 1).await[0].position();
    let far = Position {
        sequence: Sequence(1_000_000_000_000),
        ..real
    };
    let foreign = Position {
        stream: StreamId::derive(&["another"]),
        ..real
    };
    assert!(matches!(
        misplaced(&stream, Start::After(far)).await,
        Misplaced::EndsBefore {
            last: Sequence(1),
            ..
        }
    ));
    assert!(matches!(
        misplaced(&stream, Start::After(foreign)).await,
        Misplaced::OtherStream { .. }
    ));
    // A consumer that was told so much is no better.
    let mut consumer = stream.consumer("mapper", &[]).await.unwrap();
    consumer.ack(far).await.unwrap();
    drop(consumer);
    let mut consumer = stream.consumer("mapper", &[]).await.unwrap();
    let outcome = consumer.next_batch(10, WAIT).await;
    assert!(matches!(
        not_delivered(outcome),
        Misplaced::EndsBefore {
            last: Sequence(1),
            ..
        }
    ));
}
