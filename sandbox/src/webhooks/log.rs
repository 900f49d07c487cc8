//! What was sent, and what came back.

use std::collections::VecDeque;

use serde::Serialize;

/// Attempts kept for reading; the counts go on for ever.
const KEPT: usize = 20_000;

/// One attempt to deliver.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// `webhook-id` header.
    pub webhook_id: String,
    /// Key of the store.
    pub store: &'static str,
    /// Scope of the event.
    pub scope: &'static str,
    /// Order concerned.
    pub order_id: u32,
    /// Refund concerned.
    pub refund_id: Option<u32>,
    /// 1 for the first try.
    pub attempt: usize,
    /// HTTP status of the answer; absent when there was none.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// Running totals.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Counts {
    /// Deliveries that were due, duplicates included.
    pub due: u64,
    /// Deliveries dropped on purpose.
    pub dropped: u64,
    /// Deliveries that were second copies.
    pub duplicates: u64,
    /// HTTP attempts made.
    pub attempts: u64,
    /// Deliveries answered with 2xx.
    pub delivered: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Hooks switched off after the last retry.
    pub deactivated: u64,
}

/// The delivery log.
#[derive(Debug, Default)]
pub struct Log {
    /// Totals.
    pub counts: Counts,
    attempts: VecDeque<Attempt>,
}

impl Log {
    /// Notes one attempt.
    pub fn note(&mut self, attempt: Attempt) {
        self.counts.attempts += 1;
        if attempt.status.is_some_and(|s| (200..300).contains(&s)) {
            self.counts.delivered += 1;
        } else {
            self.counts.failed += 1;
        }
        if self.attempts.len() == KEPT {
            self.attempts.pop_front();
        }
        self.attempts.push_back(attempt);
    }

    /// The latest attempts, oldest first.
    #[must_use]
    pub fn latest(&self) -> Vec<Attempt> {
        self.attempts.iter().cloned().collect()
    }
}
