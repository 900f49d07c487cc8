//! What people decide about journals, and what the poster tries again by itself.

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{Timestamp, ToSpan as _};
use sandbox::fusion::{AutoPost, FusionConfig};
use schemas::{
    Decision, EntityKey, Event, EventId, JournalHeld, JournalReleased, JournalRetried,
    LedgerAcknowledged, Payload, Recognition, Retry, Step,
};
use serde_json::json;
use service::Clock;
use support::*;

/// Long enough for many turns of the poster.
const A_WHILE: Duration = Duration::from_millis(400);

fn decision() -> Decision {
    Decision {
        by: "controller".into(),
        reason: "as agreed with the auditor".into(),
        at: Timestamp::now(),
    }
}

fn decided(id: EventId, payload: Payload) -> Event {
    Event {
        id,
        source: "counterfoil/tests".into(),
        time: Timestamp::now(),
        subject: "us".into(),
        causation: None,
        correlation: "us".into(),
        partition_key: "us".into(),
        payload,
    }
}

fn hold(entity: Option<EntityKey>) -> Event {
    let data = JournalHeld {
        ledger: "us".parse().unwrap(),
        entity,
        decision: decision(),
    };
    decided(data.event_id(), Payload::JournalHeld(data))
}

fn release(entity: Option<EntityKey>) -> Event {
    let data = JournalReleased {
        ledger: "us".parse().unwrap(),
        entity,
        decision: decision(),
    };
    decided(data.event_id(), Payload::JournalReleased(data))
}

fn retry(code: &str) -> Event {
    let data = JournalRetried {
        ledger: "us".parse().unwrap(),
        which: Retry::Code { code: code.into() },
        decision: decision(),
    };
    decided(data.event_id(), Payload::JournalRetried(data))
}

fn refund() -> Event {
    mapped(Target {
        key: refund_key(1, 7),
        version: 1,
        recognition: Recognition::Recognised,
        journal: journal(REVENUE, CLEARING, 50),
    })
}

async fn rejected(world: &World, times: usize) {
    world
        .wait_for("rejections", |events| rejections(events).len() == times)
        .await;
}

#[tokio::test]
async fn a_held_order_holds_its_refunds_and_nothing_else() {
    let world = World::new().await;
    world.publish([hold(Some(order_key(1)))]).await;
    let poster = world.start();
    world.publish([sale(1, 100), refund(), sale(2, 200)]).await;
    world.posted(1).await;
    tokio::time::sleep(A_WHILE).await;
    world.assert_ledger(&[("us-2-1", 200)]).await;
    world.publish([release(Some(order_key(1)))]).await;
    world.posted(3).await;
    poster.stop().await.unwrap();
    world
        .assert_ledger(&[("us-1-1", 100), ("us-1-r7-1", 50), ("us-2-1", 200)])
        .await;
}

#[tokio::test]
async fn a_held_ledger_sends_nothing_over_a_restart_and_lost_books_until_it_is_released() {
    let world = World::new().await;
    world
        .publish(sales(3).into_iter().chain([hold(None)]))
        .await;
    let poster = world.start();
    tokio::time::sleep(A_WHILE).await;
    poster.stop().await.unwrap();
    world.lose_books();
    let poster = world.start();
    tokio::time::sleep(A_WHILE).await;
    assert!(world.journals().await.is_empty());
    assert_eq!(world.calls("upload").await, 0);
    world.publish([release(None)]).await;
    world.posted(3).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 3).await;
}

#[tokio::test]
async fn all_that_an_account_held_up_goes_again_at_one_word() {
    let world = World::new().await;
    let account = |action| json!({"action": action, "combination": REVENUE});
    world.admin("accounts", &account("disable")).await;
    let poster = world.start();
    world.publish(sales(3)).await;
    rejected(&world, 3).await;
    let codes: Vec<String> = rejections(&world.events())
        .into_iter()
        .map(|(_, code)| code)
        .collect();
    assert_eq!(codes, ["ACCOUNT_DISABLED"; 3]);
    world.admin("accounts", &account("enable")).await;
    // Another code concerns none of them.
    world.publish([retry("EF04")]).await;
    tokio::time::sleep(A_WHILE).await;
    assert!(world.journals().await.is_empty());
    world.publish([retry("ACCOUNT_DISABLED")]).await;
    world.posted(3).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 3).await;
}

#[tokio::test]
async fn a_group_that_was_given_up_says_what_it_left_behind() {
    let ledger = us_by_name(r#"unknown_accounts = "send""#);
    let world = World::configured(FusionConfig::default(), &ledger, "").await;
    let bad = mapped(Target {
        key: order_key(9),
        version: 1,
        recognition: Recognition::Recognised,
        journal: journal(CLEARING, NOWHERE, 700),
    });
    world.publish([sale(1, 100), bad]).await;
    let poster = world.start();
    world.posted(1).await;
    poster.stop().await.unwrap();
    let left: Vec<_> = world
        .events()
        .iter()
        .filter_map(|event| match &event.payload {
            Payload::JournalSubmitted(it) => match &it.step {
                Step::Abandoned { left, .. } => left.clone().map(|left| (it.group, left)),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let [(group, left)] = &left[..] else {
        panic!("one attempt left rows, not {left:?}");
    };
    assert_eq!((left.journals, left.rows), (2, 4));
    let interface = world.look("interface").await;
    assert_eq!(interface["groups"][0]["group_id"], json!(group));
}

/// Every period from this month on.
async fn set_periods(world: &World, status: &str) {
    for months in 0..=6_i32 {
        let month = today().first_of_month() + months.months();
        let period = month.strftime("%b-%y").to_string();
        let change = json!({"period": period, "status": status});
        world.admin("periods", &change).await;
    }
}

#[tokio::test]
async fn what_no_period_took_goes_by_itself_once_one_is_open() {
    let world = World::with(FusionConfig::default(), "recheck_every = \"100ms\"").await;
    set_periods(&world, "C").await;
    let poster = world.start();
    world.publish(sales(3)).await;
    rejected(&world, 3).await;
    let of_the_poster = |events: &[Event]| -> Vec<JournalRetried> {
        let retried = |event: &Event| match &event.payload {
            Payload::JournalRetried(it) if it.decision.by == "poster" => Some(it.clone()),
            _ => None,
        };
        events.iter().filter_map(retried).collect()
    };
    // A person's word against a cause that stands: refused once more, as a fact of
    // its own, and not for ever.
    world.publish([retry("NO_OPEN_PERIOD")]).await;
    rejected(&world, 6).await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(rejections(&world.events()).len(), 6);
    assert!(of_the_poster(&world.events()).is_empty());
    set_periods(&world, "O").await;
    world.posted(3).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 3).await;
    let [retried] = &of_the_poster(&world.events())[..] else {
        panic!("one event tells of all: {:#?}", world.story());
    };
    assert!(retried.decision.reason.contains("takes journals now"));
    let Retry::Journals { keys } = &retried.which else {
        panic!("the journals are named");
    };
    assert_eq!(keys.len(), 3);
}

fn alarms(events: &[Event]) -> Vec<EventId> {
    let alarms = events
        .iter()
        .filter(|event| matches!(event.payload, Payload::LedgerAlarmed(_)));
    alarms.map(|event| event.id).collect()
}

#[tokio::test]
async fn half_of_a_batch_in_the_ledger_is_an_alarm_that_a_person_must_acknowledge() {
    let world = World::new().await;
    world.fault(json!({"times": 1, "half_import": true})).await;
    world.publish(sales(4)).await;
    let poster = world.start();
    world
        .wait_for("alarm", |events| alarms(events).len() == 1)
        .await;
    let error = poster.stop().await.unwrap_err();
    assert!(
        matches!(error, poster::PosterError::Alarmed { .. }),
        "{error}"
    );
    // It stands over a restart and the loss of the books, whatever else comes.
    world.lose_books();
    let poster = world.start();
    world.publish([sale(9, 900)]).await;
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(world.calls("upload").await, 1);
    let [alarm] = alarms(&world.events())[..] else {
        panic!("one alarm");
    };
    let data = LedgerAcknowledged {
        ledger: "us".parse().unwrap(),
        alarm,
        decision: decision(),
    };
    let acknowledged = decided(data.event_id(), Payload::LedgerAcknowledged(data));
    world.publish([acknowledged]).await;
    // Nothing was put right, so it is an alarm again, of its own.
    world
        .wait_for("second alarm", |events| alarms(events).len() == 2)
        .await;
    assert!(poster.stop().await.is_err());
    assert!(!world.events().iter().any(is_posted));
}

#[tokio::test]
async fn a_batch_that_waits_for_days_is_reported_once_and_noticed_when_it_is_posted() {
    let pod = FusionConfig {
        autopost: AutoPost::Off,
        ..FusionConfig::default()
    };
    let world = World::with(pod, "unposted_after = \"48h\"").await;
    let hours = Arc::new(AtomicI64::new(0));
    let clock = Clock::Ahead(Arc::clone(&hours));
    let delays = |events: &[Event]| {
        let is_delay = |event: &&Event| matches!(event.payload, Payload::JournalDelayed(_));
        events.iter().filter(is_delay).count()
    };
    let poster = world.start_by(clock);
    world.publish([sale(1, 100)]).await;
    world
        .wait_for("import", |events| {
            let is_import = |event: &Event| matches!(event.payload, Payload::JournalImported(_));
            events.iter().any(is_import)
        })
        .await;
    hours.store(47, Ordering::SeqCst);
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(delays(&world.events()), 0);
    hours.store(49, Ordering::SeqCst);
    world.wait_for("delay", |events| delays(events) == 1).await;
    hours.store(100, Ordering::SeqCst);
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(delays(&world.events()), 1);
    world.admin("post", &json!({})).await;
    world.posted(1).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 1).await;
}
