//! What may leave for Fusion: each journal has a period that takes it, and would be
//! taken there. What is neither sure to be taken nor to be refused waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use fusion::{
    Error,
    checks::{Finding, Periods, Place, Placement, Reason, Reference, Strictness, code},
};
use jiff::{Timestamp, civil::Date};
use schemas::{EntityKey, Posting};
use subledger::Draft;

use super::ledger::Ledger;
use crate::{batch, metrics, refusal};

/// The periods and the reference data of a ledger as far as they were read, and what
/// waits by them.
pub(super) struct Gate {
    ledger: Arc<Ledger>,
    periods: Periods,
    reference: Reference,
    /// What is due and waits for something in Fusion, and why.
    waiting: BTreeMap<EntityKey, Reason>,
    /// When what waits is looked at again.
    waits_until: Timestamp,
}

/// What is due, by what is to be done with it.
#[derive(Default)]
pub(super) struct Sorted {
    /// Those that may go, those that wait longest first.
    pub sendable: Vec<Posting>,
    pub refused: Vec<(Posting, Reason)>,
    /// Those that go by themselves once the reason is gone.
    pub waiting: BTreeMap<EntityKey, Reason>,
}

impl Gate {
    pub(super) fn of(ledger: &Arc<Ledger>) -> Gate {
        Gate {
            ledger: Arc::clone(ledger),
            periods: Periods::default(),
            reference: Reference::new(&ledger.clock),
            waiting: BTreeMap::new(),
            waits_until: ledger.clock.now(),
        }
    }

    /// Whether something is due and waits.
    pub(super) fn holds(&self, entity: &EntityKey) -> bool {
        self.waiting.contains_key(entity)
    }

    /// How much is due and waits.
    pub(super) fn held(&self) -> usize {
        self.waiting.len()
    }

    /// When what waits is to be looked at again; none if nothing waits.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        (!self.waiting.is_empty()).then_some(self.waits_until)
    }

    pub(super) fn look_again_at(&mut self, at: Timestamp) {
        self.waits_until = at;
    }

    /// Reads the periods again if what is known of them is too old.
    pub(super) async fn refresh_periods(&mut self) -> Result<(), Error> {
        let (id, age) = (self.ledger.setup.ledger, self.ledger.options.period_age);
        let clock = &self.ledger.clock;
        self.periods
            .refresh(&self.ledger.fusion, id, age, clock)
            .await
    }

    /// The drafts in their places in the calendar; none, and the periods are forgotten,
    /// if no period is open for one of them by what was read before the `round` began.
    pub(super) fn place_all(&mut self, drafts: Vec<Draft>, round: Timestamp) -> Option<Sorted> {
        let mut sorted = Sorted::default();
        for draft in drafts {
            let date = draft.date;
            match self.periods.place(&self.ledger.config, date) {
                Place::Here(placement) => {
                    let posting = batch::posting(&self.ledger.config, draft, placement);
                    match batch::check(&self.ledger.config, &posting) {
                        Ok(()) => sorted.sendable.push(posting),
                        Err(error) => sorted.refused.push((posting, refusal::unwritable(&error))),
                    }
                }
                Place::Held(period) => {
                    let reason = Reason::period_closed(&period);
                    sorted.waiting.insert(draft.entity, reason);
                }
                Place::Nowhere(_) if !self.periods.are_newer_than(round) => {
                    self.periods.forget();
                    return None;
                }
                Place::Nowhere(period) => {
                    let reason = Reason::no_open_period(&period);
                    let nowhere = Placement { date, period };
                    let posting = batch::posting(&self.ledger.config, draft, nowhere);
                    sorted.refused.push((posting, reason));
                }
            }
        }
        Some(sorted)
    }

    /// Where a journal of this date would go now.
    pub(super) fn place(&self, date: Date) -> Option<Placement> {
        match self.periods.place(&self.ledger.config, date) {
            Place::Here(placement) => Some(placement),
            Place::Held(_) | Place::Nowhere(_) => None,
        }
    }

    /// Takes from the sendable journals those that Fusion would refuse; what is not
    /// known to be one or the other waits, with what was waiting before. No journal is
    /// refused for what was read before the `round` began: an account may have been
    /// created a minute ago. The error: not all could be asked for.
    pub(super) async fn check(
        &mut self,
        sorted: &mut Sorted,
        round: Timestamp,
    ) -> Result<(), Error> {
        let asked = self.ask_anew(&sorted.sendable, round).await;
        for posting in std::mem::take(&mut sorted.sendable) {
            match self.reference.judge(&self.ledger.config, &posting) {
                Finding::Passes => sorted.sendable.push(posting),
                Finding::Refused(reason) => sorted.refused.push((posting, reason)),
                Finding::Unknown => {
                    let reason = Reason::not_checked();
                    sorted.waiting.insert(posting.entity, reason);
                }
            }
        }
        self.hold(std::mem::take(&mut sorted.waiting));
        asked
    }

    /// Asks for what journals need, and again for what would refuse them by what was
    /// read before the `round` began.
    pub(super) async fn ask_anew(
        &mut self,
        postings: &[Posting],
        round: Timestamp,
    ) -> Result<(), Error> {
        self.reference.expire(self.ledger.options.reference_age);
        self.ask_for(postings).await?;
        for posting in postings {
            if let Finding::Refused(_) = self.reference.judge(&self.ledger.config, posting) {
                self.reference.doubt(&self.ledger.config, posting, round);
            }
        }
        self.ask_for(postings).await
    }

    /// Whether a journal would be taken, as far as is known.
    pub(super) fn passes(&self, posting: &Posting, strictness: Strictness) -> bool {
        let finding = self
            .reference
            .judge_as(&self.ledger.config, posting, strictness);
        finding == Finding::Passes
    }

    /// Fusion has refused a journal for a code: what is known that speaks of it is read
    /// again before it is believed.
    pub(super) fn doubt(&mut self, posting: &Posting, code: &str) {
        if code.starts_with("EP") {
            self.periods.forget();
        }
        let now = self.ledger.clock.now();
        self.reference.doubt(&self.ledger.config, posting, now);
    }

    async fn ask_for(&mut self, postings: &[Posting]) -> Result<(), Error> {
        let (config, chart) = (&self.ledger.config, self.ledger.setup.chart);
        let needs = postings
            .iter()
            .flat_map(|posting| self.reference.needs(config, posting));
        let missing = self.reference.missing(needs.collect());
        self.reference
            .ask(&self.ledger.fusion, config, chart, missing)
            .await
    }

    /// Remembers what waits, and shows it.
    fn hold(&mut self, waiting: BTreeMap<EntityKey, Reason>) {
        for waits_for in [code::PERIOD_CLOSED, code::NOT_CHECKED] {
            let those = waiting.values().filter(|reason| reason.code == waits_for);
            metrics::WAITING.set_count([self.ledger.key.as_str(), waits_for], those.count());
        }
        let fresh = waiting.iter().find(|(entity, _)| !self.holds(entity));
        if let Some((entity, reason)) = fresh {
            tracing::info!(
                ledger = %self.ledger.key, waiting = waiting.len(), %entity, code = reason.code,
                cause = reason.cause, "journals wait and hold nothing else"
            );
        }
        let causes: BTreeSet<&str> = waiting.values().map(|it| it.cause.as_str()).collect();
        let causes: Vec<&str> = causes.into_iter().collect();
        let count = waiting.len();
        let shown = format!("{count} journals wait: {}", causes.join("; "));
        self.ledger.status.set_waiting((count > 0).then_some(shown));
        self.waiting = waiting;
    }
}
