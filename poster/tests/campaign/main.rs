//! The campaign: seeded runs of the poster, with its own client and the settings it
//! has in production, against the Fusion stand-in, in simulated time. Orders are
//! placed, changed, refunded and cancelled; Fusion loses answers, refuses, throttles,
//! goes away, closes periods and accounts, and shows nothing of what it took for a
//! while; the poster is dropped at random awaits, with and without its books, and
//! sometimes there are two. After each run the ledger is compared with the targets.
//!
//! `COUNTERFOIL_CAMPAIGN_RUNS` and `COUNTERFOIL_CAMPAIGN_SEED` choose how many runs
//! and the first one's seed; a failure names the seed that repeats it.

mod crash;
mod dice;
mod ledger;
mod outage;
mod plan;
mod run;
mod shop;
#[path = "../support/mod.rs"]
mod support;
mod world;

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use run::Summary;

/// In the test suite; `make campaign` does thousands.
const RUNS: u64 = 300;
/// Runs at once for each core: a run mostly waits for the disk and for answers.
const RUNS_PER_CORE: usize = 4;
/// How often progress is shown.
const STEPS: u64 = 100;

#[test]
fn whatever_happens_the_ledger_holds_the_targets() {
    let first = setting("COUNTERFOIL_CAMPAIGN_SEED", 1);
    let runs = setting("COUNTERFOIL_CAMPAIGN_RUNS", RUNS);
    println!("{runs} runs from seed {first}");
    let next = AtomicU64::new(0);
    let failed = Mutex::new(Vec::new());
    let total = Mutex::new(Summary::default());
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(2, usize::from) * RUNS_PER_CORE;
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let run = next.fetch_add(1, Ordering::Relaxed);
                    if run >= runs {
                        return;
                    }
                    let seed = first + run;
                    match std::panic::catch_unwind(AssertUnwindSafe(|| block_on(run::run(seed)))) {
                        Ok(summary) => total.lock().unwrap().add(&summary),
                        Err(_) => {
                            println!("seed {seed} failed");
                            failed.lock().unwrap().push(seed);
                        }
                    }
                    if (run + 1).is_multiple_of((runs / STEPS).max(1)) {
                        println!("{} of {runs} runs; {}", run + 1, total.lock().unwrap());
                    }
                }
            });
        }
    });
    println!("{}", total.into_inner().unwrap());
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} of {runs} runs failed, of the seeds {failed:?}: repeat one with \
         COUNTERFOIL_CAMPAIGN_RUNS=1 COUNTERFOIL_CAMPAIGN_SEED=<seed>",
        failed.len()
    );
}

/// Does some work on this thread alone, so that its time has one hand on it.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    service::tls::init();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().expect("a number"))
}
