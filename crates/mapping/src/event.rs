//! From an event to the event that follows from it.

use jiff::tz::TimeZone;
use schemas::{Event, OrderSnapshot, Parked, Payload, Stage, Writer};

use crate::{ENGINE, Problem, RuleSet, map_order, map_refund};

/// The most of a reason that is kept, in characters: it may repeat names of the store.
const MOST_REASON: usize = 2000;

schemas::concern! {
    /// What is mapped.
    pub enum Cause { OrderReceived, RefundReceived }
}

/// What follows from an event under these rules: a target, or what parks it, with the
/// reason. `None` unless the event is the snapshot of an order or refund.
pub fn map_event(event: &Event, rules: &RuleSet) -> Option<Event> {
    let cause = Cause::of(&event.payload)?;
    let mapped = match cause {
        Cause::OrderReceived(received) => map_order(&received.order, rules),
        Cause::RefundReceived(received) => map_refund(received, rules),
    };
    let verdict: Payload = match mapped {
        Ok(mapped) => mapped.into(),
        Err(problem) => parked(&cause, &problem, rules).into(),
    };
    Some(Event::following(event, Writer::Mapper, verdict))
}

/// What parks an event whose target would be an event of so many bytes, which is more
/// than can be written. `None` as for [`map_event`].
pub fn park_oversized(event: &Event, rules: &RuleSet, bytes: usize) -> Option<Event> {
    let cause = Cause::of(&event.payload)?;
    let verdict: Payload = parked(&cause, &Problem::TooLarge { bytes }, rules).into();
    Some(Event::following(event, Writer::Mapper, verdict))
}

fn parked(cause: &Cause, problem: &Problem, rules: &RuleSet) -> Parked {
    match cause {
        Cause::OrderReceived(received) => Parked {
            modified: Some(received.order.modified),
            ..of_order(problem, &received.order, rules)
        },
        Cause::RefundReceived(received) => Parked {
            entity: received.entity(),
            modified: Some(received.modified()),
            date: Some(received.refund.created.to_zoned(TimeZone::UTC).date()),
            value: Some(received.refund.total),
            ..of_order(problem, &received.order, rules)
        },
    }
}

fn of_order(problem: &Problem, order: &OrderSnapshot, rules: &RuleSet) -> Parked {
    let zone = match crate::order::route(order, rules) {
        Ok(route) => route.time_zone.clone(),
        Err(_) => TimeZone::UTC,
    };
    Parked {
        entity: order.entity(),
        stage: Stage::Mapper,
        code: problem.code().to_owned(),
        reason: schemas::cut(problem.to_string(), MOST_REASON),
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
