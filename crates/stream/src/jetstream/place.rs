//! Whether the stream on the broker is the one in which a position was reached.

use async_nats::{header::NATS_MESSAGE_ID, jetstream::stream::RawMessageErrorKind};
use eventlog::{Position, Sequence, Start, StreamId};
use schemas::EventId;

use super::{failure::unavailable, identity, link::Link, remedy};
use crate::{Misplaced, StreamError};

/// A stream that holds what was seen of it.
pub(super) struct Place {
    pub stream: StreamId,
    /// A number has become the position of the event there.
    pub start: Start,
}

/// Looks whether the stream is the one in which `start` was reached: the same id, not
/// shorter, and with the same event there.
pub(super) async fn check(link: &Link, start: Start) -> Result<Place, StreamError> {
    let reached = start.sequence();
    let Some(info) = identity::find(&link.context, &link.stream_name).await? else {
        // Whoever begins has reached nothing, and the process may have seen much of it.
        return Err(match reached.max(link.guard.reached().sequence()) {
            Sequence(0) => unavailable("the stream is not there"),
            _ => remedy::misplaced(Misplaced::ends_before(reached)),
        });
    };
    let last = Sequence(info.state.last_sequence);
    if identity::is_restoring(&info) {
        return Err(remedy::restoring(last));
    }
    let stream = identity::of(&info);
    if let Start::After(expected) = start {
        Misplaced::check_stream(expected, stream).map_err(remedy::misplaced)?;
    }
    Misplaced::check_end(reached, last).map_err(remedy::misplaced)?;
    let start = match start {
        Start::Beginning => start,
        Start::After(expected) => {
            let found = event_at(link, expected.sequence).await?;
            Misplaced::check_event(expected, found).map_err(remedy::misplaced)?;
            start
        }
        Start::AfterSequence(sequence) => {
            position_at(link, stream, sequence).await?.unwrap_or(start)
        }
    };
    Ok(Place { stream, start })
}

/// Holds the stream against what this process has seen of it, unless that was done on
/// this connection. Of a stream of which nothing was seen, its end is remembered.
pub(super) async fn verify(link: &Link) -> Result<(), StreamError> {
    let generation = link.generation();
    if link.guard.is_checked(generation) {
        return Ok(());
    }
    let place = check(link, link.guard.reached()).await?;
    link.guard.confirm(place.stream, place.start, generation);
    Ok(())
}

async fn position_at(
    link: &Link,
    stream: StreamId,
    sequence: Sequence,
) -> Result<Option<Start>, StreamError> {
    let event = event_at(link, sequence).await?;
    Ok(event.map(|event| {
        Start::After(Position {
            stream,
            sequence,
            event,
        })
    }))
}

/// The id of the event at this sequence, nothing if there is none of ours.
async fn event_at(link: &Link, sequence: Sequence) -> Result<Option<EventId>, StreamError> {
    if sequence == Sequence(0) {
        return Ok(None);
    }
    match link.events.get_raw_message(sequence.0).await {
        Ok(message) => {
            let id = message.headers.get(NATS_MESSAGE_ID);
            Ok(id.and_then(|id| id.as_str().parse().ok()))
        }
        Err(error) => match error.kind() {
            RawMessageErrorKind::NoMessageFound => Ok(None),
            RawMessageErrorKind::JetStream(error) if error.code() == 404 => Ok(None),
            _ => Err(unavailable(error)),
        },
    }
}
