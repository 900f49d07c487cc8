//! Trying again what was refused, once its cause is seen to be gone. Few calls,
//! at a slow pace: what Fusion's lists say is read once for all that wait for it.

use std::collections::BTreeMap;

use schemas::{Decision, Event, JournalKey, JournalRetried, Payload, Posting, Retry};

use super::{Ledger, Turn, pace::later};
use crate::{
    batch,
    books::Rejection,
    checks::{Strictness, Verdict},
    events,
    periods::{Place, Placement},
    refusal::code,
};

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
    /// Our own check found that something was not in Fusion, or not as it must be.
    Checked,
    /// Fusion found so although our check had passed it: an account that was to be
    /// created, a value disabled meanwhile.
    Refused,
}

impl Cause {
    /// By the code that a journal was refused with; none where only a person can
    /// know.
    fn of(code: &str) -> Option<Cause> {
        match code {
            code::NO_OPEN_PERIOD | "EP01" | "EP02" => Some(Cause::Period),
            "EF01" | "EF02" | "EF03" | "EF04" | "EC06" | "EC08" | "EC09" => Some(Cause::Refused),
            code if code::REPEATABLE.contains(&code) => Some(Cause::Checked),
            _ => None,
        }
    }
}

impl Ledger {
    /// Tries again what would pass now. Rejections whose cause stands, or cannot
    /// be seen from here, wait for a person or for another target.
    pub(super) async fn recheck_rejected(&mut self) -> Turn<()> {
        let now = self.clock.now();
        if now < self.recheck_rejected_at {
            return Ok(());
        }
        self.recheck_rejected_at = later(now, self.options.recheck_every);
        let retriable = self.retriable()?;
        if retriable.is_empty() {
            return Ok(());
        }
        let (ledger, age) = (self.config.id.unwrap_or_default(), self.options.period_age);
        let refreshed = self.periods.refresh(&self.fusion, ledger, age, &self.clock);
        if let Err(error) = refreshed.await {
            self.report_trouble(&error);
            return Ok(());
        }
        let mut placed = Vec::new();
        for (cause, rejection) in retriable {
            let draft = self.books.draft_of_rejected(&rejection.entity);
            let draft = draft.map_err(|e| self.books_failed(e))?;
            let Some(draft) = draft else { continue };
            if let Place::Here(place) = self.periods.place(&self.config, draft.date) {
                let posting = batch::posting(&self.config, draft, place.clone());
                placed.push((cause, rejection, place, posting));
            }
        }
        let postings: Vec<Posting> = placed.iter().map(|(.., posting)| posting.clone()).collect();
        if let Err(error) = self.ask_anew(&postings, now).await {
            self.report_trouble(&error);
            return Ok(());
        }
        let mut by_reason: BTreeMap<String, Vec<JournalKey>> = BTreeMap::new();
        for (cause, rejection, place, posting) in placed {
            if let Some(reason) = self.gone(cause, &place, &posting) {
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
    fn retriable(&self) -> Turn<Vec<(Cause, Rejection)>> {
        let mut retriable = Vec::new();
        let codes = self.books.rejection_codes();
        for code in codes.map_err(|e| self.books_failed(e))? {
            let Some(cause) = Cause::of(&code) else {
                continue;
            };
            let rejections = self.books.rejections(&code, MOST);
            let rejections = rejections.map_err(|e| self.books_failed(e))?;
            let is_time = |it: &Rejection| {
                let pauses = (1u32 << it.retries.min(MOST_DOUBLINGS)) - 1;
                self.clock.age(it.at) >= self.options.recheck_every.saturating_mul(pauses)
            };
            retriable.extend(rejections.into_iter().filter(is_time).map(|it| (cause, it)));
        }
        Ok(retriable)
    }

    /// Why the journal would pass now, where it would.
    fn gone(&self, cause: Cause, place: &Placement, posting: &Posting) -> Option<String> {
        // What Fusion itself refused must be there before our eyes, not to be created.
        let strictness = match cause {
            Cause::Refused => Strictness::AccountsExist,
            Cause::Period | Cause::Checked => Strictness::AsConfigured,
        };
        let verdict = self.reference.judge_as(&self.config, posting, strictness);
        let passes = verdict == Verdict::Passes;
        passes.then(|| match cause {
            Cause::Period => format!("period {} takes journals now", place.period),
            Cause::Checked | Cause::Refused => {
                "Fusion has all that the journal needs now".to_owned()
            }
        })
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
                at: self.clock.now(),
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
