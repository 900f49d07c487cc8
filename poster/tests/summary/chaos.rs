//! Seeded runs: orders that change under rules that sum up from some day on, or do
//! not, while Fusion fails and the poster is killed at random moments.

use std::{collections::BTreeMap, time::Duration};

use schemas::{Event, Recognition};
use serde_json::json;

use crate::{proof::*, support::*};

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
    let options = format!("{AT_ONCE}\nbatch_size = 4\nbacklog_size = 4\nsummary_size = 6");
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

/// `COUNTERFOIL_CHAOS_RUNS` and `COUNTERFOIL_CHAOS_SEED` choose how many runs and where
/// they begin, as for the runs without summaries.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_the_summaries_hold_the_targets() {
    let first = setting("COUNTERFOIL_CHAOS_SEED", 1);
    let runs = setting("COUNTERFOIL_CHAOS_RUNS", 4);
    for seeds in (first..first + runs).collect::<Vec<_>>().chunks(4) {
        let seeds = seeds.to_vec();
        each(seeds.into_iter().map(chaos)).await;
    }
}
