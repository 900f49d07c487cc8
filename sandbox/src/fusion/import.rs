//! Journal Import: the rows of one group become batches, all of them or none.

pub(super) mod checks;
pub(super) mod journals;
pub(super) mod report;

use jiff::Timestamp;

use super::config::{JournalNames, Unbalanced};
use super::gl::{Batch, GeneralLedger};
use super::interface::{GroupKey, Row};
use super::world::{Ledger, World};

/// What one import child works with.
#[derive(Debug)]
pub(super) struct ImportRun<'a> {
    /// The import child's request identifier; part of the batch names.
    pub request: u64,
    /// Ledger imported into.
    pub ledger: &'a Ledger,
    /// Setup to check against.
    pub world: &'a World,
    /// What to do with unbalanced journals.
    pub unbalanced: Unbalanced,
    /// How to name journals.
    pub journal_names: JournalNames,
    /// Merge lines per account (parameter 6).
    pub summary: bool,
    /// When it runs.
    pub at: Timestamp,
    /// From when on the read-back sees the batches.
    pub visible_at: Timestamp,
}

/// How one group came out.
#[derive(Debug)]
pub(super) enum GroupOutcome {
    /// Every row was imported into these batches.
    Imported(Vec<Batch>),
    /// No row was imported; each carries its status now.
    Refused(Vec<Row>),
}

/// Imports one group.
pub(super) fn import_group(
    run: &ImportRun<'_>,
    key: &GroupKey,
    mut rows: Vec<Row>,
    gl: &mut GeneralLedger,
) -> GroupOutcome {
    let problems = checks::check(run, &rows);
    if problems.iter().any(|found| !found.is_empty()) {
        for (row, found) in rows.iter_mut().zip(&problems) {
            mark(row, found);
        }
        return GroupOutcome::Refused(rows);
    }
    GroupOutcome::Imported(journals::build(run, key, &rows, gl))
}

/// Sets a refused row's status: its codes, or `P` for an innocent neighbour.
fn mark(row: &mut Row, found: &[checks::Problem]) {
    if found.is_empty() {
        row.status = "P".into();
        row.status_description.clear();
        return;
    }
    let codes: Vec<&str> = found.iter().map(|problem| problem.code).collect();
    let texts: Vec<&str> = found.iter().map(|problem| problem.text.as_str()).collect();
    row.status = codes.join(",");
    row.status_description = texts.join("; ");
}
