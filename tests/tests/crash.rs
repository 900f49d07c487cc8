//! Seeded crash runs: while orders are sold and refunded, one process after
//! another, or the broker, is killed with SIGKILL at a random moment and started
//! again. After each run the ledger must hold exactly one journal for each order
//! and refund, the reconciliation must agree, and the log must be whole.
//!
//! `make crash RUNS=200 SEED=7` runs more of them. A run's seed is printed, and
//! `make crash RUNS=1 SEED=<it>` repeats the run: the same orders, the same kills
//! at the same moments.

use std::{
    env, fmt,
    str::FromStr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use rand::{RngExt, SeedableRng, rngs::StdRng};
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
/// How long selling takes, and how long kills go on.
const SPAN: Duration = Duration::from_millis(2500);
const PATIENCE: Duration = Duration::from_secs(90);

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

async fn ended(under_way: &mut JoinSet<Result<()>>) -> Result<()> {
    under_way
        .join_next()
        .await
        .context("no run is under way")??
}

async fn one(name: String, seed: u64) -> Result<()> {
    let kills = Kills::draw(seed);
    eprintln!("{name}: {kills}");
    let began = Instant::now();
    run(seed, &kills)
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

/// All kills of a run, in their order.
struct Kills(Vec<Kill>);

impl Kills {
    fn draw(seed: u64) -> Kills {
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
        Kills(kills)
    }
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, kill) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(
                f,
                "{comma}{} at {:?} for {:?}",
                kill.victim, kill.at, kill.dead
            )?;
        }
        Ok(())
    }
}

async fn run(seed: u64, kills: &Kills) -> Result<()> {
    let mut world = World::start(Plan {
        seed,
        ..Plan::default()
    })
    .await?;
    world
        .tell_store("webhooks", json!({"duplicate_rate": 0.2, "drop_rate": 0.1}))
        .await?;
    let began = Instant::now();
    let mut sales = Sales::new(seed);
    for kill in &kills.0 {
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
