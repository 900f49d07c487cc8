//! What is not posted yet, what people decide about it, and what they must put
//! right in Fusion.

mod support;

use fixtures::{
    US, at,
    books::{BatchInHand, original},
    decisions::{NOON, decision, hold, of_ledger, release, retry},
    waiting::{batch_of, due},
};
use schemas::{
    Event, GroupCleared, JournalDelayed, JournalSubmitted, LedgerAcknowledged, LedgerAlarmed,
    LeftRows, Payload, Retry, Step,
};
use support::{dump, project, views};
use tempfile::TempDir;
use views::{
    Writer,
    report::{self, Item, Status, Wanted},
};

fn data(events: &[Event]) -> TempDir {
    let data = TempDir::new().unwrap();
    project(data.path(), events);
    data
}

fn list(data: &TempDir, wanted: &Wanted) -> Vec<Item> {
    report::outstanding(&views(data.path()), wanted)
        .unwrap()
        .items
}

fn statuses(data: &TempDir) -> Vec<(String, Status)> {
    let items = list(data, &Wanted::default());
    items.into_iter().map(|it| (it.about, it.status)).collect()
}

fn exceptions(data: &TempDir) -> Vec<String> {
    let list = report::exceptions(&views(data.path())).unwrap();
    list.0.into_iter().map(|it| it.kind).collect()
}

#[test]
fn each_waits_in_one_state() {
    let data = data(&fixtures::waiting());
    let expected = [
        ("us/1", Status::Rejected),
        ("us/5", Status::Held),
        ("us/3", Status::Imported),
        ("us/2", Status::InFlight),
        ("us/4", Status::Due),
    ];
    let expected = expected.map(|(about, status)| (about.to_owned(), status));
    assert_eq!(statuses(&data), expected);
    let all = report::outstanding(&views(data.path()), &Wanted::default()).unwrap();
    assert!(!all.is_in_order());
    insta::assert_snapshot!("outstanding_csv", all.csv(at(NOON)).unwrap());
    insta::assert_snapshot!("outstanding_json", all.json(at(NOON)).unwrap());
    for (wanted, count) in [
        (
            Wanted {
                code: Some("EF04".into()),
                ..Wanted::default()
            },
            1,
        ),
        (
            Wanted {
                status: Some(Status::Due),
                ..Wanted::default()
            },
            1,
        ),
        (
            Wanted {
                store: Some("us".parse().unwrap()),
                ..Wanted::default()
            },
            5,
        ),
        (
            Wanted {
                store: Some("eu".parse().unwrap()),
                ..Wanted::default()
            },
            0,
        ),
        (
            Wanted {
                ledger: Some("eu".parse().unwrap()),
                ..Wanted::default()
            },
            0,
        ),
    ] {
        assert_eq!(list(&data, &wanted).len(), count, "{wanted:?}");
    }
}

#[test]
fn a_hold_shows_on_all_that_it_holds_until_it_is_released() {
    let [received, mapped] = due(US, 1, "10");
    let refund = US.refunded(1, 7, "5", "2026-11-02T11:00:00Z");
    let target = US.refund_target(&refund, "5");
    let mut events = vec![received, mapped, refund, target, hold(Some(US.order(1)))];
    let held = data(&events);
    for item in list(&held, &Wanted::default()) {
        assert_eq!(item.status, Status::Held, "{item:?}");
        assert_eq!(
            item.hold.as_deref(),
            Some("by controller: the customer disputes it")
        );
    }
    events.push(release(Some(US.order(1))));
    let released = data(&events);
    assert!(
        list(&released, &Wanted::default())
            .iter()
            .all(|it| it.status == Status::Due)
    );
    events.push(hold(None));
    let ledger = data(&events);
    let items = statuses(&ledger);
    assert_eq!(items.len(), 3, "the ledger's hold is told of too");
    assert!(items.iter().all(|(_, status)| *status == Status::Held));
}

#[test]
fn a_retry_takes_rejections_back_and_stands_in_the_trace() {
    let [first, one] = due(US, 1, "10");
    let [second, two] = due(US, 2, "20");
    let mut events = vec![first, one.clone(), second, two.clone()];
    for (name, target) in [("a", &one), ("b", &two)] {
        let batch = batch_of(name, target);
        events.extend(batch.submitted());
        events.push(batch.rejected(&original(target)));
    }
    let key = original(&one).key;
    for (which, left) in [
        (
            Retry::Code {
                code: "EF04".into(),
            },
            vec![],
        ),
        (
            Retry::Code {
                code: "EP01".into(),
            },
            vec!["us/1", "us/2"],
        ),
        (Retry::Journals { keys: vec![key] }, vec!["us/2"]),
        (
            Retry::Entity {
                entity: US.order(2),
            },
            vec!["us/1"],
        ),
    ] {
        let mut events = events.clone();
        events.push(retry(which));
        let data = data(&events);
        let rejected = Wanted {
            status: Some(Status::Rejected),
            ..Wanted::default()
        };
        let found: Vec<String> = list(&data, &rejected)
            .into_iter()
            .map(|it| it.about)
            .collect();
        assert_eq!(found, left);
        let trace = report::trace(&views(data.path()), &"us/1".parse().unwrap()).unwrap();
        let told = trace.events.iter().any(|it| it.kind == "journal.retried");
        assert_eq!(told, !left.contains(&"us/1"));
    }
}

fn abandoned() -> Event {
    let data = JournalSubmitted {
        ledger: US.ledger(),
        batch: schemas::BatchKey("CF-us-a-1".into()),
        attempt: 1,
        group: 77_001,
        step: Step::Abandoned {
            reason: "the import refused 1 of 2 journals".into(),
            left: Some(LeftRows {
                source: "Counterfoil".into(),
                journals: 2,
                rows: 10,
            }),
        },
    };
    of_ledger(data.event_id(), Payload::JournalSubmitted(data))
}

#[test]
fn rows_that_are_left_are_an_exception_until_their_group_is_cleared() {
    let cleared = |group| {
        let data = GroupCleared {
            ledger: US.ledger(),
            group,
            decision: decision(),
        };
        of_ledger(data.event_id(), Payload::GroupCleared(data))
    };
    let mut events = vec![abandoned(), cleared(5)];
    let stuck = data(&events);
    let exceptions_then = report::exceptions(&views(stuck.path())).unwrap().0;
    let [exception] = &exceptions_then[..] else {
        panic!("one exception, not {exceptions_then:?}");
    };
    assert_eq!(exception.about.as_deref(), Some("group 77001"));
    for part in [
        "ledger us",
        "up to 10 rows of 2 journals",
        "`Counterfoil`",
        "77001",
    ] {
        assert!(exception.cause.contains(part), "{}", exception.cause);
    }
    for part in ["Delete Journal Import Data", "clear-group 77001"] {
        assert!(exception.remedy.contains(part), "{}", exception.remedy);
    }
    assert_eq!(
        statuses(&stuck),
        [("group 77001".to_owned(), Status::Stuck)]
    );
    events.push(cleared(77_001));
    let cleared = data(&events);
    assert!(exceptions(&cleared).is_empty() && statuses(&cleared).is_empty());
}

#[test]
fn a_batch_that_waits_is_an_exception_until_its_last_journal_is_posted() {
    let [first, one] = due(US, 1, "10");
    let [second, two] = due(US, 2, "20");
    let postings = vec![original(&one), original(&two)];
    let batch = BatchInHand::new(US, "a", "2026-11-02T10:05:00Z", postings);
    let delayed = JournalDelayed {
        ledger: US.ledger(),
        batch: schemas::BatchKey("CF-us-a-1".into()),
        attempt: 1,
        batch_id: 9001,
        batch_name: "CF-us-a-1 Counterfoil A 502".into(),
        journals: 2,
        imported: at("2026-11-02T10:05:30Z"),
        state: "status U, approval: In process".into(),
    };
    let delayed = of_ledger(delayed.event_id(), Payload::JournalDelayed(delayed));
    let mut events = vec![first, one, second, two];
    events.extend(batch.submitted());
    events.extend([batch.imported(), delayed]);
    assert_eq!(exceptions(&data(&events)), ["unposted"]);
    let posted = batch.posted();
    events.push(posted[0].clone());
    assert_eq!(exceptions(&data(&events)), ["unposted"]);
    events.push(posted[1].clone());
    assert!(exceptions(&data(&events)).is_empty());
}

#[test]
fn an_alarm_is_on_top_until_exactly_it_is_acknowledged() {
    let alarm = |after| {
        let data = LedgerAlarmed {
            ledger: US.ledger(),
            batch: schemas::BatchKey("CF-us-a-1".into()),
            attempt: 1,
            code: "BATCH_TWICE".into(),
            cause: "batch CF-us-a-1: the batch is in the ledger more than once".into(),
            remedy: "look".into(),
            after,
        };
        of_ledger(data.event_id(), Payload::LedgerAlarmed(data))
    };
    let acknowledged = |alarm: &Event| {
        let data = LedgerAcknowledged {
            ledger: US.ledger(),
            alarm: alarm.id,
            decision: decision(),
        };
        of_ledger(data.event_id(), Payload::LedgerAcknowledged(data))
    };
    let first = alarm(None);
    let mut events = vec![abandoned(), first.clone()];
    assert_eq!(exceptions(&data(&events)), ["alarm", "stuck"]);
    let again = alarm(Some(first.id));
    events.extend([acknowledged(&first), again.clone(), acknowledged(&first)]);
    let second = data(&events);
    assert_eq!(exceptions(&second), ["alarm", "stuck"]);
    assert_eq!(
        statuses(&second)[0],
        ("ledger us".to_owned(), Status::Alarm)
    );
    events.push(acknowledged(&again));
    assert_eq!(exceptions(&data(&events)), ["stuck"]);
}

#[test]
fn views_with_decisions_do_not_depend_on_where_batches_end() {
    let [first, one] = due(US, 1, "10");
    let batch = batch_of("a", &one);
    let mut events = vec![first, one.clone()];
    events.extend(batch.submitted());
    events.push(batch.rejected(&original(&one)));
    events.push(retry(Retry::Code {
        code: "EF04".into(),
    }));
    events.extend([
        hold(None),
        release(None),
        hold(Some(US.order(1))),
        abandoned(),
    ]);
    let whole = data(&events);
    let parts = TempDir::new().unwrap();
    for part in events.chunks(1) {
        project(parts.path(), part);
    }
    assert_eq!(dump(parts.path()), dump(whole.path()));
    Writer::open(parts.path()).unwrap().clear().unwrap();
    project(parts.path(), &events);
    assert_eq!(dump(parts.path()), dump(whole.path()));
}
