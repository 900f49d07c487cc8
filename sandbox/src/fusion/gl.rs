//! The general ledger: batches of journals, and their posting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::interface::{Conversion, Sides};
use super::world::World;
use super::world::calendar::PeriodStatus;

/// Batch identifiers start here.
const FIRST_BATCH: u64 = 300_000_200_000_001;
/// Journal identifiers start here.
const FIRST_JOURNAL: u64 = 300_000_300_000_001;
/// Posting run identifiers start here.
const FIRST_POSTING_RUN: u64 = 700_001;

/// A journal line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Account combination in dotted form.
    pub account: Arc<str>,
    /// Amounts in the journal's currency.
    pub entered: Sides,
    /// Amounts in the ledger's currency.
    pub accounted: Sides,
    /// Line description.
    pub description: Box<str>,
    /// Reconciliation reference.
    pub reconciliation: Box<str>,
    /// The ten reference columns, if any is filled.
    pub references: Option<Box<[Box<str>; 10]>>,
}

/// Sums of debits and credits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// Sum of entered debits.
    pub debit: Decimal,
    /// Sum of entered credits.
    pub credit: Decimal,
    /// Sum of accounted debits.
    pub accounted_debit: Decimal,
    /// Sum of accounted credits.
    pub accounted_credit: Decimal,
}

impl Totals {
    /// Sums lines.
    pub(super) fn of(lines: &[Line]) -> Self {
        lines.iter().fold(Self::default(), |sum, line| Self {
            debit: sum.debit + line.entered.debit.unwrap_or_default(),
            credit: sum.credit + line.entered.credit.unwrap_or_default(),
            accounted_debit: sum.accounted_debit + line.accounted.debit.unwrap_or_default(),
            accounted_credit: sum.accounted_credit + line.accounted.credit.unwrap_or_default(),
        })
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            debit: self.debit + other.debit,
            credit: self.credit + other.credit,
            accounted_debit: self.accounted_debit + other.accounted_debit,
            accounted_credit: self.accounted_credit + other.accounted_credit,
        }
    }
}

/// A journal: header and lines.
#[derive(Debug)]
pub(super) struct Journal {
    /// Header identifier.
    pub id: u64,
    /// Journal name.
    pub name: String,
    /// Journal description.
    pub description: String,
    /// External reference, from REFERENCE6.
    pub reference: String,
    /// Category.
    pub category: String,
    /// Entered currency.
    pub currency: String,
    /// Accounting date.
    pub date: Date,
    /// Conversion of the entered currency.
    pub conversion: Conversion,
    /// Lines in order.
    pub lines: Vec<Line>,
    /// Their sums.
    pub totals: Totals,
}

/// Reversal attributes of a batch: the only ones, with completion, that PATCH takes.
#[derive(Debug, Clone, Default)]
pub(super) struct Reversal {
    /// Whether the batch is marked for reversal.
    pub flag: bool,
    /// Period to reverse into.
    pub period: Option<String>,
    /// Date to reverse on.
    pub date: Option<String>,
    /// Method, in words.
    pub method: Option<String>,
}

/// A batch of journals of one period.
#[derive(Debug)]
pub(super) struct Batch {
    /// Batch identifier.
    pub id: u64,
    /// Name as Journal Import made it.
    pub name: String,
    /// Description.
    pub description: String,
    /// Ledger of all its journals.
    pub ledger_id: u64,
    /// Period of all its journals.
    pub period: String,
    /// Source.
    pub source: String,
    /// Interface group it came from. No REST resource shows it.
    pub group_id: u64,
    /// Import child request that made it. No REST resource shows it.
    pub import_request: u64,
    /// When it was imported.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// Before this, the REST read-back does not see it.
    pub visible_at: Timestamp,
    /// When it was posted, if it was.
    pub posted: Option<Timestamp>,
    /// Posting run that posted it.
    pub posting_run: Option<u64>,
    /// Whether it waits for an approver.
    pub awaits_approval: bool,
    /// Whether it is complete, that is ready to be posted.
    pub complete: bool,
    /// Reversal attributes.
    pub reversal: Reversal,
    /// Why the last posting run left it, if it did.
    pub posting_error: Option<String>,
    /// Its journals.
    pub journals: Vec<Journal>,
}

impl Batch {
    /// `P` posted, `U` unposted.
    pub(super) fn status(&self) -> &'static str {
        match self.posted {
            Some(_) => "P",
            None => "U",
        }
    }

    /// Sums over its journals.
    pub(super) fn totals(&self) -> Totals {
        self.journals
            .iter()
            .fold(Totals::default(), |sum, journal| sum.plus(&journal.totals))
    }
}

/// All batches of the pod.
#[derive(Debug, Default)]
pub(super) struct GeneralLedger {
    batches: BTreeMap<u64, Batch>,
    names: BTreeSet<(String, u64)>,
    unposted: BTreeSet<u64>,
    accounts: BTreeSet<Arc<str>>,
    batches_given: u64,
    journals_given: u64,
    posting_runs: u64,
}

impl GeneralLedger {
    /// The next header identifier.
    pub(super) fn next_journal_id(&mut self) -> u64 {
        self.journals_given += 1;
        FIRST_JOURNAL + self.journals_given - 1
    }

    /// One shared copy of an account's text.
    pub(super) fn account(&mut self, code: &str) -> Arc<str> {
        if let Some(known) = self.accounts.get(code) {
            return known.clone();
        }
        let fresh: Arc<str> = code.into();
        self.accounts.insert(fresh.clone());
        fresh
    }

    /// Adds a batch; its identifier is given here.
    pub(super) fn add(&mut self, mut batch: Batch) -> u64 {
        let id = FIRST_BATCH + self.batches_given;
        self.batches_given += 1;
        batch.id = id;
        self.names.insert((batch.name.clone(), id));
        self.unposted.insert(id);
        self.batches.insert(id, batch);
        id
    }

    /// A batch by identifier.
    pub(super) fn batch(&self, id: u64) -> Option<&Batch> {
        self.batches.get(&id)
    }

    /// A batch by identifier, to change its completion or reversal attributes.
    pub(super) fn batch_mut(&mut self, id: u64) -> Option<&mut Batch> {
        self.batches.get_mut(&id)
    }

    /// All batches, oldest first.
    pub(super) fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.batches.values()
    }

    /// Batches whose name starts with a prefix, by name.
    pub(super) fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Batch> {
        self.names
            .range((prefix.to_string(), 0)..)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .filter_map(|(_, id)| self.batches.get(id))
    }

    /// Deletes an unposted batch; false if it is posted or does not exist.
    pub(super) fn delete(&mut self, id: u64) -> bool {
        if !self.unposted.remove(&id) {
            return false;
        }
        if let Some(batch) = self.batches.remove(&id) {
            self.names.remove(&(batch.name, id));
        }
        true
    }

    /// AutoPost: posts what it can of a source; under approval, sends batches
    /// to their approver instead. Returns how many were posted.
    pub(super) fn autopost(
        &mut self,
        source: &str,
        approval: bool,
        world: &World,
        at: Timestamp,
    ) -> usize {
        let candidates: Vec<u64> = self.unposted.iter().copied().collect();
        let mut posted = 0;
        for id in candidates {
            let Some(batch) = self.batches.get_mut(&id) else {
                continue;
            };
            if batch.source != source || !batch.complete {
                continue;
            }
            batch.awaits_approval = approval;
            if !approval && self.post(id, world, at).is_ok() {
                posted += 1;
            }
        }
        posted
    }

    /// Posts one batch.
    ///
    /// # Errors
    /// Why it stays unposted: no such batch, period not open, or unbalanced.
    pub(super) fn post(&mut self, id: u64, world: &World, at: Timestamp) -> Result<(), String> {
        let run = FIRST_POSTING_RUN + self.posting_runs;
        let batch = self
            .batches
            .get_mut(&id)
            .ok_or_else(|| format!("batch {id} does not exist"))?;
        if batch.posted.is_some() {
            return Ok(());
        }
        if let Some(problem) = posting_problem(batch, world) {
            batch.posting_error = Some(problem.clone());
            return Err(problem);
        }
        batch.posted = Some(at);
        batch.updated = at;
        batch.posting_run = Some(run);
        batch.awaits_approval = false;
        batch.posting_error = None;
        self.posting_runs += 1;
        self.unposted.remove(&id);
        Ok(())
    }
}

fn posting_problem(batch: &Batch, world: &World) -> Option<String> {
    let status = world
        .ledger(batch.ledger_id)
        .and_then(|ledger| world.period_status(ledger, &batch.period));
    if status != Some(PeriodStatus::Open) {
        return Some(format!("period {} is not open", batch.period));
    }
    let unbalanced = batch
        .journals
        .iter()
        .find(|journal| journal.totals.debit != journal.totals.credit)?;
    Some(format!("journal {} is not balanced", unbalanced.name))
}
