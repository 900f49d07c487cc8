//! Everything in the ledger and the interface, for tests to judge by. Amounts
//! are decimal strings.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::App;
use crate::fusion::gl::{Batch, Journal, Line};
use crate::fusion::interface::Row;
use crate::fusion::world::Ledger;

/// What of the ledger to show.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Shown {
    /// Only batches whose name starts so.
    batch_prefix: String,
    /// Whether to show lines.
    lines: bool,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            batch_prefix: String::new(),
            lines: true,
        }
    }
}

/// All ledgers.
#[derive(Serialize)]
pub(super) struct Books {
    ledgers: Vec<LedgerView>,
}

#[derive(Serialize)]
struct LedgerView {
    id: u64,
    name: &'static str,
    currency: &'static str,
    batches: Vec<BatchView>,
}

#[derive(Serialize)]
struct BatchView {
    id: u64,
    name: String,
    source: String,
    group_id: u64,
    import_request_id: u64,
    period: String,
    status: &'static str,
    created: String,
    posted: Option<String>,
    posting_error: Option<String>,
    total_debit: Decimal,
    total_credit: Decimal,
    journals: Vec<JournalView>,
}

#[derive(Serialize)]
struct JournalView {
    id: u64,
    name: String,
    description: String,
    reference6: String,
    category: String,
    currency: String,
    period: String,
    date: String,
    status: &'static str,
    total_debit: Decimal,
    total_credit: Decimal,
    total_accounted_debit: Decimal,
    total_accounted_credit: Decimal,
    line_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<LineView>>,
}

#[derive(Serialize)]
struct LineView {
    account: String,
    debit: Option<Decimal>,
    credit: Option<Decimal>,
    accounted_debit: Option<Decimal>,
    accounted_credit: Option<Decimal>,
    description: String,
    reconciliation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<Vec<String>>,
}

/// `GET /admin/fusion/ledger?batch_prefix=..&lines=false`.
pub(super) async fn ledger(State(app): State<Arc<App>>, Query(shown): Query<Shown>) -> Json<Books> {
    let pod = app.pod();
    let view = |ledger: &Ledger| LedgerView {
        id: ledger.id,
        name: ledger.name,
        currency: ledger.currency,
        batches: pod
            .gl
            .batches()
            .filter(|batch| batch.ledger_id == ledger.id)
            .filter(|batch| batch.name.starts_with(&shown.batch_prefix))
            .map(|batch| batch_view(batch, shown.lines))
            .collect(),
    };
    let ledgers: Vec<LedgerView> = pod.world.ledgers.iter().map(view).collect();
    Json(Books { ledgers })
}

/// `GET /admin/fusion/interface`: rows by group, waiting or stuck.
pub(super) async fn interface(State(app): State<Arc<App>>) -> Json<Value> {
    let pod = app.pod();
    let groups: Vec<Value> = pod
        .interface
        .groups()
        .map(|(key, rows)| {
            json!({
                "source": key.source,
                "ledger_id": key.ledger_id,
                "group_id": key.group_id,
                "rows": rows.iter().map(row_view).collect::<Vec<_>>(),
            })
        })
        .collect();
    Json(json!({ "groups": groups }))
}

fn batch_view(batch: &Batch, with_lines: bool) -> BatchView {
    let totals = batch.totals();
    let journals = batch.journals.iter();
    BatchView {
        id: batch.id,
        name: batch.name.clone(),
        source: batch.source.clone(),
        group_id: batch.group_id,
        import_request_id: batch.import_request,
        period: batch.period.clone(),
        status: batch.status(),
        created: batch.created.to_string(),
        posted: batch.posted.map(|at| at.to_string()),
        posting_error: batch.posting_error.clone(),
        total_debit: totals.debit,
        total_credit: totals.credit,
        journals: journals
            .map(|journal| journal_view(batch, journal, with_lines))
            .collect(),
    }
}

fn journal_view(batch: &Batch, journal: &Journal, with_lines: bool) -> JournalView {
    JournalView {
        id: journal.id,
        name: journal.name.clone(),
        description: journal.description.clone(),
        reference6: journal.reference.clone(),
        category: journal.category.clone(),
        currency: journal.currency.clone(),
        period: batch.period.clone(),
        date: journal.date.to_string(),
        status: batch.status(),
        total_debit: journal.totals.debit,
        total_credit: journal.totals.credit,
        total_accounted_debit: journal.totals.accounted_debit,
        total_accounted_credit: journal.totals.accounted_credit,
        line_count: journal.lines.len(),
        lines: with_lines.then(|| journal.lines.iter().map(line_view).collect()),
    }
}

fn line_view(line: &Line) -> LineView {
    let references = line.references.as_deref();
    LineView {
        account: line.account.to_string(),
        debit: line.entered.debit,
        credit: line.entered.credit,
        accounted_debit: line.accounted.debit,
        accounted_credit: line.accounted.credit,
        description: line.description.to_string(),
        reconciliation: line.reconciliation.to_string(),
        references: references.map(|texts| texts.iter().map(|text| text.to_string()).collect()),
    }
}

fn row_view(row: &Row) -> Value {
    json!({
        "status": row.status,
        "status_description": row.status_description,
        "account": row.account(),
        "date": row.date.to_string(),
        "category": row.category,
        "currency": row.currency,
        "debit": row.entered.debit,
        "credit": row.entered.credit,
        "batch_name": row.batch_name,
        "journal_name": row.journal_name,
        "reference6": row.journal_reference,
    })
}
