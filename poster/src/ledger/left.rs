//! What an attempt that is given up leaves behind, and what goes again after it.

use schemas::{LeftRows, Posting, Step};

use super::{Ledger, Turn};
use crate::{attempt::Knowledge, books::Attempt};

impl Ledger {
    /// The rows that may stay in Fusion's interface table under the attempt's
    /// group: all of its file once a load was begun, unless the import has said
    /// that there are none. A load that was never seen has put none there.
    pub(super) fn left_rows(&self, attempt: &Attempt) -> Turn<Option<LeftRows>> {
        let loaded = match attempt.step {
            Step::LoadStarted { .. }
            | Step::Loaded
            | Step::ImportRequested { .. }
            | Step::ImportStarted { .. } => true,
            Step::Intended { .. }
            | Step::Uploaded { .. }
            | Step::LoadRequested
            | Step::Abandoned { .. } => false,
        };
        let none = matches!(&self.pursuit, Some(it) if it.known == Knowledge::NoRows);
        if !loaded || none {
            return Ok(None);
        }
        let sent = self.sent(attempt)?;
        let rows = sent.iter().map(|posting| posting.journal.lines().len());
        Ok(Some(LeftRows {
            source: self.config.source.clone(),
            journals: count(sent.len()),
            rows: count(rows.sum()),
        }))
    }

    /// Those of the journals that may go now.
    pub(super) fn still_due(&self, postings: Vec<Posting>) -> Turn<Vec<Posting>> {
        let mut due = Vec::new();
        for posting in postings {
            let is_due = self.books.is_due(&posting.entity);
            if is_due.map_err(|e| self.books_failed(e))? {
                due.push(posting);
            }
        }
        Ok(due)
    }
}

/// No file has that many journals or rows.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
