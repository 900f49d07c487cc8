//! The poster's metrics, all in one place.

use schemas::LedgerKey;

/// Journals read back as posted, by `ledger`; a count.
const POSTED: &str = "counterfoil_poster_journals_posted_total";
/// Journals refused, by `ledger` and `code`; a count.
const REJECTED: &str = "counterfoil_poster_journals_rejected_total";
/// Attempts to import a batch, by `ledger` and `outcome` (imported, abandoned); a count.
const ATTEMPTS: &str = "counterfoil_poster_attempts_total";
/// Calls to Fusion that failed, by `ledger` and `operation`; a count.
const FAILED_CALLS: &str = "counterfoil_poster_failed_calls_total";
/// Orders and refunds with a journal due when a batch was closed, by `ledger`.
const DUE: &str = "counterfoil_poster_due";
/// Journals that are due and wait for something in Fusion, by `ledger` and `code`.
const WAITING: &str = "counterfoil_poster_waiting";

pub fn posted(ledger: &LedgerKey, journals: usize) {
    metrics::counter!(POSTED, "ledger" => ledger.to_string()).increment(journals as u64);
}

pub fn rejected(ledger: &LedgerKey, code: &str) {
    metrics::counter!(REJECTED, "ledger" => ledger.to_string(), "code" => code.to_owned())
        .increment(1);
}

pub fn attempt(ledger: &LedgerKey, outcome: &'static str) {
    metrics::counter!(ATTEMPTS, "ledger" => ledger.to_string(), "outcome" => outcome).increment(1);
}

pub fn failed_call(ledger: &LedgerKey, operation: &'static str) {
    metrics::counter!(FAILED_CALLS, "ledger" => ledger.to_string(), "operation" => operation)
        .increment(1);
}

pub fn due(ledger: &LedgerKey, count: usize) {
    // Exact up to 2^53, and only a display.
    metrics::gauge!(DUE, "ledger" => ledger.to_string()).set(count as f64);
}

pub fn waiting(ledger: &LedgerKey, code: &str, count: usize) {
    metrics::gauge!(WAITING, "ledger" => ledger.to_string(), "code" => code.to_owned())
        .set(count as f64);
}
