//! What a request concerns, and the event that it becomes.

use decisions::{Choice, DecisionError, Field, Nothing, Proposal, Request, propose};
use fixtures::{
    EU, US, at,
    books::{BatchInHand, original},
    decisions::{hold, of_ledger},
};
use schemas::{BatchKey, Event, JournalKey, JournalSubmitted, LedgerAlarmed, Payload, Retry, Step};
use service::config::Config;
use tempfile::TempDir;
use views::{Entry, Writer};

/// A configuration of two ledgers, and views of what has happened.
struct Office {
    config: Config,
    _data: TempDir,
}

impl Office {
    fn of(events: &[Event]) -> Office {
        let data = TempDir::new().unwrap();
        let config = config(&data, &["us", "eu"]);
        let mut writer = Writer::open(&views::folder(data.path())).unwrap();
        let events = fixtures::logged(0, events).into_iter();
        let entries: Vec<Entry> = events
            .map(|(offset, event)| Entry::read(offset, &event))
            .collect();
        writer.apply(&entries).unwrap();
        Office {
            config,
            _data: data,
        }
    }

    fn propose(&self, choice: Choice) -> Result<Proposal, DecisionError> {
        propose(&self.config, &request(choice, None))
    }

    fn propose_for(&self, ledger: &str, choice: Choice) -> Result<Proposal, DecisionError> {
        propose(&self.config, &request(choice, Some(ledger)))
    }
}

fn config(data: &TempDir, ledgers: &[&str]) -> Config {
    let ledger = |key: &&str| {
        format!(
            "[ledgers.{key}]\nname = \"{key}\"\nid = 1\ndata_access_set = 2\ncurrency = \"USD\"\n"
        )
    };
    let ledgers: String = ledgers.iter().map(ledger).collect();
    let text = format!(
        r#"
        data_dir = "{}"
        [fusion]
        url = "https://fusion.example.com"
        token_url = "https://identity.example.com/oauth2/v1/token"
        client_id = "counterfoil"
        client_secret = "secret"
        scope = "erp"
        {ledgers}"#,
        data.path().display()
    );
    Config::from_toml(&text).unwrap()
}

fn request(choice: Choice, ledger: Option<&str>) -> Request {
    Request {
        choice,
        ledger: ledger.map(|key| key.parse().unwrap()),
        by: "controller".to_owned(),
        reason: "account created".to_owned(),
        at: at("2026-11-03T09:00:00Z"),
        writer: schemas::Writer::Operator,
    }
}

/// An order of each shop that was refused with `EF04`, and one of the first that is
/// on its way.
fn refused_in_both() -> Vec<Event> {
    let mut events = Vec::new();
    for (shop, order) in [(US, 1), (EU, 2)] {
        let received = shop.received(order, "10.00", 11, "2026-11-02T10:00:00Z");
        let target = shop.recognised(&received, "10.00");
        let journal = original(&target);
        let batch = BatchInHand::new(shop, "a", "2026-11-02T10:05:00Z", vec![journal.clone()]);
        events.extend([received, target]);
        events.extend(batch.submitted());
        events.push(batch.rejected(&journal));
    }
    let received = US.received(3, "10.00", 11, "2026-11-02T10:00:00Z");
    let target = US.recognised(&received, "10.00");
    let batch = BatchInHand::new(US, "b", "2026-11-02T10:05:00Z", vec![original(&target)]);
    events.extend([received, target]);
    events.extend(batch.submitted());
    events
}

fn code() -> Choice {
    Choice::Retry(Retry::Code {
        code: "EF04".to_owned(),
    })
}

fn journal(key: &str) -> Choice {
    Choice::Retry(Retry::Journals {
        keys: vec![JournalKey(key.to_owned())],
    })
}

fn about(proposal: &Proposal) -> Vec<&str> {
    let items = proposal.concerned.items.iter();
    items.map(|it| it.about.as_str()).collect()
}

fn field(outcome: Result<Proposal, DecisionError>) -> Option<Field> {
    outcome.unwrap_err().field()
}

fn nothing(outcome: Result<Proposal, DecisionError>) -> Nothing {
    match outcome {
        Err(DecisionError::Nothing(nothing)) => nothing,
        other => panic!("it is not that there is nothing to decide: {other:?}"),
    }
}

#[test]
fn a_retry_is_of_one_ledger_and_of_what_stands_rejected() {
    let office = Office::of(&refused_in_both());
    assert_eq!(field(office.propose(code())), Some(Field::Ledger));
    let one = office.propose_for("us", code()).unwrap();
    assert_eq!(about(&one), ["us/1"]);
    let named = office.propose(journal("eu-2-1")).unwrap();
    assert_eq!(about(&named), ["eu/2"]);
    assert_eq!(
        nothing(office.propose(journal("us-3-1"))),
        Nothing::Rejected
    );
    assert_eq!(
        field(office.propose_for("ca", code())),
        Some(Field::Ledger),
        "the ledger is not configured"
    );
}

#[test]
fn the_event_tells_whose_story_it_is_part_of() {
    let office = Office::of(&refused_in_both());
    let event = office.propose(journal("us-1-1")).unwrap().event;
    assert_eq!(event.subject, "us/1");
    assert_eq!(
        (event.correlation.as_str(), event.partition_key.as_str()),
        ("us/1", "us/1")
    );
    assert_eq!(event.source, "counterfoil/cli");
    let Payload::JournalRetried(retried) = &event.payload else {
        panic!("{} is no retry", event.payload.event_type());
    };
    assert_eq!(event.id, retried.event_id());
    assert_eq!(retried.decision.by, "controller");
    let whole = office.propose_for("us", Choice::Hold(None)).unwrap().event;
    assert_eq!(
        (whole.subject.as_str(), whole.correlation.as_str()),
        ("us", "us")
    );
}

#[test]
fn a_hold_tells_what_it_comes_too_late_for() {
    let office = Office::of(&refused_in_both());
    let late = office.propose(Choice::Hold(Some(US.order(3)))).unwrap();
    assert_eq!((about(&late), late.on_their_way()), (vec!["us/3"], 1));
    let whole = office.propose_for("us", Choice::Hold(None)).unwrap();
    assert_eq!(
        (about(&whole), whole.on_their_way()),
        (vec!["us/1", "us/3"], 1)
    );
}

#[test]
fn an_order_that_nobody_knows_is_held_in_the_ledger_that_is_given_or_the_only_one() {
    let mut office = Office::of(&[]);
    let unknown = || Choice::Hold(Some(US.order(9)));
    assert_eq!(field(office.propose(unknown())), Some(Field::Ledger));
    assert!(office.propose_for("eu", unknown()).is_ok());
    office.config.ledgers.remove(&US.ledger());
    let Payload::JournalHeld(held) = office.propose(unknown()).unwrap().event.payload else {
        panic!("it is no hold");
    };
    assert_eq!(held.ledger, EU.ledger());
}

#[test]
fn exactly_what_is_held_is_released() {
    let mut events = refused_in_both();
    events.push(hold(Some(US.order(3))));
    let office = Office::of(&events);
    assert!(office.propose(Choice::Release(Some(US.order(3)))).is_ok());
    for other in [None, Some(US.order(1)), Some(US.refund(3, 1))] {
        assert_eq!(
            nothing(office.propose(Choice::Release(other))),
            Nothing::Held
        );
    }
    let elsewhere = office.propose_for("eu", Choice::Release(Some(US.order(3))));
    assert_eq!(nothing(elsewhere), Nothing::Held);
}

#[test]
fn a_group_is_cleared_where_rows_are_left() {
    let abandoned = JournalSubmitted {
        ledger: US.ledger(),
        batch: BatchKey("CF-us-a-1".into()),
        attempt: 1,
        group: 77_001,
        step: Step::Abandoned {
            reason: "the import refused 1 of 2 journals".into(),
            left: Some(schemas::LeftRows {
                source: "Counterfoil".into(),
                journals: 2,
                rows: 10,
            }),
        },
    };
    let event = of_ledger(abandoned.event_id(), Payload::JournalSubmitted(abandoned));
    let office = Office::of(&[event]);
    let cleared = office.propose(Choice::ClearGroup(77_001)).unwrap();
    assert_eq!(about(&cleared), ["group 77001"]);
    assert_eq!(
        nothing(office.propose(Choice::ClearGroup(5))),
        Nothing::LeftRows
    );
}

#[test]
fn the_alarm_that_stands_is_acknowledged_by_its_event() {
    let alarm = LedgerAlarmed {
        ledger: US.ledger(),
        batch: BatchKey("CF-us-a-1".into()),
        attempt: 1,
        code: "BATCH_TWICE".into(),
        cause: "the batch is in the ledger more than once".into(),
        remedy: "look".into(),
        after: None,
    };
    let event = of_ledger(alarm.event_id(), Payload::LedgerAlarmed(alarm));
    let office = Office::of(std::slice::from_ref(&event));
    let proposal = office.propose(Choice::Acknowledge).unwrap();
    let Payload::LedgerAcknowledged(acknowledged) = proposal.event.payload else {
        panic!("it is no acknowledgement");
    };
    assert_eq!(
        (acknowledged.alarm, acknowledged.ledger),
        (event.id, US.ledger())
    );
    let calm = office.propose_for("eu", Choice::Acknowledge);
    assert_eq!(nothing(calm), Nothing::Alarm);
}

#[test]
fn without_views_it_is_said_what_to_do() {
    let data = TempDir::new().unwrap();
    let config = config(&data, &["us"]);
    let refused = propose(&config, &request(Choice::Acknowledge, None)).unwrap_err();
    assert!(
        refused.to_string().contains("run the projector first"),
        "{refused}"
    );
}
