//! Seeded crash runs: while orders are sold and refunded, one process after
//! another, or the broker, is killed with SIGKILL at a random moment and started
//! again. Fusion shows nothing of what it took for a while, and in half of the runs
//! loses an answer or is late besides. After each run the ledger must hold exactly
//! one journal for each order and refund, the reconciliation must agree, the log must
//! be whole, and the poster's books and the views say the same of all that is in it.
//!
//! `make crash RUNS=200 SEED=7` runs more of them. A run's seed is printed, and
//! `make crash RUNS=1 SEED=<it>` repeats the run: the same orders, the same kills
//! at the same moments.

#[path = "lifecycle/agreement.rs"]
mod agreement;

use std::{
    env, fmt,
    str::FromStr,
    time::{Duration, Instant},
};

use agreement::Pair;
use anyhow::{Context, Result, anyhow, ensure};
use eventlog::{EventLog, LogOptions};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sandbox::fusion::FusionConfig;
use schemas::Event;
use serde_json::json;
use tests::{
    books::Changes,
    service::Service,
    world::{Plan, World},
};
use tokio::{task::JoinSet, time::sleep};

const RUNS: u32 = 20;
/// The first seed of the runs in the suite.
const SEED: u64 = 1;
/// Runs at the same time: most of a run is waiting.
const JOBS: usize = 2;
const ORDERS: u32 = 30;
const REFUNDS: u32 = 5;
const KILLS_OF_ALL: u32 = 8;
/// So many are read before books and views are compared again.
const EVENTS_AT_ONCE: usize = 10;
/// How long selling takes, and how long kills go on.
const SPAN: Duration = Duration::from_millis(2500);
const PATIENCE: Duration = Duration::from_secs(90);
/// How long the ledger hides a batch; less than the settling time of the world.
const BLIND: Duration = Duration::from_millis(400);

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_the_ledger_holds_one_journal_for_each() -> Result<()> {
    let runs = setting("COUNTERFOIL_CRASH_RUNS", RUNS)?;
    let jobs = setting("COUNTERFOIL_CRASH_JOBS", JOBS)?;
    let mut seed = setting("COUNTERFOIL_CRASH_SEED", first_seed())?;
    let mut under_way = JoinSet::new();
    for number in 1..=runs {
        if under_way.len() >= jobs {
            ended(&mut under_way).await?;
        }
        under_way.spawn(one(format!("crash run {number}/{runs} seed {seed}"), seed));
        seed = next(seed);
    }
    while !under_way.is_empty() {
        ended(&mut under_way).await?;
    }
    Ok(())
}

/// The same for all services in one process, on the embedded stream.
#[tokio::test(flavor = "multi_thread")]
async fn the_one_process_of_a_small_shop_can_be_killed_as_well() -> Result<()> {
    let mut rng = StdRng::seed_from_u64(setting("COUNTERFOIL_CRASH_SEED", SEED)?);
    let mut world = World::without_services(Plan {
        seed: rng.random(),
        embedded: true,
        ..Plan::default()
    })
    .await?;
    for _ in 0..KILLS_OF_ALL {
        let mut process = world.start_all_in_one().await?;
        world
            .orders(["us", "eu"][rng.random_range(0..2)], 10)
            .await?;
        let moment = rng.random_range(0..800);
        sleep(Duration::from_millis(moment)).await;
        process.kill();
    }
    let mut process = world.start_all_in_one().await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    ensure!(
        process.stop()?.success(),
        "it did not end well:\n{}",
        process.output()
    );
    let verified = world.counterfoil(&["log", "verify"]).await?;
    let text = String::from_utf8_lossy(&verified.stdout).into_owned();
    ensure!(verified.status.success(), "the log is not whole: {text}");
    world.finish();
    Ok(())
}

async fn ended(under_way: &mut JoinSet<Result<()>>) -> Result<()> {
    under_way
        .join_next()
        .await
        .context("no run is under way")??
}

async fn one(name: String, seed: u64) -> Result<()> {
    let mishaps = Mishaps::draw(seed);
    eprintln!("{name}: {mishaps}");
    let began = Instant::now();
    run(seed, &mishaps)
        .await
        .with_context(|| format!("{name} failed; repeat it with make crash RUNS=1 SEED={seed}"))?;
    eprintln!("{name}: right after {:.1?}", began.elapsed());
    Ok(())
}

/// Who asks for a number of runs of their own and gives no seed wants new ones.
fn first_seed() -> u64 {
    match env::var_os("COUNTERFOIL_CRASH_RUNS") {
        Some(_) => rand::rng().random_range(1..1_000_000_000),
        None => SEED,
    }
}

fn setting<T: FromStr>(name: &str, default: T) -> Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    match env::var(name) {
        Ok(text) if !text.is_empty() => text.parse().with_context(|| format!("{name}={text}")),
        _ => Ok(default),
    }
}

/// The seed of the run after the one with this seed: short enough to be typed.
fn next(seed: u64) -> u64 {
    StdRng::seed_from_u64(seed).random_range(1..1_000_000_000)
}

/// What is killed: a service, or the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Service(Service),
    Nats,
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Victim::Service(service) => service.fmt(f),
            Victim::Nats => f.write_str("nats"),
        }
    }
}

struct Kill {
    victim: Victim,
    /// When, counted from the first order.
    at: Duration,
    /// How long it stays dead.
    dead: Duration,
}

/// What Fusion does on top of it, as the stand-in is told.
const FAULTS: [&str; 5] = [
    r#"{"operation": "upload", "lose_answer": true, "times": 1}"#,
    r#"{"operation": "load", "lose_answer": true, "times": 1}"#,
    r#"{"operation": "import", "lose_answer": true, "times": 1}"#,
    r#"{"operation": "import", "reqst_id_minus_one": true, "times": 1}"#,
    r#"{"hide_batches_ms": 700, "times": 2}"#,
];

/// All that goes wrong in a run; the kills in their order.
struct Mishaps {
    kills: Vec<Kill>,
    fault: Option<&'static str>,
}

impl Mishaps {
    fn draw(seed: u64) -> Mishaps {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut kills: Vec<Kill> = (0..rng.random_range(2..=5))
            .map(|_| Kill {
                victim: match rng.random_range(0..6) {
                    4 => Victim::Nats,
                    // The poster has the most to lose, and two chances to.
                    5 => Victim::Service(Service::Poster),
                    other => Victim::Service(Service::ALL[other]),
                },
                at: Duration::from_millis(rng.random_range(0..SPAN.as_millis() as u64)),
                dead: Duration::from_millis(rng.random_range(0..500)),
            })
            .collect();
        kills.sort_by_key(|kill| kill.at);
        let fault = rng.random_range(0..2 * FAULTS.len());
        Mishaps {
            kills,
            fault: FAULTS.get(fault).copied(),
        }
    }
}

impl fmt::Display for Mishaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, kill) in self.kills.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(
                f,
                "{comma}{} at {:?} for {:?}",
                kill.victim, kill.at, kill.dead
            )?;
        }
        if let Some(fault) = self.fault {
            write!(f, "; in Fusion {fault}")?;
        }
        Ok(())
    }
}

async fn run(seed: u64, mishaps: &Mishaps) -> Result<()> {
    let plan = Plan::default();
    let mut world = World::start(Plan {
        seed,
        // For a while the ledger shows nothing of what it took: who looks once after a
        // crash and sends again would double it.
        fusion: FusionConfig {
            read_back_lag: BLIND,
            search_lag: BLIND / 2,
            ..plan.fusion
        },
        ..plan
    })
    .await?;
    world
        .tell_store("webhooks", json!({"duplicate_rate": 0.2, "drop_rate": 0.1}))
        .await?;
    if let Some(fault) = mishaps.fault {
        let fault = serde_json::from_str(fault)?;
        world.tell_fusion("faults", fault).await?;
    }
    let began = Instant::now();
    let mut sales = Sales::new(seed);
    for kill in &mishaps.kills {
        sales.until(&world, began, kill.at).await?;
        carry_out(&mut world, kill).await?;
    }
    sales.until(&world, began, SPAN).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    proven(&mut world).await?;
    world.finish();
    Ok(())
}

/// The projector agrees, and its log is whole.
async fn proven(world: &mut World) -> Result<()> {
    let report = ["report", "reconciliation"];
    let until = Instant::now() + PATIENCE;
    loop {
        let told = world.counterfoil(&report).await?;
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        if told.status.success() {
            break;
        }
        ensure!(
            Instant::now() < until,
            "the reconciliation differs:\n{text}"
        );
        sleep(Duration::from_millis(200)).await;
    }
    world.stop(Service::Projector)?;
    let verified = world.counterfoil(&["log", "verify"]).await?;
    let text = String::from_utf8_lossy(&verified.stdout).into_owned();
    ensure!(verified.status.success(), "the log is not whole: {text}");
    agreed(world)
}

/// The poster's books and the views say the same, wherever one stops to read.
fn agreed(world: &World) -> Result<()> {
    let log = EventLog::open(world.folder().join("data/log"), LogOptions::default())?;
    let records = log.read(1, usize::MAX)?;
    let events: Vec<Event> = records
        .iter()
        .map(|record| record.event.decode())
        .collect::<Result<_, _>>()?;
    let mut pair = Pair::new(&["us", "eu"]);
    for some in events.chunks(EVENTS_AT_ONCE) {
        pair.tell(some);
        pair.disagreement().map_err(|what| anyhow!(what))?;
    }
    Ok(())
}

async fn carry_out(world: &mut World, kill: &Kill) -> Result<()> {
    match kill.victim {
        Victim::Service(service) => world.kill(service),
        Victim::Nats => world.nats.kill(),
    }
    sleep(kill.dead).await;
    match kill.victim {
        Victim::Service(service) => world.restart(service),
        Victim::Nats => world.nats.restart(),
    }
}

/// Orders and refunds, spread over the run.
struct Sales {
    rng: StdRng,
    made: u32,
}

impl Sales {
    fn new(seed: u64) -> Sales {
        Sales {
            // Not the sequence that the kills were drawn from.
            rng: StdRng::seed_from_u64(!seed),
            made: 0,
        }
    }

    /// Sells as much as is due up to a moment of the run, and waits for it.
    async fn until(&mut self, world: &World, began: Instant, moment: Duration) -> Result<()> {
        let all = ORDERS + REFUNDS;
        while self.made < all {
            let at = SPAN * self.made / all;
            if at > moment {
                break;
            }
            sleep(at.saturating_sub(began.elapsed())).await;
            let store = ["us", "eu"][self.rng.random_range(0..2)];
            // A refund after every six orders; of a store that has sold nothing
            // that can be refunded, there is none.
            if self.made % 7 != 6 || world.refund(store).is_err() {
                world.orders(store, 1).await?;
            }
            self.made += 1;
        }
        sleep(moment.saturating_sub(began.elapsed())).await;
        Ok(())
    }
}
