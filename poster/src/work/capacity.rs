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
    pub(super) fn new(journals: usize, max_event: usize) -> Capacity {
        Capacity {
            journals,
            bytes: max_event / 4 * 3,
            minor: i64::MAX,
            is_empty: true,
        }
    }

    /// Whether the posting goes in. One that is larger than a batch has one of its own.
    pub(super) fn take(&mut self, posting: &Posting) -> bool {
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
mod tests;
