//! Batches, journals and lines as the read-back resource shows them.

use super::resource::{Field, Item};
use crate::fusion::gl::{Batch, Journal};
use crate::fusion::world::World;
use crate::fusion::world::chart::CHART_NAME;

/// A batch.
pub(super) fn batch_item(batch: &Batch) -> Item {
    let totals = batch.totals();
    let posted = batch.posted.is_some();
    let approval = match (batch.awaits_approval, posted) {
        (true, _) => "In process",
        (false, true) => "Approved",
        (false, false) => "Not required",
    };
    Item {
        resource: "journalBatches",
        path: path(batch),
        fields: vec![
            ("JeBatchId", Field::Int(batch.id)),
            ("BatchName", Field::text(&batch.name)),
            ("BatchDescription", Field::filled(Some(&batch.description))),
            ("DefaultPeriodName", Field::text(&batch.period)),
            ("Status", Field::text(batch.status())),
            (
                "StatusMeaning",
                Field::text(if posted { "Posted" } else { "Unposted" }),
            ),
            (
                "CompletionStatusMeaning",
                Field::text(if batch.complete {
                    "Complete"
                } else {
                    "Incomplete"
                }),
            ),
            ("ApprovalStatusMeaning", Field::text(approval)),
            ("FundsStatusMeaning", Field::text("Not attempted")),
            ("UserJeSourceName", Field::text(&batch.source)),
            ("ChartOfAccountsName", Field::text(CHART_NAME)),
            ("ActualFlagMeaning", Field::text("Actual")),
            ("RunningTotalDr", Field::Amount(totals.debit)),
            ("RunningTotalCr", Field::Amount(totals.credit)),
            (
                "RunningTotalAccountedDr",
                Field::Amount(totals.accounted_debit),
            ),
            (
                "RunningTotalAccountedCr",
                Field::Amount(totals.accounted_credit),
            ),
            ("ControlTotal", Field::Null),
            ("PostedDate", Field::filled(batch.posted)),
            (
                "PostingRunId",
                batch.posting_run.map_or(Field::Null, Field::Int),
            ),
            // Stayed empty on imported batches in live tests, the import's
            // request notwithstanding.
            ("RequestId", Field::Null),
            ("ReversalFlag", Field::Flag(batch.reversal.flag)),
            ("ReversalDate", Field::filled(batch.reversal.date.as_ref())),
            (
                "ReversalPeriod",
                Field::filled(batch.reversal.period.as_ref()),
            ),
            (
                "ReversalMethodMeaning",
                Field::filled(batch.reversal.method.as_ref()),
            ),
            ("ErrorMessage", Field::filled(batch.posting_error.as_ref())),
            ("CreationDate", Field::text(batch.created)),
            ("LastUpdateDate", Field::text(batch.updated)),
        ],
        children: &["journalHeaders", "journalErrors", "journalActionLogs"],
    }
}

/// A journal.
pub(super) fn header_item(world: &World, batch: &Batch, journal: &Journal, key: &str) -> Item {
    let ledger = world.ledger(batch.ledger_id);
    let totals = &journal.totals;
    Item {
        resource: "journalHeaders",
        path: format!("{}/child/journalHeaders/{key}", path(batch)),
        fields: vec![
            ("JeHeaderId", Field::Int(journal.id)),
            ("JournalName", Field::text(&journal.name)),
            (
                "JournalDescription",
                Field::filled(Some(&journal.description)),
            ),
            (
                "LedgerName",
                Field::filled(ledger.map(|ledger| ledger.name)),
            ),
            (
                "LedgerCurrencyCode",
                Field::filled(ledger.map(|ledger| ledger.currency)),
            ),
            ("CurrencyCode", Field::text(&journal.currency)),
            ("PeriodName", Field::text(&batch.period)),
            ("DefaultEffectiveDate", Field::text(journal.date)),
            ("UserJeCategoryName", Field::text(&journal.category)),
            (
                "UserCurrencyConversionType",
                Field::filled(Some(&journal.conversion.kind)),
            ),
            (
                "CurrencyConversionDate",
                Field::filled(journal.conversion.date),
            ),
            (
                "CurrencyConversionRate",
                Field::amount(journal.conversion.rate),
            ),
            ("RunningTotalDr", Field::Amount(totals.debit)),
            ("RunningTotalCr", Field::Amount(totals.credit)),
            (
                "RunningTotalAccountedDr",
                Field::Amount(totals.accounted_debit),
            ),
            (
                "RunningTotalAccountedCr",
                Field::Amount(totals.accounted_credit),
            ),
            ("ExternalReference", Field::filled(Some(&journal.reference))),
            ("AccrualReversalStatus", Field::Null),
            ("Status", Field::text(batch.status())),
        ],
        children: &["journalLines"],
    }
}

/// The lines of a journal. The ten reference columns are not among the fields.
pub(super) fn line_items(batch: &Batch, journal: &Journal, key: &str) -> Vec<Item> {
    let parent = format!(
        "{}/child/journalHeaders/{key}/child/journalLines",
        path(batch)
    );
    let numbered = journal.lines.iter().zip(1_u64..);
    numbered
        .map(|(line, number)| Item {
            resource: "journalLines",
            path: format!("{parent}/{number}"),
            fields: vec![
                ("JeLineNumber", Field::Int(number)),
                ("AccountCombination", Field::text(&line.account)),
                ("EnteredDr", Field::amount(line.entered.debit)),
                ("EnteredCr", Field::amount(line.entered.credit)),
                ("AccountedDr", Field::amount(line.accounted.debit)),
                ("AccountedCr", Field::amount(line.accounted.credit)),
                ("CurrencyCode", Field::text(&journal.currency)),
                (
                    "CurrencyConversionRate",
                    Field::amount(journal.conversion.rate),
                ),
                ("Description", Field::filled(Some(&line.description))),
                ("StatAmount", Field::Null),
                (
                    "ReconciliationReference",
                    Field::filled(Some(&line.reconciliation)),
                ),
            ],
            children: &[],
        })
        .collect()
}

/// Why the batch did not post, if a posting run tried.
pub(super) fn error_items(batch: &Batch) -> Vec<Item> {
    let problem = batch.posting_error.iter();
    problem
        .map(|problem| Item {
            resource: "journalErrors",
            path: format!("{}/child/journalErrors/1", path(batch)),
            fields: vec![
                ("ErrorMessage", Field::text(problem)),
                ("ErrorMessageName", Field::text("GL_POSTING_FAILED")),
                ("JeLineNumber", Field::Null),
            ],
            children: &[],
        })
        .collect()
}

fn path(batch: &Batch) -> String {
    format!("/journalBatches/{}", batch.id)
}
