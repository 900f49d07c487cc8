//! Trying again what was refused, once its cause is seen to be gone. Few calls,
//! at a slow pace: what Fusion's lists say is read once for all that wait for it.

use std::collections::BTreeMap;

use schemas::{
    Event, JournalKey, Payload,
    v1::{Decision, JournalRetried, Retry},
};
use tokio::time::Instant;

use super::{Ledger, Turn};
use crate::{books::Rejection, events, target::Draft};

/// As many rejections of one code are looked at in one go, the oldest first.
const MOST: usize = 5_000;
/// As many journals are told of in one event.
const PER_EVENT: usize = 500;
/// Pauses double with each try in vain, so often at most.
const MOST_DOUBLINGS: u32 = 8;

/// A cause that can be seen to be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The ledger had no period for it.
    Period,
}

impl Cause {
    /// By the code that a journal was refused with; none where only a person can
    /// know.
    fn of(code: &str) -> Option<Cause> {
        match code {
            "NO_OPEN_PERIOD" | "EP01" | "EP02" => Some(Cause::Period),
            _ => None,
        }
    }
}

impl Ledger {
    /// Tries again what would pass now. Rejections whose cause stands, or cannot
    /// be seen from here, wait for a person or for another target.
    pub(super) async fn recheck_rejected(&mut self) -> Turn<()> {
        if Instant::now() < self.recheck {
            return Ok(());
        }
        self.recheck = Instant::now() + self.options.recheck_every;
        let waiting = self.waiting()?;
        if waiting.is_empty() {
            return Ok(());
        }
        let refreshed = self
            .periods
            .refresh(&self.fusion, self.config.id, self.options.period_age)
            .await;
        if let Err(error) = refreshed {
            self.report_trouble(&error);
            return Ok(());
        }
        let mut by_reason: BTreeMap<String, Vec<JournalKey>> = BTreeMap::new();
        for (cause, rejection) in waiting {
            let draft = self.books.draft_of_rejected(&rejection.entity);
            let draft = draft.map_err(|e| self.books_failed(e))?;
            if let Some(reason) = draft.and_then(|draft| self.gone(cause, &draft)) {
                by_reason.entry(reason).or_default().push(rejection.key);
            }
        }
        let mut decisions = Vec::new();
        for (reason, keys) in &by_reason {
            tracing::info!(ledger = %self.key, journals = keys.len(), reason, "rejected journals are tried again");
            decisions.extend(keys.chunks(PER_EVENT).map(|keys| self.retry(reason, keys)));
        }
        self.publish_all(&decisions).await
    }

    /// The rejections with a cause that can be seen, but for those that were tried
    /// in vain too short a time ago.
    fn waiting(&self) -> Turn<Vec<(Cause, Rejection)>> {
        let mut waiting = Vec::new();
        let codes = self.books.rejection_codes();
        for code in codes.map_err(|e| self.books_failed(e))? {
            let Some(cause) = Cause::of(&code) else {
                continue;
            };
            let rejections = self.books.rejections(&code, MOST);
            let rejections = rejections.map_err(|e| self.books_failed(e))?;
            let is_time = |it: &Rejection| {
                let pauses = (1u32 << it.retries.min(MOST_DOUBLINGS)) - 1;
                self.age(it.at) >= self.options.recheck_every.saturating_mul(pauses)
            };
            waiting.extend(rejections.into_iter().filter(is_time).map(|it| (cause, it)));
        }
        Ok(waiting)
    }

    /// Why the draft would pass now, where it would.
    fn gone(&self, cause: Cause, draft: &Draft) -> Option<String> {
        match cause {
            Cause::Period => {
                let placed = self.periods.place(&self.config, draft.date).ok()?;
                Some(format!("period {} takes journals now", placed.period))
            }
        }
    }

    fn retry(&self, reason: &str, keys: &[JournalKey]) -> Event {
        events::retried(JournalRetried {
            ledger: self.key.clone(),
            which: Retry::Journals {
                keys: keys.to_vec(),
            },
            decision: Decision {
                by: "poster".to_owned(),
                reason: reason.to_owned(),
                at: (self.clock)(),
            },
        })
    }

    /// Rejections, as new facts where their journals were refused before.
    pub(super) fn as_new_rejections(&self, events: Vec<Event>) -> Turn<Vec<Event>> {
        let mut facts = Vec::new();
        for event in events {
            let retried = match &event.payload {
                Payload::JournalRejected(rejected) => self.books.retried(&rejected.entity),
                _ => Ok(None),
            };
            facts.push(match retried.map_err(|e| self.books_failed(e))? {
                Some(decision) => events::rejected_after(event, decision),
                None => event,
            });
        }
        Ok(facts)
    }
}
