//! The events of the poster's campaign, in the books and in the views: both must say
//! the same, wherever one stops to read.
//!
//! `COUNTERFOIL_CAMPAIGN_RUNS` and `COUNTERFOIL_CAMPAIGN_SEED` choose how many runs
//! and the first one's seed.
#![allow(
    clippy::disallowed_methods,
    dead_code,
    reason = "a run is told its size by the environment, and uses a part of what the campaign has"
)]

#[path = "lifecycle/agreement.rs"]
mod agreement;
#[path = "../../poster/tests/campaign/crash.rs"]
mod crash;
#[path = "../../poster/tests/campaign/dice.rs"]
mod dice;
#[path = "../../poster/tests/campaign/ledger.rs"]
mod ledger;
#[path = "../../poster/tests/campaign/plan.rs"]
mod plan;
#[path = "../../poster/tests/campaign/run.rs"]
mod run;
#[path = "../../poster/tests/campaign/shop.rs"]
mod shop;
#[path = "../../poster/tests/support/mod.rs"]
mod support;
#[path = "../../poster/tests/campaign/world.rs"]
mod world;

use agreement::Pair;

const RUNS: u64 = 3;
/// So many are read before books and views are compared again.
const EVENTS_AT_ONCE: usize = 4;

#[test]
fn books_and_views_agree_on_whatever_happens() {
    let first = setting("COUNTERFOIL_CAMPAIGN_SEED", 1);
    let runs = setting("COUNTERFOIL_CAMPAIGN_RUNS", RUNS);
    service::tls::init();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for seed in first..first + runs {
        runtime.block_on(async {
            let (_, events) = run::told(seed).await;
            let mut pair = Pair::new(&["us", "eu"]);
            for some in events.chunks(EVENTS_AT_ONCE) {
                pair.tell(some);
                pair.disagreement()
                    .unwrap_or_else(|what| panic!("seed {seed}: {what}"));
            }
        });
    }
}

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().expect("a number"))
}
