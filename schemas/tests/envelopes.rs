//! What the envelope of each event says because of its payload.

mod examples;

use schemas::{Event, Payload, Writer};

/// Type, subject, story, partition, and whether the payload names its cause.
const ENVELOPES: &str = "
webhook.received     us/1001/refund/7        us/1001                 us/1001  first
order.received       us/1001                 us/1001                 us/1001  first
refund.received      us/1001/refund/7        us/1001                 us/1001  first
order.mapped         us/1001                 us/1001                 us/1001  first
refund.mapped        us/1001/refund/7        us/1001                 us/1001  first
order.parked         us/1001                 us/1001                 us/1001  first
refund.parked        us/1001/refund/7        us/1001                 us/1001  first
journal.submitted    CF-us-0123456789abcdef  CF-us-0123456789abcdef  us       first
journal.imported     CF-us-0123456789abcdef  CF-us-0123456789abcdef  us       first
journal.posted       us/1001                 us/1001                 us/1001  follows
refund.reversed      us/1001/refund/7        us/1001                 us/1001  follows
journal.rejected     us/1001                 us/1001                 us/1001  follows
journal.held         us/1001                 us/1001                 us/1001  first
journal.released     us/1001                 us/1001                 us/1001  first
journal.retried      us                      us                      us       first
journal.delayed      CF-us-0123456789abcdef  CF-us-0123456789abcdef  us       first
group.cleared        us                      us                      us       first
ledger.alarmed       CF-us-0123456789abcdef  CF-us-0123456789abcdef  us       first
ledger.acknowledged  us                      us                      us       first
";

/// An event of its writer that says this.
fn made(payload: Payload) -> Event {
    Event::of(
        Writer::Poster,
        "2026-11-02T10:00:00Z".parse().unwrap(),
        payload,
    )
}

#[test]
fn an_envelope_follows_from_what_is_said() {
    let lines = ENVELOPES.trim().lines();
    for (event, line) in examples::all().into_iter().zip(lines) {
        let event = made(event.payload);
        let cause = if event.causation.is_some() {
            "follows"
        } else {
            "first"
        };
        let found = [
            event.payload.event_type().as_str(),
            &event.subject,
            &event.correlation,
            &event.partition_key,
            cause,
        ];
        let expected: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(found[..], expected);
        assert_eq!(event.source, "counterfoil/poster");
    }
}

/// The examples' ids and causes are those that the services derive.
#[test]
fn an_id_follows_from_what_is_said_and_its_cause() {
    for event in examples::all() {
        let kind = event.payload.event_type();
        let id = event.payload.id(event.causation);
        if kind.as_str() != "order.mapped" || event.causation.is_some() {
            assert_eq!(id, event.id, "{kind}");
        }
        let again = made(event.payload.clone());
        match event.causation {
            Some(cause) => assert_eq!(again.caused_by(cause).id, event.id, "{kind}"),
            None => assert_eq!(again.causation, None, "{kind}"),
        }
    }
}

#[test]
fn what_follows_is_of_the_story_and_time_of_its_cause() {
    let events = examples::all();
    let (cause, mapped) = (&events[1], &events[3]);
    let next = Event::following(cause, Writer::Mapper, mapped.payload.clone());
    assert_eq!((next.id, next.causation), (mapped.id, Some(cause.id)));
    assert_eq!((next.time, &next.subject), (cause.time, &cause.subject));
    assert_eq!(next.correlation, cause.correlation);
    assert_eq!(next.partition_key, cause.partition_key);
    assert_eq!(next.source, "counterfoil/mapper");
}
