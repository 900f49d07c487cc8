//! The projector's metrics.

service::metrics! {
    /// Events written to the log.
    pub(crate) LOGGED: Counter[] = "counterfoil_projector_logged_events_total", Count;

    /// Events read into the views.
    pub(crate) VIEWED: Counter[] = "counterfoil_projector_viewed_events_total", Count;

    /// Events in the log that the views do not show yet.
    pub(crate) LAG: Gauge[] = "counterfoil_projector_views_lag_events", Count;
}
