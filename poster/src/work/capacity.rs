//! How much goes into one batch.

use schemas::Posting;

/// What a batch still has room for. All of it is one event, which the carrier must
/// take, and what is summed up must fit into 64 bits.
pub(super) struct Capacity {
    journals: usize,
    bytes: usize,
    minor: i64,
    is_empty: bool,
}

impl Capacity {
    /// For so many journals, in an event of at most so many bytes. A quarter of these
    /// is left for all that goes around the journals.
    pub fn new(journals: usize, max_event: usize) -> Capacity {
        Capacity {
            journals,
            bytes: max_event / 4 * 3,
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
    use jiff::Timestamp;

    use super::*;
    use crate::{batch, events, testing::posting};

    const MEGABYTE: usize = 1 << 20;

    #[test]
    fn a_batch_is_full_by_count_by_size_and_by_amount() {
        let mut capacity = Capacity::new(2, MEGABYTE);
        assert!(capacity.take(&posting(1, 500)) && capacity.take(&posting(2, 500)));
        assert!(!capacity.take(&posting(3, 500)));

        let mut large = posting(1, 500);
        large.description = "x".repeat(MEGABYTE);
        let mut capacity = Capacity::new(9, MEGABYTE);
        assert!(capacity.take(&large), "it would never go");
        assert!(!capacity.take(&posting(2, 500)));

        let mut capacity = Capacity::new(9, MEGABYTE);
        assert!(capacity.take(&posting(1, i64::MAX)));
        assert!(
            !capacity.take(&posting(2, 1)),
            "their sum is beyond 64 bits"
        );
    }

    #[test]
    fn a_full_batch_is_an_event_that_is_taken() {
        let mut capacity = Capacity::new(usize::MAX, MEGABYTE);
        let postings: Vec<Posting> = (1..)
            .map(|order| posting(order, 500))
            .take_while(|posting| capacity.take(posting))
            .collect();
        let intent = batch::intent(&"us".parse().unwrap(), 1, postings);
        let bytes = events::submitted(intent, Timestamp::UNIX_EPOCH)
            .encode()
            .bytes;
        assert!(
            (MEGABYTE / 2..MEGABYTE).contains(&bytes.len()),
            "{}",
            bytes.len()
        );
    }
}
