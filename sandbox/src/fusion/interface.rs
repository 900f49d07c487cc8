//! GL_INTERFACE: loaded rows that wait for Journal Import, or are stuck in it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

/// What Journal Import selects by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupKey {
    /// Journal source, as users see it.
    pub source: String,
    /// Ledger identifier.
    pub ledger_id: u64,
    /// Interface group; rows without one belong to none and are never selected.
    pub group_id: Option<u64>,
}

/// One line of a journal to be.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// `NEW`, `P` after a run that refused others of the group, or error codes.
    pub status: String,
    /// What is wrong with it, in words.
    pub status_description: String,
    /// Which group it belongs to.
    pub key: GroupKey,
    /// Accounting date.
    pub date: Date,
    /// Journal category, as users see it.
    pub category: String,
    /// Entered currency.
    pub currency: String,
    /// `A` for actual.
    pub actual_flag: String,
    /// Segment values, trailing empty ones cut.
    pub segments: Vec<Box<str>>,
    /// Entered amounts.
    pub entered: Sides,
    /// Amounts in ledger currency, if the sender gave them.
    pub accounted: Sides,
    /// REFERENCE1.
    pub batch_name: String,
    /// REFERENCE2.
    pub batch_description: String,
    /// REFERENCE4.
    pub journal_name: String,
    /// REFERENCE5.
    pub journal_description: String,
    /// REFERENCE6.
    pub journal_reference: String,
    /// REFERENCE7, 8 and 9: reversal flag, period and method.
    pub reversal: [String; 3],
    /// REFERENCE10.
    pub line_description: Box<str>,
    /// REFERENCE21 to 30, if any is filled.
    pub references: Option<Box<[Box<str>; 10]>>,
    /// Conversion type, date and rate.
    pub conversion: Conversion,
    /// Reconciliation reference.
    pub reconciliation: Box<str>,
    /// Period name as sent.
    pub period_name: String,
}

impl Row {
    /// The account in dotted form.
    pub(super) fn account(&self) -> String {
        self.segments.join(".")
    }
}

/// A debit or a credit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sides {
    /// Debit, in the amount's own currency.
    pub debit: Option<Decimal>,
    /// Credit, in the amount's own currency.
    pub credit: Option<Decimal>,
}

impl Sides {
    /// Whether neither side is filled.
    pub(super) fn is_empty(&self) -> bool {
        self.debit.is_none() && self.credit.is_none()
    }

    /// Applies a conversion to whichever side is filled.
    pub(super) fn map(self, convert: impl Fn(Decimal) -> Decimal) -> Self {
        Self {
            debit: self.debit.map(&convert),
            credit: self.credit.map(&convert),
        }
    }
}

/// How an entered amount becomes an accounted one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Conversion {
    /// User-facing conversion type, or empty.
    pub kind: String,
    /// Conversion date.
    pub date: Option<Date>,
    /// Rate, from entered to ledger currency.
    pub rate: Option<Decimal>,
}

/// The interface table.
#[derive(Debug, Default)]
pub(super) struct Interface {
    groups: BTreeMap<GroupKey, Vec<Row>>,
}

impl Interface {
    /// Adds loaded rows. Nothing is unique: the same rows can be added twice.
    pub(super) fn load(&mut self, rows: Vec<Row>) {
        for row in rows {
            self.groups.entry(row.key.clone()).or_default().push(row);
        }
    }

    /// The groups one import run selects: one group, or all of a source and ledger.
    pub(super) fn select(
        &self,
        source: &str,
        ledger_id: u64,
        group_id: Option<u64>,
    ) -> Vec<GroupKey> {
        self.groups
            .keys()
            .filter(|key| key.source == source && key.ledger_id == ledger_id)
            .filter(|key| match group_id {
                Some(wanted) => key.group_id == Some(wanted),
                None => key.group_id.is_some(),
            })
            .cloned()
            .collect()
    }

    /// Takes a group out, to be imported or put back.
    pub(super) fn take(&mut self, key: &GroupKey) -> Vec<Row> {
        self.groups.remove(key).unwrap_or_default()
    }

    /// Puts refused rows back.
    pub(super) fn put_back(&mut self, key: GroupKey, rows: Vec<Row>) {
        if !rows.is_empty() {
            self.groups.insert(key, rows);
        }
    }

    /// Every group with its rows.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&GroupKey, &[Row])> {
        self.groups.iter().map(|(key, rows)| (key, rows.as_slice()))
    }
}
