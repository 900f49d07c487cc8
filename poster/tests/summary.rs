//! Days that are summed up: few journals in the ledger, and still each posting
//! once, whenever summing up begins or ceases.

mod support;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{ToSpan as _, civil::Date};
use rust_decimal::Decimal;
use sandbox::fusion::FusionConfig;
use schemas::{
    Digest, EntityKey, Event, Payload, Side,
    v1::{Posted, Recognition, Step, SummaryRule},
};
use serde_json::json;
use service::CancellationToken;
use support::*;

const AT_ONCE: &str = "summary_after = \"0s\"";

fn days_ago(days: i64) -> Date {
    today().saturating_sub(days.days())
}

fn since(days: i64) -> Option<SummaryRule> {
    Some(SummaryRule {
        from: days_ago(days),
        time_zone: "UTC".into(),
    })
}

/// The target as another rule set has it: of these days, summed up or not.
fn under(event: Event, sale: i64, change: i64, rule: Option<SummaryRule>) -> Event {
    let (Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped)) = &event.payload else {
        panic!("{} is no target", event.payload.event_type());
    };
    let mut mapped = mapped.clone();
    mapped.accounting_date = days_ago(sale);
    mapped.change_date = days_ago(change);
    mapped.rule_set = Digest::of(format!("{rule:?}").as_bytes());
    mapped.summary = rule;
    Event {
        id: mapped.event_id(event.causation.unwrap()),
        payload: match mapped.entity.refund {
            None => Payload::OrderMapped(mapped),
            Some(_) => Payload::RefundMapped(mapped),
        },
        ..event
    }
}

/// Summed up with the rest of yesterday.
fn yesterdays(event: Event) -> Event {
    under(event, 1, 1, since(1))
}

fn target(key: EntityKey, version: i64, recognition: Recognition, minor: i64) -> Event {
    let journal = match key.refund {
        None => journal(CLEARING, REVENUE, minor),
        Some(_) => journal(REVENUE, CLEARING, minor),
    };
    mapped(Target {
        key,
        version,
        recognition,
        journal,
    })
}

fn refund(order: u64, minor: i64) -> Event {
    target(refund_key(order, 7), 1, Recognition::Recognised, minor)
}

fn postings(world: &World) -> Vec<Posted> {
    let posted = |event: &Event| match &event.payload {
        Payload::JournalPosted(posted) | Payload::RefundReversed(posted) => Some(posted.clone()),
        _ => None,
    };
    world.events().iter().filter_map(posted).collect()
}

/// The ledger holds exactly the journals that the postings say they are in, posted,
/// each with the sum of its postings on both sides; and no posting was said twice.
async fn assert_proven(world: &World) {
    let mut expected: BTreeMap<String, (Decimal, Decimal, String)> = BTreeMap::new();
    let mut keys = BTreeMap::new();
    for posted in postings(world) {
        assert!(
            keys.insert(posted.key.clone(), ()).is_none(),
            "{}",
            posted.key
        );
        let name = posted.summary.unwrap_or(posted.key).to_string();
        let sums = expected.entry(name).or_default();
        sums.0 += posted.debits.decimal();
        sums.1 += posted.credits.decimal();
        sums.2 = "P".into();
    }
    assert_eq!(world.journals().await, expected);
}

/// What the postings that are said to be posted come to on revenue, by order, in
/// cents.
fn revenue_by_order(world: &World) -> BTreeMap<u64, i64> {
    let mut meant = BTreeMap::new();
    for event in world.events() {
        if let Payload::JournalSubmitted(submitted) = event.payload
            && let Step::Intended { postings } = submitted.step
        {
            meant.extend(postings.into_iter().map(|it| (it.key, it.journal)));
        }
    }
    let mut revenue: BTreeMap<u64, i64> = BTreeMap::new();
    for posted in postings(world) {
        for line in meant[&posted.key].lines() {
            let minor = line.amount.minor();
            let sum = revenue.entry(posted.entity.order.0).or_default();
            if line.account.to_string() == REVENUE {
                *sum += if line.side == Side::Credit {
                    minor
                } else {
                    -minor
                };
            }
        }
    }
    revenue.retain(|_, sum| *sum != 0);
    revenue
}

async fn assert_revenue(world: &World, cents: i64) {
    let balances = world.balances().await;
    let revenue = balances.get(REVENUE).copied().unwrap_or_default();
    assert_eq!(revenue.normalize(), Decimal::new(-cents, 2).normalize());
    let clearing = balances.get(CLEARING).copied().unwrap_or_default();
    assert_eq!((revenue + clearing).normalize(), Decimal::ZERO);
}

#[tokio::test]
async fn a_day_of_many_orders_and_refunds_is_two_journals() {
    let world = World::with(Default::default(), AT_ONCE).await;
    let refunds = (1..=40).map(|order| refund(order, 50));
    let events = sales(300).into_iter().chain(refunds);
    world.publish(events.map(yesterdays)).await;
    let poster = world.start();
    world.posted(340).await;
    poster.stop().await.unwrap();

    assert_proven(&world).await;
    assert_revenue(&world, 300 * 301 / 2 * 100 - 40 * 50).await;
    let ledger = world.look("ledger").await;
    let batches = ledger["ledgers"][0]["batches"].as_array().unwrap();
    let journals: Vec<_> = batches
        .iter()
        .flat_map(|batch| batch["journals"].as_array().unwrap())
        .collect();
    assert_eq!(journals.len(), 2);
    assert!(
        journals
            .iter()
            .all(|it| it["lines"].as_array().unwrap().len() == 2)
    );
    let words = journals[0]["description"].as_str().unwrap();
    assert!(
        words.starts_with("Summary of 300 orders of us on"),
        "{words}"
    );
}

#[tokio::test]
async fn a_day_goes_when_it_is_over_and_holds_nothing_else_up() {
    let options = "summary_after = \"24h\"\nbatch_size = 2";
    let world = World::with(Default::default(), options).await;
    let dated = |event, days| under(event, days, days, since(9));
    // Today is not over, and yesterday not for long enough.
    let waiting = sales(9).into_iter().zip([0, 1].into_iter().cycle());
    let waiting = waiting.map(|(event, days)| dated(event, days));
    let by_itself = sale(20, 500);
    let over = dated(sale(21, 700), 3);
    world.publish(waiting.chain([by_itself, over])).await;
    let poster = world.start();
    world.posted(2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    poster.stop().await.unwrap();
    let posted: Vec<String> = postings(&world)
        .iter()
        .map(|it| it.entity.to_string())
        .collect();
    assert_eq!(posted.len(), 2, "{posted:?}");
    assert!(!posted.iter().any(|it| it.len() == 4), "{posted:?}");

    let shutdown = CancellationToken::new();
    let in_two_days = Arc::new(|| {
        jiff::Timestamp::now()
            .saturating_add(jiff::SignedDuration::from_hours(49))
            .unwrap()
    });
    let run = poster::run_with_clock(
        Arc::clone(&world.config),
        world.stream.clone(),
        shutdown.clone(),
        in_two_days,
    );
    let poster = tokio::spawn(run);
    world.posted(11).await;
    shutdown.cancel();
    poster.await.unwrap().unwrap();
    assert_proven(&world).await;
    assert_eq!(world.journals().await.len(), 4);
}

#[tokio::test]
async fn what_comes_late_has_a_further_summary_of_its_day() {
    let world = World::with(Default::default(), AT_ONCE).await;
    let poster = world.start();
    world.publish(sales(3).into_iter().map(yesterdays)).await;
    world.posted(3).await;
    world.publish([yesterdays(sale(4, 900))]).await;
    world.posted(4).await;
    poster.stop().await.unwrap();
    assert_proven(&world).await;
    let summaries: Vec<String> = world.journals().await.into_keys().collect();
    let stem = format!("us-{}USDo-", days_ago(1).strftime("%y%m%d"));
    assert!(summaries.len() >= 2, "{summaries:?}");
    assert!(
        summaries.iter().all(|it| it.starts_with(&stem)),
        "{summaries:?}"
    );
}

/// Orders that are edited, refunded and cancelled while the route begins to be
/// summed up, and then ceases to.
#[tokio::test]
async fn switching_over_and_back_moves_no_money_and_loses_none() {
    use Recognition::{NotRecognised, Recognised};
    let world = World::with(Default::default(), AT_ONCE).await;
    let poster = world.start();
    let order = |order, version, minor| target(order_key(order), version, Recognised, minor);

    // Before: one by one, of four days ago.
    let before = (1..=6).map(|it| under(order(it, 1, 1000), 4, 4, None));
    world.publish(before).await;
    world.posted(6).await;

    // From two days ago on, days are summed up.
    let rule = since(2);
    world
        .publish([
            under(order(1, 2, 1500), 4, 1, rule.clone()),
            under(order(2, 2, 1600), 4, 3, rule.clone()),
            under(order(3, 2, 1000), 4, 1, rule.clone()),
            under(refund(4, 400), 1, 1, rule.clone()),
            under(
                target(order_key(5), 2, NotRecognised, 0),
                4,
                1,
                rule.clone(),
            ),
            under(order(7, 1, 700), 2, 2, rule.clone()),
            under(order(8, 1, 800), 3, 3, rule.clone()),
        ])
        .await;
    world.posted(12).await;
    let by_itself = |it: &Posted| it.summary.is_none();
    let mut single: Vec<String> = postings(&world)
        .iter()
        .filter(|it| by_itself(it))
        .map(|it| it.key.to_string())
        .collect();
    single.sort();
    let expected = [
        "us-1-1", "us-2-1", "us-2-2", "us-3-1", "us-4-1", "us-5-1", "us-6-1", "us-8-1",
    ];
    assert_eq!(single, expected);

    // And back: mapped again, the same money has no journal.
    world
        .publish([
            under(order(1, 3, 1500), 4, 1, None),
            under(order(7, 2, 750), 2, 1, None),
            under(target(refund_key(4, 7), 2, Recognised, 400), 1, 1, None),
        ])
        .await;
    world.posted(13).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    poster.stop().await.unwrap();

    assert_eq!(postings(&world).len(), 13);
    assert_proven(&world).await;
    let expected = [
        (1, 1500),
        (2, 1600),
        (3, 1000),
        (4, 600),
        (6, 1000),
        (7, 750),
        (8, 800),
    ];
    assert_eq!(revenue_by_order(&world), BTreeMap::from(expected));
    assert_revenue(&world, expected.iter().map(|(_, cents)| cents).sum()).await;
}

#[tokio::test]
async fn a_bad_account_in_a_summary_is_the_fault_of_its_order_alone() {
    let world = World::with(Default::default(), AT_ONCE).await;
    let bad = mapped(Target {
        key: order_key(3),
        version: 1,
        recognition: Recognition::Recognised,
        journal: journal(CLEARING, NOWHERE, 700),
    });
    let events = [sale(1, 100), sale(2, 200), bad, sale(4, 400)];
    world.publish(events.map(yesterdays)).await;
    let poster = world.start();
    world.posted(3).await;
    poster.stop().await.unwrap();
    let refused = [("us-3-1".to_owned(), "EF04".to_owned())];
    assert_eq!(rejections(&world.events()), refused);
    assert_proven(&world).await;
    assert_revenue(&world, 700).await;
}

#[tokio::test]
async fn a_summary_refused_without_a_word_is_halved() {
    let world = World::with(Default::default(), AT_ONCE).await;
    world
        .fault(json!({"times": 4, "import_child_warning": true}))
        .await;
    world.publish(sales(8).into_iter().map(yesterdays)).await;
    let poster = world.start();
    world.posted(8).await;
    poster.stop().await.unwrap();
    assert_eq!(rejections(&world.events()), []);
    assert_proven(&world).await;
    assert!(world.journals().await.len() >= 2);
}

#[tokio::test]
async fn a_closed_period_moves_the_summary_and_keeps_its_day_in_words() {
    let world = World::with(Default::default(), AT_ONCE).await;
    // A whole month back, so that the period is not today's.
    let days = i64::from(today().day());
    let day = days_ago(days);
    let period = day.strftime("%b-%y").to_string();
    world
        .admin("periods", &json!({"period": period, "status": "C"}))
        .await;
    let poster = world.start();
    world
        .publish([sale(1, 100), sale(2, 200)].map(|it| under(it, days, days, since(days))))
        .await;
    world.posted(2).await;
    poster.stop().await.unwrap();
    assert_proven(&world).await;
    let ledger = world.look("ledger").await;
    let journal = &ledger["ledgers"][0]["batches"][0]["journals"][0];
    assert_ne!(journal["period"].as_str().unwrap(), period);
    let words = journal["description"].as_str().unwrap();
    assert!(
        words.contains(&format!("of {day}, whose period is closed")),
        "{words}"
    );
}

/// Kills the poster as soon as a step is recorded, and starts it again.
async fn killed_at(step: &'static str, lose_books: bool) {
    let pod = FusionConfig {
        read_back_lag: Duration::from_millis(300),
        ..FusionConfig::default()
    };
    let world = World::with(pod, AT_ONCE).await;
    let events = sales(5).into_iter().chain([refund(1, 50)]);
    world.publish(events.map(yesterdays)).await;
    let poster = world.start();
    world
        .wait_for(step, |events| steps(events).contains(&step))
        .await;
    poster.kill().await;
    if lose_books {
        world.lose_books();
    }
    let poster = world.start();
    world.posted(6).await;
    poster.stop().await.unwrap();
    assert_proven(&world).await;
    assert_revenue(&world, 1500 - 50).await;
}

const STEPS: [&str; 7] = [
    "intended",
    "uploaded",
    "load_requested",
    "load_started",
    "loaded",
    "import_requested",
    "import_started",
];

#[tokio::test]
async fn killed_after_each_step() {
    each(STEPS.map(|step| killed_at(step, false))).await;
}

#[tokio::test]
async fn killed_after_each_step_with_the_books_lost() {
    each(STEPS.map(|step| killed_at(step, true))).await;
}

/// SplitMix64: a few lines that give the same numbers on every machine and version.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn days(&mut self) -> i64 {
        1 + self.below(4) as i64
    }
}

/// What the store says last of each order, in cents: its value and its refund.
#[derive(Default)]
struct Shop {
    orders: BTreeMap<u64, (i64, i64)>,
    version: i64,
}

impl Shop {
    /// An order is placed, edited, cancelled or refunded, under rules that sum up
    /// from some day on, or do not.
    fn happen(&mut self, dice: &mut Dice) -> Event {
        self.version += 1;
        let order = 1 + dice.below(10);
        let known = self.orders.contains_key(&order);
        let (value, refunded) = self.orders.entry(order).or_default();
        let event = match dice.below(6) {
            // One refund an order; another target of it is a correction. An order
            // that does not count has none.
            0 if known && *value > 0 => {
                *refunded = 100 + dice.below(400) as i64;
                let key = refund_key(order, 7);
                target(key, self.version, Recognition::Recognised, *refunded)
            }
            1 if known && *refunded == 0 => {
                *value = 0;
                target(
                    order_key(order),
                    self.version,
                    Recognition::NotRecognised,
                    0,
                )
            }
            _ => {
                *value = 1000 + dice.below(9000) as i64;
                let key = order_key(order);
                target(key, self.version, Recognition::Recognised, *value)
            }
        };
        let rule = match dice.below(3) {
            0 => None,
            _ => since(dice.days()),
        };
        under(event, dice.days(), dice.days(), rule)
    }

    fn expected(&self) -> BTreeMap<u64, i64> {
        let net = self.orders.iter();
        let net = net.map(|(order, (value, refunded))| (*order, value - refunded));
        net.filter(|(_, net)| *net != 0).collect()
    }
}

fn fault(dice: &mut Dice) -> serde_json::Value {
    let calls = [
        "upload",
        "load",
        "import",
        "status",
        "journalBatches",
        "scheduler",
    ];
    let call = calls[dice.below(calls.len() as u64) as usize];
    let mut fault = match dice.below(5) {
        0 | 1 => json!({"operation": call, "lose_answer": true}),
        2 => json!({"operation": call, "down": true}),
        3 => json!({"operation": call, "refuse": 502}),
        _ => json!({"hide_batches_ms": 200 + dice.below(800)}),
    };
    fault["times"] = json!(1 + dice.below(3));
    fault["after"] = json!(dice.below(3));
    fault
}

async fn chaos(seed: u64) {
    let mut dice = Dice(seed);
    let options = format!("{AT_ONCE}\nbatch_size = 4\nsummary_size = 6");
    let world = World::with(Default::default(), &options).await;
    let mut shop = Shop::default();
    for _ in 0..5 {
        world.clear_faults().await;
        for _ in 0..dice.below(4) {
            world.fault(fault(&mut dice)).await;
        }
        let poster = world.start();
        for _ in 0..2 + dice.below(8) {
            world.publish([shop.happen(&mut dice)]).await;
        }
        tokio::time::sleep(Duration::from_millis(dice.below(500))).await;
        poster.kill().await;
        if dice.below(5) == 0 {
            world.lose_books();
        }
    }
    world.clear_faults().await;
    let poster = world.start();
    let expected = shop.expected();
    for _ in 0..300 {
        if poster.has_ended() || revenue_by_order(&world) == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Long enough that whatever is still on its way would arrive.
    tokio::time::sleep(Duration::from_millis(600)).await;
    let outcome = poster.stop().await;
    assert!(outcome.is_ok(), "seed {seed}: {outcome:?}");
    assert_eq!(
        revenue_by_order(&world),
        expected,
        "seed {seed}: {:#?}",
        world.story()
    );
    assert_eq!(rejections(&world.events()), [], "seed {seed}");
    assert_proven(&world).await;
    assert_revenue(&world, expected.values().sum()).await;
}

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().expect("a number"))
}

/// As the seeded runs of `chaos.rs`, and with the same settings.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_the_summaries_hold_the_targets() {
    let first = setting("COUNTERFOIL_CHAOS_SEED", 1);
    let runs = setting("COUNTERFOIL_CHAOS_RUNS", 4);
    for seeds in (first..first + runs).collect::<Vec<_>>().chunks(4) {
        let seeds = seeds.to_vec();
        each(seeds.into_iter().map(chaos)).await;
    }
}
