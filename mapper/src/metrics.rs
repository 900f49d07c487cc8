//! The mapper's metrics.

service::metrics! {
    /// Events written, by their type (`order.mapped`, `refund.parked`, …).
    pub(crate) EVENTS: Counter["type"] = "counterfoil_mapper_events_total", Count;
}
