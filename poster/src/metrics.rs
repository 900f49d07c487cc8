//! The poster's metrics, all in one place.

use std::time::Duration;

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
/// Whether the ledger stands still under an alarm, by `ledger`: 0 or 1.
const ALARM: &str = "counterfoil_poster_alarm";
/// Batches that are imported and not posted, by `ledger`.
const UNPOSTED: &str = "counterfoil_poster_unposted_batches";
/// How long the oldest of them waits, by `ledger`; seconds.
const UNPOSTED_AGE: &str = "counterfoil_poster_unposted_age_seconds";

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

pub fn alarm(ledger: &LedgerKey, stands: bool) {
    metrics::gauge!(ALARM, "ledger" => ledger.to_string()).set(u8::from(stands));
}

pub fn unposted(ledger: &LedgerKey, batches: usize, oldest: Duration) {
    // Exact up to 2^53, and only a display.
    metrics::gauge!(UNPOSTED, "ledger" => ledger.to_string()).set(batches as f64);
    metrics::gauge!(UNPOSTED_AGE, "ledger" => ledger.to_string()).set(oldest.as_secs_f64());
}
