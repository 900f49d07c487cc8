//! What is said of a stream that is not the one that was followed, and what helps.

use eventlog::Sequence;

use crate::{Misplaced, StreamError};

/// What puts a stream right that is not the one that was followed.
const REMEDY: &str = "Put the newest copy of the broker's store back, or fill the stream from the log: stop the projector and run `counterfoil stream restore`. Nothing is read or written until the stream is the one that was";
/// What ends a restore.
const FINISH: &str = "Nothing is read or written until that is done; if it was stopped, run `counterfoil stream restore` again";

/// It is another one, or not whole.
pub(super) fn misplaced(what: Misplaced) -> StreamError {
    StreamError::Misplaced {
        what,
        remedy: REMEDY.to_owned(),
    }
}

/// It is being filled, and ends at `last`.
pub(super) fn restoring(last: Sequence) -> StreamError {
    StreamError::Misplaced {
        what: Misplaced::Restoring { last },
        remedy: FINISH.to_owned(),
    }
}
