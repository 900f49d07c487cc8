//! Before anything is sent: that the ledger is the one that was meant, and that
//! each journal would be taken.

use std::collections::{BTreeMap, BTreeSet};

use fusion::Error;
use jiff::Timestamp;
use schemas::{EntityKey, Posting};
use service::config::AccessSet;

use super::{Halt, Ledger, Turn, pace::later};
use crate::{
    PosterError,
    checks::Verdict,
    metrics,
    refusal::{Reason, code},
    setup,
};

/// What is due, by what is to be done with it.
#[derive(Default)]
pub(super) struct Sorted {
    /// Those that may go, those that wait longest first.
    pub sendable: Vec<Posting>,
    pub refused: Vec<(Posting, Reason)>,
    /// Those that go by themselves once the reason is gone.
    pub waiting: BTreeMap<EntityKey, Reason>,
}

impl Ledger {
    /// Whether the ledger was looked up and is the one that was meant; looks it up if
    /// not. Fusion's being away is waited out.
    pub(super) async fn is_set_up(&mut self) -> Turn<bool> {
        if self.setup.is_some() {
            return Ok(true);
        }
        self.stop_if_asked()?;
        if self.clock.now() < self.gather.wake() {
            return Ok(false);
        }
        match setup::look_up(&self.fusion, &self.config).await {
            Ok(Ok(setup)) => {
                self.config.id = Some(setup.ledger);
                self.config.data_access_set = AccessSet::Id(setup.access_set);
                self.setup = Some(setup);
                self.gather.reset(self.clock.now());
                self.well();
                Ok(true)
            }
            Ok(Err(source)) => Err(Halt::Failed(PosterError::Setup {
                ledger: self.key.clone(),
                source,
            })),
            Err(error) => {
                self.report_trouble(&error);
                self.gather.back_off(self.clock.now());
                Ok(false)
            }
        }
    }

    /// Takes from the sendable journals those that Fusion would refuse; what is not
    /// known to be one or the other waits, with what was waiting before. No journal is
    /// refused for what was read before the `round` began: an account may have been
    /// created a minute ago.
    pub(super) async fn check(&mut self, sorted: &mut Sorted, round: Timestamp) {
        let asked = self.ask_anew(&sorted.sendable, round).await;
        for posting in std::mem::take(&mut sorted.sendable) {
            match self.reference.judge(&self.config, &posting) {
                Verdict::Passes => sorted.sendable.push(posting),
                Verdict::Refused(reason) => sorted.refused.push((posting, reason)),
                Verdict::Unknown => {
                    let reason = Reason::not_checked();
                    sorted.waiting.insert(posting.entity, reason);
                }
            }
        }
        self.wait_for(std::mem::take(&mut sorted.waiting));
        match asked {
            Ok(()) => {
                self.gather.reset(self.clock.now());
                self.recheck = later(self.clock.now(), self.options.period_age);
                self.well();
            }
            Err(error) => {
                self.gather.back_off(self.clock.now());
                self.recheck = self.gather.wake();
                self.report_trouble(&error);
            }
        }
    }

    /// Asks for what journals need, and again for what would refuse them by what was
    /// read before the `round` began.
    pub(super) async fn ask_anew(
        &mut self,
        postings: &[Posting],
        round: Timestamp,
    ) -> Result<(), Error> {
        self.reference.expire(self.options.reference_age);
        self.ask_for(postings).await?;
        for posting in postings {
            if let Verdict::Refused(_) = self.reference.judge(&self.config, posting) {
                self.reference.doubt(&self.config, posting, round);
            }
        }
        self.ask_for(postings).await
    }

    async fn ask_for(&mut self, postings: &[Posting]) -> Result<(), Error> {
        let facts = postings
            .iter()
            .flat_map(|posting| self.reference.facts(&self.config, posting));
        let missing = self.reference.missing(facts.collect());
        match self.setup {
            Some(setup) => {
                self.reference
                    .ask(&self.fusion, &self.config, setup.chart, missing)
                    .await
            }
            None => Ok(()),
        }
    }

    /// The work goes on; shown with what waits in it.
    pub(super) fn well(&self) {
        let causes: BTreeSet<&str> = self.waiting.values().map(|it| it.cause.as_str()).collect();
        match self.waiting.len() {
            0 => self.health.ok(),
            count => {
                let causes = causes.into_iter().collect::<Vec<_>>().join("; ");
                self.health
                    .waiting(format!("{count} journals wait: {causes}"));
            }
        }
    }

    /// Remembers what waits, and shows it.
    fn wait_for(&mut self, waiting: BTreeMap<EntityKey, Reason>) {
        for waits_for in [code::PERIOD_CLOSED, code::NOT_CHECKED] {
            let those = waiting.values().filter(|reason| reason.code == waits_for);
            metrics::waiting(&self.key, waits_for, those.count());
        }
        let fresh = waiting
            .iter()
            .find(|(key, _)| !self.waiting.contains_key(key));
        if let Some((entity, reason)) = fresh {
            tracing::info!(
                ledger = %self.key, waiting = waiting.len(), %entity, code = reason.code,
                cause = reason.cause, "journals wait and hold nothing else"
            );
        }
        self.waiting = waiting;
    }
}
