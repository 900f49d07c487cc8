//! Rows that passed become journals, and journals batches.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::ImportRun;
use super::checks::{JournalKey, accounted};
use crate::fusion::config::JournalNames;
use crate::fusion::gl::{Batch, GeneralLedger, Journal, Line, Reversal, Totals};
use crate::fusion::interface::{GroupKey, Row, Sides};

/// Builds the batches of a group, one per batch name and period.
pub(crate) fn build(
    run: &ImportRun<'_>,
    key: &GroupKey,
    rows: &[Row],
    gl: &mut GeneralLedger,
) -> Vec<Batch> {
    let mut batches: BTreeMap<(String, usize), Batch> = BTreeMap::new();
    for (journal_key, rows) in by_journal(run, rows) {
        let Some(first) = rows.first().copied() else {
            continue;
        };
        let period = journal_key.period;
        let batch = batches
            .entry((journal_key.batch.clone(), period))
            .or_insert_with(|| batch(run, key, &journal_key, first));
        batch.journals.push(journal(run, &journal_key, &rows, gl));
    }
    batches.into_values().collect()
}

fn by_journal<'r>(run: &ImportRun<'_>, rows: &'r [Row]) -> BTreeMap<JournalKey, Vec<&'r Row>> {
    let mut journals: BTreeMap<JournalKey, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        // Rows outside the calendar were refused with EP01 before this.
        if let Some(key) = JournalKey::of(run, row) {
            journals.entry(key).or_default().push(row);
        }
    }
    journals
}

fn batch(run: &ImportRun<'_>, key: &GroupKey, journal: &JournalKey, first: &Row) -> Batch {
    let group_id = key.group_id.unwrap_or_default();
    Batch {
        id: 0,
        name: batch_name(&journal.batch, &key.source, group_id, run.request),
        description: first.batch_description.clone(),
        ledger_id: key.ledger_id,
        period: run.world.calendar.periods[journal.period].name.clone(),
        source: key.source.clone(),
        group_id,
        import_request: run.request,
        created: run.at,
        updated: run.at,
        visible_at: run.visible_at,
        posted: None,
        posting_run: None,
        awaits_approval: false,
        complete: true,
        reversal: Reversal {
            flag: first.reversal[0] == "Y",
            period: Some(first.reversal[1].clone()).filter(|period| !period.is_empty()),
            date: None,
            method: None,
        },
        posting_error: None,
        journals: Vec::new(),
    }
}

/// `<REFERENCE1> <source> <A> <group id> <import child request id> <N>`; the
/// last letter says that it is not an average balance journal.
fn batch_name(reference: &str, source: &str, group_id: u64, request: u64) -> String {
    let gap = if reference.is_empty() { "" } else { " " };
    format!("{reference}{gap}{source} A {group_id} {request} N")
}

fn journal(
    run: &ImportRun<'_>,
    key: &JournalKey,
    rows: &[&Row],
    gl: &mut GeneralLedger,
) -> Journal {
    let lines: Vec<Line> = rows.iter().map(|row| line(run, row, gl)).collect();
    let lines = if run.summary {
        summarised(lines)
    } else {
        lines
    };
    let first = rows[0];
    let reference = rows.iter().map(|row| &row.journal_reference);
    let reference = reference.into_iter().find(|text| !text.is_empty());
    Journal {
        id: gl.next_journal_id(),
        name: journal_name(run, key),
        description: first.journal_description.clone(),
        reference: reference.cloned().unwrap_or_default(),
        category: key.category.clone(),
        currency: key.currency.clone(),
        date: first.date,
        conversion: first.conversion.clone(),
        totals: Totals::of(&lines),
        lines,
    }
}

fn journal_name(run: &ImportRun<'_>, key: &JournalKey) -> String {
    let suffix = format!("{} {}", key.category, key.currency);
    match (run.journal_names, key.name.is_empty()) {
        (_, true) => suffix,
        (JournalNames::AsGiven, false) => key.name.clone(),
        (JournalNames::Suffixed, false) => format!("{} {suffix}", key.name),
    }
}

fn line(run: &ImportRun<'_>, row: &Row, gl: &mut GeneralLedger) -> Line {
    Line {
        account: gl.account(&row.account()),
        entered: row.entered,
        // A row that could not be converted was refused before this.
        accounted: accounted(run, row).unwrap_or(row.entered),
        description: row.line_description.clone(),
        reconciliation: row.reconciliation.clone(),
        references: row.references.clone(),
    }
}

/// One line per account and side; descriptions and references are lost, as the
/// summary option loses them.
fn summarised(lines: Vec<Line>) -> Vec<Line> {
    let mut merged: Vec<Line> = Vec::new();
    for line in lines {
        let same = |known: &&mut Line| {
            known.account == line.account
                && known.entered.debit.is_some() == line.entered.debit.is_some()
        };
        match merged.iter_mut().find(same) {
            Some(known) => {
                known.entered = plus(known.entered, line.entered);
                known.accounted = plus(known.accounted, line.accounted);
            }
            None => merged.push(Line {
                description: "Journal Import Created".into(),
                reconciliation: "".into(),
                references: None,
                ..line
            }),
        }
    }
    merged
}

fn plus(left: Sides, right: Sides) -> Sides {
    let add = |left: Option<Decimal>, right: Option<Decimal>| match (left, right) {
        (None, None) => None,
        (left, right) => Some(left.unwrap_or_default() + right.unwrap_or_default()),
    };
    Sides {
        debit: add(left.debit, right.debit),
        credit: add(left.credit, right.credit),
    }
}
