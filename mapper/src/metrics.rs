//! The mapper's metrics, all in one place.

/// Events written, by their `type` (`order.mapped`, `refund.parked`, …); a count.
const EVENTS: &str = "counterfoil_mapper_events_total";

/// Counts one event that was written.
pub fn mapped(event: &schemas::Event) {
    let kind = event.payload.event_type().as_str();
    metrics::counter!(EVENTS, "type" => kind).increment(1);
}
