//! The execution report that ends the import child's log: a totals table, the
//! rows in error, and a legend of all codes, whether they occurred or not.

use std::fmt::Write as _;

use crate::fusion::interface::{GroupKey, Row};

/// Codes the report's legend explains.
const LEGEND: [(&str, &str); 26] = [
    (
        "EP01",
        "This date is not in any open or future-enterable period.",
    ),
    (
        "EP02",
        "This ledger has no open or future-enterable periods.",
    ),
    ("EP04", "This date is not a business day."),
    ("EP05", "There are no business days in this period."),
    (
        "WU01",
        "This journal is unbalanced and was balanced to suspense.",
    ),
    (
        "EU02",
        "This journal is unbalanced and suspense is not allowed.",
    ),
    ("EF01", "This account is inactive on the accounting date."),
    ("EF02", "Detail posting isn't allowed to this account."),
    ("EF03", "This account is disabled."),
    (
        "EF04",
        "This is an invalid account: check segment values and rules.",
    ),
    (
        "EF05",
        "There is no account with this combination identifier.",
    ),
    ("EF06", "The alternate account is invalid."),
    ("WF01", "An alternate account was used."),
    ("WF02", "The suspense account was used."),
    ("EC01", "A conversion rate must be entered with type User."),
    ("EC02", "A conversion date must be entered."),
    (
        "EC03",
        "A conversion type or accounted amount must be entered.",
    ),
    (
        "EC06",
        "There is no conversion rate for this currency, type and date.",
    ),
    ("EC08", "This currency is invalid."),
    ("EC11", "This conversion type is invalid."),
    (
        "EC12",
        "Entered and accounted amounts must agree in the ledger currency.",
    ),
    ("EC13", "The amount is too large or missing."),
    ("ES01", "This journal source is invalid."),
    ("ES02", "This journal category is invalid."),
    (
        "ER01",
        "A reversal period must be entered with the reversal flag.",
    ),
    ("EE01", "Encumbrance and budget journals are not set up."),
];

/// One group's line of the totals table.
#[derive(Debug)]
pub(crate) struct GroupLine<'a> {
    /// The group.
    pub key: &'a GroupKey,
    /// Whether its rows were refused.
    pub refused: bool,
    /// Rows selected.
    pub lines: usize,
    /// Rows in error.
    pub errors: usize,
    /// Batches made.
    pub batches: usize,
    /// Journals made.
    pub journals: usize,
}

/// The head and the totals table.
pub(crate) fn totals(request: u64, groups: &[GroupLine<'_>]) -> String {
    let mut text = format!("Journal Import Execution Report\nRequest ID: {request}\n\n");
    text.push_str(&heading("Totals"));
    text.push_str("Source  Group ID  Status  Lines  Errors  Batches  Journals\n");
    for group in groups {
        let group_id = group.key.group_id.unwrap_or_default();
        let status = if group.refused { "Error" } else { "Success" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}  {group_id}  {}  {}  {}  {}  {}",
            group.key.source, status, group.lines, group.errors, group.batches, group.journals
        );
    }
    text
}

/// The rows in error, one a line, cells two spaces apart, empty ones as `-`.
pub(crate) fn error_lines(rows: &[Row]) -> String {
    let mut text = heading("Error Lines");
    text.push_str(
        "Error Code  Source  Accounting Date  Currency  Category  Entered Debit  Entered Credit  \
         Account  Batch Name  Journal Name  Journal Reference\n",
    );
    for row in rows.iter().filter(|row| is_error(row)) {
        let amount = |side: Option<rust_decimal::Decimal>| side.map(|amount| amount.to_string());
        let cells = [
            row.status.clone(),
            row.key.source.clone(),
            row.date.to_string(),
            row.currency.clone(),
            row.category.clone(),
            amount(row.entered.debit).unwrap_or_default(),
            amount(row.entered.credit).unwrap_or_default(),
            row.account(),
            row.batch_name.clone(),
            row.journal_name.clone(),
            row.journal_reference.clone(),
        ];
        let cells: Vec<&str> = cells.iter().map(|cell| or_dash(cell)).collect();
        let _ = writeln!(text, "{}", cells.join("  "));
        for description in row.status_description.split("; ") {
            let _ = writeln!(text, "    {description}");
        }
    }
    text
}

/// The legend that ends every report.
pub(crate) fn legend() -> String {
    let mut text = heading("Error Key");
    for (code, meaning) in LEGEND {
        let _ = writeln!(text, "{code}  {meaning}");
    }
    text
}

/// Whether a row's status names an error.
pub(crate) fn is_error(row: &Row) -> bool {
    !matches!(row.status.as_str(), "NEW" | "P")
}

fn heading(title: &str) -> String {
    format!("\n========== {title} ==========\n")
}

fn or_dash(cell: &str) -> &str {
    match cell.is_empty() {
        true => "-",
        false => cell,
    }
}
