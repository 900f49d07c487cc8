//! The poster's metrics.

service::metrics! {
    /// Journals read back as posted.
    pub(crate) POSTED: Counter["ledger"] = "counterfoil_poster_journals_posted_total", Count;

    /// Journals refused, by the code of the refusal.
    pub(crate) REJECTED: Counter["ledger", "code"] = "counterfoil_poster_journals_rejected_total", Count;

    /// Attempts to import a batch, by their outcome: imported, abandoned.
    pub(crate) ATTEMPTS: Counter["ledger", "outcome"] = "counterfoil_poster_attempts_total", Count;

    /// Calls to Fusion that failed.
    pub(crate) FAILED_CALLS: Counter["ledger", "operation"] = "counterfoil_poster_failed_calls_total", Count;

    /// Orders and refunds with a journal due when a batch was closed.
    pub(crate) DUE: Gauge["ledger"] = "counterfoil_poster_due", Count;

    /// How long the oldest journal that is due waits; 0 when none is.
    pub(crate) DUE_AGE: Gauge["ledger"] = "counterfoil_poster_due_age_seconds", Seconds;

    /// Journals that are due and wait for something in Fusion, by the code of what they
    /// wait for.
    pub(crate) WAITING: Gauge["ledger", "code"] = "counterfoil_poster_waiting", Count;

    /// Whether the ledger stands still under an alarm: 0 or 1.
    pub(crate) ALARM: Gauge["ledger"] = "counterfoil_poster_alarm", Count;

    /// Batches that are imported and not posted.
    pub(crate) UNPOSTED: Gauge["ledger"] = "counterfoil_poster_unposted_batches", Count;

    /// How long the oldest batch waits that is imported and not posted.
    pub(crate) UNPOSTED_AGE: Gauge["ledger"] = "counterfoil_poster_unposted_age_seconds", Seconds;
}
