//! From an event to the event that follows from it.

use jiff::tz::TimeZone;
use schemas::{Event, OrderSnapshot, Parked, Payload, Stage, Writer};

use crate::{ENGINE, Problem, RuleSet, map_order, map_refund};

schemas::concern! {
    /// What is mapped.
    pub enum Cause { OrderReceived, RefundReceived }
}

/// What follows from an event under these rules: a target, or what parks it, with the
/// reason. `None` unless the event is the snapshot of an order or refund.
pub fn map_event(event: &Event, rules: &RuleSet) -> Option<Event> {
    let verdict: Payload = match Cause::of(&event.payload)? {
        Cause::OrderReceived(received) => match map_order(&received.order, rules) {
            Ok(mapped) => mapped.into(),
            Err(problem) => Parked {
                modified: Some(received.order.modified),
                ..parked(&problem, &received.order, rules)
            }
            .into(),
        },
        Cause::RefundReceived(received) => match map_refund(received, rules) {
            Ok(mapped) => mapped.into(),
            Err(problem) => Parked {
                entity: received.entity(),
                modified: Some(received.modified()),
                date: Some(received.refund.created.to_zoned(TimeZone::UTC).date()),
                value: Some(received.refund.total),
                ..parked(&problem, &received.order, rules)
            }
            .into(),
        },
    };
    Some(Event::following(event, Writer::Mapper, verdict))
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
        follows: None,
    }
}

#[cfg(test)]
mod tests {
    use schemas::{EventType, Reader};

    use super::*;

    #[test]
    fn the_contract_says_what_is_mapped() {
        let told = |kind: &&EventType| kind.readers().contains(&Reader::Mapper);
        let told: Vec<EventType> = EventType::ALL.iter().filter(told).copied().collect();
        assert_eq!(Cause::TYPES, told);
    }
}
