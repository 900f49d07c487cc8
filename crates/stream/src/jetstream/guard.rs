//! What this process has seen of the stream. A stream that does not hold it is not
//! written to, and not read by anyone, whatever position he brings.

use std::sync::{Mutex, MutexGuard, PoisonError};

use eventlog::{Position, Sequence, Start, StreamId};
use schemas::EventId;

/// The last event that was seen, and whether the stream was held against it.
pub(crate) struct Guard(Mutex<Seen>);

struct Seen {
    reached: Start,
    /// The stream as it was found, and the connection on which it was.
    checked: Option<(StreamId, u64)>,
}

impl Guard {
    /// `reached` is what was seen in an earlier life.
    pub(crate) fn new(reached: Start) -> Guard {
        Guard(Mutex::new(Seen {
            reached,
            checked: None,
        }))
    }

    /// The last event that was seen.
    pub(crate) fn reached(&self) -> Start {
        self.seen().reached
    }

    /// Whether the stream was found to be the right one on this connection, and nothing
    /// has come since that puts it in doubt. Of an empty stream that is never certain.
    pub(crate) fn is_checked(&self, generation: u64) -> bool {
        let seen = self.seen();
        seen.reached != Start::Beginning && seen.checked.is_some_and(|(_, on)| on == generation)
    }

    /// The stream was found to be the right one, on this connection.
    pub(crate) fn confirm(&self, found: StreamId, reached: Start, generation: u64) {
        let mut seen = self.seen();
        seen.checked = Some((found, generation));
        if reached.sequence() >= seen.reached.sequence() {
            seen.reached = reached;
        }
    }

    /// Something is odd: the stream is looked at again before it is used.
    pub(crate) fn doubt(&self) {
        self.seen().checked = None;
    }

    /// An event was stored at this place. A stream that gives a new event a place that
    /// was passed before is in doubt.
    pub(crate) fn stored(&self, sequence: Sequence, event: EventId) {
        let mut seen = self.seen();
        let Some((stream, _)) = seen.checked else {
            return;
        };
        if sequence > seen.reached.sequence() {
            seen.reached = Start::After(Position {
                stream,
                sequence,
                event,
            });
        } else {
            seen.checked = None;
        }
    }

    /// An event was read at this position.
    pub(crate) fn read(&self, position: Position) {
        let mut seen = self.seen();
        if position.sequence > seen.reached.sequence() {
            seen.reached = Start::After(position);
        }
    }

    /// A thread that panicked held it for an assignment at most: it is whole.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_was_passed_is_in_doubt() {
        let stream = StreamId::derive(&["a"]);
        let event = EventId::derive(&["a"]);
        let guard = Guard::new(Start::Beginning);
        guard.confirm(stream, Start::Beginning, 1);
        assert!(!guard.is_checked(1), "nothing was seen of it");
        guard.stored(Sequence(5), event);
        assert!(guard.is_checked(1));
        assert!(!guard.is_checked(2), "another connection");
        guard.stored(Sequence(5), event);
        assert!(!guard.is_checked(1));
        assert_eq!(guard.reached().sequence(), Sequence(5));
    }
}
