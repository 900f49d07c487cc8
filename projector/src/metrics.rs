//! The projector's metrics, all in one place.

/// Events written to the log; a count.
const LOGGED: &str = "counterfoil_projector_logged_events_total";
/// Events read into the views; a count.
const VIEWED: &str = "counterfoil_projector_viewed_events_total";
/// Events in the log that the views do not show yet; a count.
const LAG: &str = "counterfoil_projector_views_lag_events";

/// Says what the metrics mean to whoever collects them.
pub fn describe() {
    metrics::describe_counter!(LOGGED, metrics::Unit::Count, "Events written to the log");
    metrics::describe_counter!(VIEWED, metrics::Unit::Count, "Events read into the views");
    metrics::describe_gauge!(
        LAG,
        metrics::Unit::Count,
        "Events in the log that the views do not show yet"
    );
}

/// Counts a batch that the log took.
pub fn logged(events: usize) {
    metrics::counter!(LOGGED).increment(events as u64);
}

/// Counts a batch that the views took.
pub fn viewed(events: usize, lag: u64) {
    metrics::counter!(VIEWED).increment(events as u64);
    metrics::gauge!(LAG).set(lag as f64);
}
