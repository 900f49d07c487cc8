//! Three days without Fusion, in simulated time.

use std::{pin::pin, time::Duration};

use futures::future::{Either, select};
use sandbox::fusion::FusionConfig;
use schemas::{Event, Payload};
use serde_json::json;

use jiff::tz::TimeZone;

use crate::{
    block_on,
    crash::CrashAfter,
    support::{expected, is_posted, sale},
    world::World,
};

const HOUR: Duration = Duration::from_secs(3600);
/// Fusion is away from the first hour on, for so many.
const HOURS: u32 = 72;
const ORDERS_PER_HOUR: u64 = 10;
/// More are answered with 429.
const CALLS_PER_MINUTE: u32 = 30;

#[test]
fn after_three_days_without_fusion_nothing_is_lost_and_all_goes_in_order() {
    block_on(async {
        let pod = FusionConfig {
            job_duration: Duration::from_secs(8),
            calls_per_minute: Some(CALLS_PER_MINUTE),
            ..FusionConfig::default()
        };
        // Fewer looks at a pod that is away: a real call each, and the test is about
        // what comes after.
        let world = World::new(pod, "[poster]\npoll_at_most = \"10m\"".to_owned()).await;
        match select(pin!(world.posters(false)), pin!(outage(&world))).await {
            Either::Left((ends, _)) => panic!("the poster ended by itself: {ends:?}"),
            Either::Right(((), _)) => {}
        }
    });
}

/// Many more than the poster needs for its pauses in some hours.
const POLLS: u64 = 50_000;

#[test]
fn while_fusion_is_away_what_waits_for_a_period_is_not_looked_at_without_a_pause() {
    block_on(async {
        let settings = "closed_period = \"hold\"".to_owned();
        let world = World::new(FusionConfig::default(), settings).await;
        let life = CrashAfter::new(world.posters(false), POLLS);
        match select(pin!(life), pin!(held_through_an_outage(&world))).await {
            Either::Left((ended, _)) => panic!("the time stood still, or it ended: {ended:?}"),
            Either::Right(((), _)) => {}
        }
    });
}

async fn held_through_an_outage(world: &World) {
    let began = world.time.now();
    let period = began.to_zoned(TimeZone::UTC).strftime("%b-%y").to_string();
    let set = async |status: &str| {
        let body = json!({"period": period, "status": status});
        world.admin("periods", &body).await;
    };
    set("C").await;
    world.stream.publish(sale(1, 100).encode()).await.unwrap();
    world.time.reached(began + HOUR / 4).await;
    let down = json!({"operation": "any", "down": true});
    world.admin("faults", &down).await;
    world.time.reached(began + HOUR * 3).await;
    world.clear_faults().await;
    assert!(!world.events().iter().any(is_posted));
    set("O").await;
    world.time.reached(began + HOUR * 4).await;
    assert!(world.events().iter().any(is_posted));
}

async fn outage(world: &World) {
    let began = world.time.now();
    let mut orders = 0;
    for hour in 0..=HOURS {
        if hour == 1 {
            let down = json!({"operation": "any", "down": true});
            world.admin("faults", &down).await;
        }
        for _ in 0..ORDERS_PER_HOUR {
            orders += 1;
            let event = sale(orders, i64::try_from(orders).unwrap() * 100);
            world.stream.publish(event.encode()).await.unwrap();
        }
        world.time.reached(began + HOUR * (hour + 1)).await;
    }
    let posted = |events: &[Event]| -> Vec<u64> {
        let order = |event: &Event| match &event.payload {
            Payload::JournalPosted(posted) => Some(posted.entity.order.0),
            _ => None,
        };
        events.iter().filter_map(order).collect()
    };
    let before = u64::try_from(posted(&world.events()).len()).unwrap();
    assert_eq!(
        before, ORDERS_PER_HOUR,
        "nothing went while Fusion was away"
    );
    world.clear_faults().await;
    let back = world.time.now();
    while world.time.now() < back + HOUR * 2 {
        world.time.reached(world.time.now() + HOUR / 6).await;
    }
    let went = posted(&world.events());
    assert_eq!(went, (1..=orders).collect::<Vec<_>>(), "in their order");
    let ledger = world.look("ledger?lines=false").await;
    let keys = ledger["ledgers"].as_array().unwrap().iter();
    let keys = keys
        .flat_map(|ledger| ledger["batches"].as_array().unwrap())
        .flat_map(|batch| batch["journals"].as_array().unwrap())
        .map(|journal| journal["reference6"].as_str().unwrap().to_owned());
    let mut keys: Vec<String> = keys.collect();
    keys.sort();
    let mut wanted: Vec<String> = expected(orders).into_iter().map(|(key, _)| key).collect();
    wanted.sort();
    assert_eq!(keys, wanted, "each once");
    let calls = world.look("calls").await;
    assert_eq!(
        calls["throttled"],
        json!(0),
        "within the pod's limit: {calls}"
    );
}
