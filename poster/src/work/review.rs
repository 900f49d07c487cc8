//! Trying again what was rejected, once its cause is seen to be gone. Few calls, at a
//! slow pace: what Fusion's lists say is read once for all that wait for it.

use std::{collections::BTreeMap, sync::Arc};

use fusion::checks::{Placement, Strictness, code};
use jiff::Timestamp;
use schemas::{Decision, Event, JournalKey, JournalRetried, Retry};

use super::{backoff::later, gate::Gate, halt::Turn, ledger::Ledger, recorder::Recorder};
use crate::{
    batch,
    books::{Books, BooksError, Rejection},
    events,
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

    /// How a journal is judged again. What Fusion itself refused must be there before
    /// our eyes, not to be created.
    fn strictness(self) -> Strictness {
        match self {
            Cause::Refused => Strictness::AccountsExist,
            Cause::Period | Cause::Checked => Strictness::AsConfigured,
        }
    }

    /// Why the journal goes again.
    fn gone(self, place: &Placement) -> String {
        match self {
            Cause::Period => format!("period {} takes journals now", place.period),
            Cause::Checked | Cause::Refused => {
                "Fusion has all that the journal needs now".to_owned()
            }
        }
    }
}

/// The review of what stands rejected.
pub(super) struct Review {
    ledger: Arc<Ledger>,
    due: Timestamp,
}

impl Review {
    pub(super) fn of(ledger: &Arc<Ledger>) -> Review {
        Review {
            ledger: Arc::clone(ledger),
            due: ledger.clock.now(),
        }
    }

    /// When it is time, tries again what would pass now. Rejections whose cause stands,
    /// or cannot be seen from here, wait for a person or for another target.
    pub(super) async fn repeat(&mut self, recorder: &mut Recorder, gate: &mut Gate) -> Turn<()> {
        let ledger = &self.ledger;
        let now = ledger.clock.now();
        if now < self.due {
            return Ok(());
        }
        self.due = later(now, ledger.options.recheck_every);
        let retriable = retriable(ledger, recorder.books())?;
        if retriable.is_empty() {
            return Ok(());
        }
        if let Err(error) = gate.refresh_periods().await {
            ledger.status.call_failed(&error);
            return Ok(());
        }
        let mut placed = Vec::new();
        let mut postings = Vec::new();
        for (cause, rejection) in retriable {
            let draft = recorder.books().draft_of_rejected(&rejection.entity)?;
            let Some(draft) = draft else { continue };
            if let Some(place) = gate.place(draft.date) {
                postings.push(batch::posting(&ledger.config, draft, place.clone()));
                placed.push((cause, rejection.key, place));
            }
        }
        if let Err(error) = gate.ask_anew(&postings, now).await {
            ledger.status.call_failed(&error);
            return Ok(());
        }
        let mut by_reason: BTreeMap<String, Vec<JournalKey>> = BTreeMap::new();
        for ((cause, key, place), posting) in placed.into_iter().zip(&postings) {
            if gate.passes(posting, cause.strictness()) {
                by_reason.entry(cause.gone(&place)).or_default().push(key);
            }
        }
        let mut decisions = Vec::new();
        for (reason, keys) in &by_reason {
            tracing::info!(ledger = %ledger.key, journals = keys.len(), reason, "rejected journals are tried again");
            decisions.extend(
                keys.chunks(PER_EVENT)
                    .map(|keys| retry(ledger, reason, keys)),
            );
        }
        recorder.publish(&decisions).await
    }
}

/// The rejections with a cause that can be seen, but for those that were tried in vain
/// too short a time ago.
fn retriable(ledger: &Ledger, books: &Books) -> Result<Vec<(Cause, Rejection)>, BooksError> {
    let mut retriable = Vec::new();
    for code in books.rejection_codes()? {
        let Some(cause) = Cause::of(&code) else {
            continue;
        };
        let is_time = |it: &Rejection| {
            let pauses = (1u32 << it.retries.min(MOST_DOUBLINGS)) - 1;
            ledger.clock.age(it.at) >= ledger.options.recheck_every.saturating_mul(pauses)
        };
        let rejections = books.rejections(&code, MOST)?;
        retriable.extend(rejections.into_iter().filter(is_time).map(|it| (cause, it)));
    }
    Ok(retriable)
}

fn retry(ledger: &Ledger, reason: &str, keys: &[JournalKey]) -> Event {
    events::retried(JournalRetried {
        ledger: ledger.key.clone(),
        which: Retry::Journals {
            keys: keys.to_vec(),
        },
        decision: Decision {
            by: "poster".to_owned(),
            reason: reason.to_owned(),
            at: ledger.clock.now(),
        },
    })
}
