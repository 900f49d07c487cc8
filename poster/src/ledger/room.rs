//! How much goes into one batch.

use schemas::v1::Posting;

/// Of the 4 MB that the broker is set up for.
const MAX_BYTES: usize = 3_000_000;

/// What a batch still has room for. All of it is one event, which the broker must
/// take (`max_payload`), and what is summed up must fit into 64 bits.
pub(super) struct Room {
    journals: usize,
    bytes: usize,
    minor: i64,
    is_empty: bool,
}

impl Room {
    pub fn for_journals(journals: usize) -> Room {
        Room {
            journals,
            bytes: MAX_BYTES,
            minor: i64::MAX,
            is_empty: true,
        }
    }

    /// Whether the posting goes in. One that is larger than a batch has one of its own.
    pub fn take(&mut self, posting: &Posting) -> bool {
        let bytes = serde_json::to_vec(posting).map_or(0, |bytes| bytes.len());
        let minor = posting.journal.total().minor();
        let fits = self.journals > 0 && self.bytes >= bytes && self.minor >= minor;
        if !fits && !self.is_empty {
            return false;
        }
        self.journals = self.journals.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.minor = self.minor.saturating_sub(minor);
        self.is_empty = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::testing::posting;

    #[test]
    fn a_batch_is_full_by_count_by_size_and_by_amount() {
        let mut room = Room::for_journals(2);
        assert!(room.take(&posting(1, 500)) && room.take(&posting(2, 500)));
        assert!(!room.take(&posting(3, 500)));

        let mut large = posting(1, 500);
        large.description = "x".repeat(MAX_BYTES);
        let mut room = Room::for_journals(9);
        assert!(room.take(&large), "it would never go");
        assert!(!room.take(&posting(2, 500)));

        let mut room = Room::for_journals(9);
        assert!(room.take(&posting(1, i64::MAX)));
        assert!(!room.take(&posting(2, 1)), "their sum is beyond 64 bits");
    }
}
