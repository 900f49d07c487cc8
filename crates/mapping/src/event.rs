//! From an event to the event that follows from it.

use jiff::tz::TimeZone;
use schemas::{Event, EventId, Mapped, OrderSnapshot, Parked, Payload, Stage};

use crate::{ENGINE, Problem, RuleSet, map_order, map_refund};

const SOURCE: &str = "counterfoil/mapper";

/// What follows from an event under these rules: a target, or what parks it, with the
/// reason. `None` unless the event is the snapshot of an order or refund.
pub fn map_event(event: &Event, rules: &RuleSet) -> Option<Event> {
    match &event.payload {
        Payload::OrderReceived(received) => {
            let order = &received.order;
            Some(match map_order(order, rules) {
                Ok(mapped) => follow(
                    event,
                    mapped_id(&mapped, event),
                    Payload::OrderMapped(mapped),
                ),
                Err(problem) => {
                    let mut parked = parked(&problem, order, rules);
                    parked.modified = Some(order.modified);
                    let id = parked.event_id(Some(event.id));
                    follow(event, id, Payload::OrderParked(parked))
                }
            })
        }
        Payload::RefundReceived(received) => Some(match map_refund(received, rules) {
            Ok(mapped) => follow(
                event,
                mapped_id(&mapped, event),
                Payload::RefundMapped(mapped),
            ),
            Err(problem) => {
                let parked = Parked {
                    entity: received.entity(),
                    modified: Some(received.modified()),
                    date: Some(received.refund.created.to_zoned(TimeZone::UTC).date()),
                    value: Some(received.refund.total),
                    ..parked(&problem, &received.order, rules)
                };
                let id = parked.event_id(Some(event.id));
                follow(event, id, Payload::RefundParked(parked))
            }
        }),
        _ => None,
    }
}

fn mapped_id(mapped: &Mapped, cause: &Event) -> EventId {
    mapped.event_id(cause.id)
}

/// The event of the same story and time, caused by `cause`: a replay must give
/// the same bytes, so no clock is read here.
fn follow(cause: &Event, id: EventId, payload: Payload) -> Event {
    Event {
        id,
        source: SOURCE.to_owned(),
        time: cause.time,
        subject: cause.subject.clone(),
        causation: Some(cause.id),
        correlation: cause.correlation.clone(),
        partition_key: cause.partition_key.clone(),
        payload,
    }
}

fn parked(problem: &Problem, order: &OrderSnapshot, rules: &RuleSet) -> Parked {
    let zone = match crate::order::route(order, rules) {
        Ok(route) => route.time_zone.clone(),
        Err(_) => TimeZone::UTC,
    };
    Parked {
        entity: order.entity(),
        stage: Stage::Mapper,
        code: problem.code().to_owned(),
        reason: problem.to_string(),
        remedy: problem.remedy().to_owned(),
        modified: None,
        date: Some(order.created.to_zoned(zone).date()),
        value: Some(order.total.inc_tax),
        currency: Some(order.currency),
        rule_set: Some(rules.digest().clone()),
        engine: Some(ENGINE.to_owned()),
        body: None,
    }
}
