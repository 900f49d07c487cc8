//! The poster's metrics.

use std::time::Duration;

use schemas::LedgerKey;

service::metrics! {
    /// Journals read back as posted.
    POSTED: Counter["ledger"] = "counterfoil_poster_journals_posted_total", Count;

    /// Journals refused, by the code of the refusal.
    REJECTED: Counter["ledger", "code"] = "counterfoil_poster_journals_rejected_total", Count;

    /// Attempts to import a batch, by their outcome: imported, abandoned.
    ATTEMPTS: Counter["ledger", "outcome"] = "counterfoil_poster_attempts_total", Count;

    /// Calls to Fusion that failed.
    FAILED_CALLS: Counter["ledger", "operation"] = "counterfoil_poster_failed_calls_total", Count;

    /// Orders and refunds with a journal due when a batch was closed.
    DUE: Gauge["ledger"] = "counterfoil_poster_due", Count;

    /// How long the oldest journal that is due waits; 0 when none is.
    DUE_AGE: Gauge["ledger"] = "counterfoil_poster_due_age_seconds", Seconds;

    /// Journals that are due and wait for something in Fusion, by the code of what they
    /// wait for.
    WAITING: Gauge["ledger", "code"] = "counterfoil_poster_waiting", Count;

    /// Whether the ledger stands still under an alarm: 0 or 1.
    ALARM: Gauge["ledger"] = "counterfoil_poster_alarm", Count;

    /// Batches that are imported and not posted.
    UNPOSTED: Gauge["ledger"] = "counterfoil_poster_unposted_batches", Count;

    /// How long the oldest batch waits that is imported and not posted.
    UNPOSTED_AGE: Gauge["ledger"] = "counterfoil_poster_unposted_age_seconds", Seconds;
}

/// So many journals were read back as posted.
pub fn posted(ledger: &LedgerKey, journals: usize) {
    POSTED.add([ledger.as_str()], journals);
}

/// A journal was refused.
pub fn rejected(ledger: &LedgerKey, code: &str) {
    REJECTED.add([ledger.as_str(), code], 1);
}

/// An attempt ended.
pub fn attempt(ledger: &LedgerKey, outcome: &'static str) {
    ATTEMPTS.add([ledger.as_str(), outcome], 1);
}

/// A call to Fusion failed.
pub fn failed_call(ledger: &LedgerKey, operation: &'static str) {
    FAILED_CALLS.add([ledger.as_str(), operation], 1);
}

/// So many orders and refunds have a journal due.
pub fn due(ledger: &LedgerKey, count: usize) {
    DUE.set_count([ledger.as_str()], count);
}

/// The oldest journal that is due waits for so long; none is due.
pub fn due_age(ledger: &LedgerKey, age: Option<Duration>) {
    DUE_AGE.set_duration([ledger.as_str()], age.unwrap_or_default());
}

/// So many journals wait for something in Fusion.
pub fn waiting(ledger: &LedgerKey, code: &str, count: usize) {
    WAITING.set_count([ledger.as_str(), code], count);
}

/// An alarm stands, or none.
pub fn alarm(ledger: &LedgerKey, stands: bool) {
    ALARM.set_flag([ledger.as_str()], stands);
}

/// So many batches are imported and not posted.
pub fn unposted(ledger: &LedgerKey, batches: usize, oldest: Duration) {
    UNPOSTED.set_count([ledger.as_str()], batches);
    UNPOSTED_AGE.set_duration([ledger.as_str()], oldest);
}
