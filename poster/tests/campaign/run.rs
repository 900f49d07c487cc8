//! One run: a world, lives of the poster that end in crashes, and the verdict.

use std::{fmt, pin::pin, time::Duration};

use futures::future::{Either, select};
use jiff::{Timestamp, tz::TimeZone};
use poster::PosterError;
use sandbox::fusion::{AutoPost, FusionConfig};
use schemas::Event;
use service::Clock;

use crate::{
    crash::CrashAfter,
    dice::Dice,
    ledger::{Held, rejections},
    plan::{Action, Plan},
    support::{brief, is_posted},
    world::World,
};

/// How often the ledger is looked at towards the end.
const LOOK_EVERY: Duration = Duration::from_secs(300);
/// The ledger comes to hold the targets within this, after all that happened.
const PATIENCE: Duration = Duration::from_secs(2 * 86_400);
/// Long enough for whatever is still on its way to arrive.
const AFTERWARDS: Duration = Duration::from_secs(1800);

/// What runs came to, added up.
#[derive(Debug, Default)]
pub struct Summary {
    runs: u64,
    journals: u64,
    crashes: u64,
    lost_books: u64,
    rivals: u64,
    rejected: u64,
    calls: u64,
    simulated: Duration,
}

impl Summary {
    pub fn add(&mut self, other: &Summary) {
        self.runs += other.runs;
        self.journals += other.journals;
        self.crashes += other.crashes;
        self.lost_books += other.lost_books;
        self.rivals += other.rivals;
        self.rejected += other.rejected;
        self.calls += other.calls;
        self.simulated += other.simulated;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} runs held: {} journals posted, {} crashes, books lost {} times, {} rivals, \
             {} rejections with a reason, {} calls to Fusion, {} simulated days",
            self.runs,
            self.journals,
            self.crashes,
            self.lost_books,
            self.rivals,
            self.rejected,
            self.calls,
            self.simulated.as_secs() / 86_400
        )
    }
}

pub async fn run(seed: u64) -> Summary {
    told(seed).await.0
}

/// A run, and the events of it.
pub async fn told(seed: u64) -> (Summary, Vec<Event>) {
    let mut dice = Dice::of(seed);
    let world = world_of(&mut dice, seed).await;
    let began = world.time.now();
    let period = began.to_zoned(TimeZone::UTC).strftime("%b-%y").to_string();
    let plan = Plan::of(&mut dice, &period);
    let mut summary = Summary {
        runs: 1,
        ..Summary::default()
    };
    let mut outside = pin!(outside(&world, began, &plan.actions));
    let mut outside_is_over = false;
    for _ in 0..dice.below(6) {
        if dice.one_in(6) {
            world.lose_books();
            summary.lost_books += 1;
        }
        let has_rival = dice.one_in(8);
        summary.rivals += u64::from(has_rival);
        // Short lives are as likely as long ones.
        let polls = 1 << dice.below(12);
        let life = CrashAfter::new(world.posters(has_rival), polls + dice.below(polls));
        let ended = if outside_is_over {
            life.await
        } else {
            match select(pin!(life), outside.as_mut()).await {
                Either::Left((ended, _)) => ended,
                Either::Right(((), life)) => {
                    outside_is_over = true;
                    life.await
                }
            }
        };
        match ended {
            None => summary.crashes += 1,
            Some(ends) => judge(&world, ends, has_rival, seed),
        }
        world.time.pass(dice.seconds_below(600)).await;
    }
    let rest = async {
        if !outside_is_over {
            outside.await;
        }
        world.clear_faults().await;
        reached(&world, &plan, seed).await;
    };
    match select(pin!(world.posters(false)), pin!(rest)).await {
        Either::Left((ends, _)) => {
            panic!(
                "seed {seed}: the poster ended by itself: {ends:?}; {:#?}",
                story(&world)
            )
        }
        Either::Right(((), _)) => {}
    }
    let events = world.events();
    summary.journals = events.iter().filter(|it| is_posted(it)).count() as u64;
    summary.rejected = rejections(&events).count() as u64;
    summary.calls = world.look("calls").await["total"]
        .as_u64()
        .unwrap_or_default();
    summary.simulated = Clock::Simulated(world.time.clone()).age(began);
    (summary, events)
}

/// A world of this seed.
async fn world_of(dice: &mut Dice, seed: u64) -> World {
    let pod = FusionConfig {
        seed,
        job_duration: Duration::from_secs(1) + dice.seconds_below(60),
        // All shorter than the settling time, which is what it is there for.
        read_back_lag: dice.seconds_below(240),
        search_lag: dice.seconds_below(60),
        token_lifetime: Duration::from_secs(dice.one_of(&[400, 3600])),
        autopost: dice.one_of(&[AutoPost::Immediately, AutoPost::EveryMs(600_000)]),
        ..FusionConfig::default()
    };
    let settings = format!(
        "unknown_accounts = \"{}\"\n[poster]\nbatch_size = {}\nbacklog_size = {}",
        dice.one_of(&["send", "refuse"]),
        dice.one_of(&[1, 4, 10, 200]),
        dice.one_of(&[0, 2000])
    );
    World::new(pod, settings).await
}

/// A poster ends by itself only where it finds that it is not alone.
fn judge(world: &World, ends: Vec<Result<(), PosterError>>, has_rival: bool, seed: u64) {
    for end in ends {
        match end {
            Err(PosterError::Rival { .. }) if has_rival => {}
            other => panic!(
                "seed {seed}: the poster ended with {other:?}; {:#?}",
                story(world)
            ),
        }
    }
}

/// Everything that happens outside of the poster, each at its time.
async fn outside(world: &World, began: Timestamp, actions: &[(Duration, Action)]) {
    for (at, action) in actions {
        world.time.reached(began + *at).await;
        match action {
            Action::Mapped(event) => {
                world.stream.publish(event.encode()).await.unwrap();
            }
            Action::Admin(path, body) => world.admin(path, body).await,
            Action::ClearFaults => world.clear_faults().await,
        }
    }
}

/// Waits until the ledger holds the targets, and a while longer.
async fn reached(world: &World, plan: &Plan, seed: u64) {
    let expected = plan.expected();
    let deadline = world.time.now() + PATIENCE;
    let mut verdict = Ok(());
    while world.time.now() < deadline {
        world.time.reached(world.time.now() + LOOK_EVERY).await;
        verdict = held(world).await.fault(&expected, &world.events());
        match &verdict {
            Ok(()) => break,
            Err(fault) if fault.starts_with("DOUBLE") => break,
            Err(_) => {}
        }
    }
    if verdict.is_ok() {
        world.time.reached(world.time.now() + AFTERWARDS).await;
        verdict = held(world).await.fault(&expected, &world.events());
    }
    if let Err(fault) = verdict {
        panic!("seed {seed}: {fault}; {:#?}", story(world));
    }
}

async fn held(world: &World) -> Held {
    Held::of(&world.look("ledger").await)
}

/// All events, in words.
fn story(world: &World) -> Vec<String> {
    world.events().iter().map(brief).collect()
}
