//! One run: a world, lives of the poster that end in crashes, and the verdict.

use std::{fmt, path::Path, pin::pin, time::Duration};

use futures::future::{Either, join_all, select};
use jiff::{Timestamp, tz::TimeZone};
use poster::PosterError;
use sandbox::fusion::{AutoPost, FusionConfig, FusionHandle, PodClock};
use schemas::Event;
use serde_json::Value;
use service::{CancellationToken, Clock, clock::SimulatedTime, config::Config};
use stream::{EventLog, LogOptions, Stream};
use tempfile::TempDir;

use crate::{
    crash::CrashAfter,
    dice::Dice,
    ledger::{Held, rejections},
    plan::{Action, Plan},
    support::{brief, today},
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

struct World {
    pod: FusionHandle,
    stream: Stream,
    folder: TempDir,
    time: SimulatedTime,
    settings: String,
    http: reqwest::Client,
}

pub async fn run(seed: u64) -> Summary {
    let mut dice = Dice::of(seed);
    let world = World::new(&mut dice, seed).await;
    let began = world.time.now();
    let period = began.to_zoned(TimeZone::UTC).strftime("%b-%y").to_string();
    let plan = Plan::of(&mut dice, &period);
    let mut summary = Summary {
        runs: 1,
        ..Summary::default()
    };
    let mut outside = pin!(world.outside(began, &plan.actions));
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
            Some(ends) => world.judge(ends, has_rival, seed),
        }
        world.time.pass(dice.seconds_below(600)).await;
    }
    let rest = async {
        if !outside_is_over {
            outside.await;
        }
        world.clear_faults().await;
        world.reached(&plan, seed).await;
    };
    match select(pin!(world.posters(false)), pin!(rest)).await {
        Either::Left((ends, _)) => {
            panic!(
                "seed {seed}: the poster ended by itself: {ends:?}; {:#?}",
                world.story()
            )
        }
        Either::Right(((), _)) => {}
    }
    let events = world.events();
    summary.journals = events
        .iter()
        .filter(|it| crate::support::is_posted(it))
        .count() as u64;
    summary.rejected = rejections(&events).count() as u64;
    summary.calls = world.look("calls").await["total"]
        .as_u64()
        .unwrap_or_default();
    summary.simulated = Clock::Simulated(world.time.clone()).age(began);
    summary
}

impl World {
    async fn new(dice: &mut Dice, seed: u64) -> World {
        let morning = today().at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
        let time = SimulatedTime::starting(morning.timestamp());
        let clock = time.clone();
        let pod = FusionConfig {
            seed,
            today: Some(today()),
            clock: PodClock::new(move || clock.now()),
            job_duration: Duration::from_secs(1) + dice.seconds_below(60),
            // All shorter than the settling time, which is what it is there for.
            read_back_lag: dice.seconds_below(240),
            search_lag: dice.seconds_below(60),
            token_lifetime: Duration::from_secs(dice.one_of(&[400, 3600])),
            autopost: dice.one_of(&[AutoPost::Immediately, AutoPost::EveryMs(600_000)]),
            ..FusionConfig::default()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pod = sandbox::fusion::serve(pod, listener).await.unwrap();
        let folder = TempDir::new().unwrap();
        let log = EventLog::open(folder.path().join("log"), LogOptions::default()).unwrap();
        let batch_size = dice.one_of(&[1, 4, 10, 200]);
        World {
            pod,
            stream: Stream::embedded(log),
            folder,
            time,
            settings: format!(
                "unknown_accounts = \"{}\"\n[poster]\nbatch_size = {batch_size}",
                dice.one_of(&["send", "refuse"])
            ),
            http: reqwest::Client::builder().build().unwrap(),
        }
    }

    /// The poster, or two of them with books of their own, until all have ended.
    async fn posters(&self, has_rival: bool) -> Vec<Result<(), PosterError>> {
        let mut works = self.poster(&self.folder.path().join("one")).await;
        if has_rival {
            works.extend(self.poster(&self.folder.path().join("two")).await);
        }
        join_all(works).await
    }

    async fn poster(
        &self,
        folder: &Path,
    ) -> Vec<impl Future<Output = Result<(), PosterError>> + use<>> {
        let config = self.config(folder);
        let clock = Clock::Simulated(self.time.clone());
        let never = CancellationToken::new();
        let works = poster::ledgers(&config, &self.stream, &never, &clock).await;
        works.expect("the ledgers' books open")
    }

    /// A poster ends by itself only where it finds that it is not alone.
    fn judge(&self, ends: Vec<Result<(), PosterError>>, has_rival: bool, seed: u64) {
        for end in ends {
            match end {
                Err(PosterError::Rival { .. }) if has_rival => {}
                other => panic!(
                    "seed {seed}: the poster ended with {other:?}; {:#?}",
                    self.story()
                ),
            }
        }
    }

    /// The settings of production, but for how long a test really waits for an answer.
    fn config(&self, folder: &Path) -> Config {
        let pod = self.pod.base_url();
        let text = format!(
            r#"
            data_dir = {:?}
            [fusion]
            url = "{pod}"
            token_url = "{pod}/oauth2/v1/token"
            client_id = "counterfoil"
            client_secret = "sbx-fusion-secret"
            scope = "urn:opc:resource:fusion:sbx:erp/"
            timeout = "500ms"
            [ledgers.us]
            name = "US Primary Ledger"
            id = 300000046975971
            data_access_set = 300000046975980
            currency = "USD"
            {}
            "#,
            folder.display().to_string(),
            self.settings
        );
        Config::from_toml(&text).unwrap()
    }

    fn lose_books(&self) {
        // They may not be there yet.
        let _ = std::fs::remove_dir_all(self.folder.path().join("one"));
    }

    /// Everything that happens outside of the poster, each at its time.
    async fn outside(&self, began: Timestamp, actions: &[(Duration, Action)]) {
        for (at, action) in actions {
            self.time.reached(began + *at).await;
            match action {
                Action::Mapped(event) => {
                    self.stream.publish(event.encode()).await.unwrap();
                }
                Action::Admin(path, body) => self.admin(path, body).await,
                Action::ClearFaults => self.clear_faults().await,
            }
        }
    }

    /// Waits until the ledger holds the targets, and a while longer.
    async fn reached(&self, plan: &Plan, seed: u64) {
        let expected = plan.expected();
        let deadline = self.time.now() + PATIENCE;
        let mut verdict = Ok(());
        while self.time.now() < deadline {
            self.time.reached(self.time.now() + LOOK_EVERY).await;
            verdict = self.held().await.fault(&expected, &self.events());
            match &verdict {
                Ok(()) => break,
                Err(fault) if fault.starts_with("DOUBLE") => break,
                Err(_) => {}
            }
        }
        if verdict.is_ok() {
            self.time.reached(self.time.now() + AFTERWARDS).await;
            verdict = self.held().await.fault(&expected, &self.events());
        }
        if let Err(fault) = verdict {
            panic!("seed {seed}: {fault}; {:#?}", self.story());
        }
    }

    async fn held(&self) -> Held {
        Held::of(&self.look("ledger").await)
    }

    fn events(&self) -> Vec<Event> {
        let records = self.stream.log().unwrap().read(1, 100_000).unwrap();
        let events = records.iter().map(|it| it.event.decode().unwrap());
        events.collect()
    }

    /// All events, in words.
    fn story(&self) -> Vec<String> {
        self.events().iter().map(brief).collect()
    }

    async fn admin(&self, path: &str, body: &Value) {
        let url = format!("{}/admin/fusion/{path}", self.pod.base_url());
        let answer = self.http.post(url).json(body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path} {body}: {status} {text}");
    }

    async fn clear_faults(&self) {
        let url = format!("{}/admin/fusion/faults", self.pod.base_url());
        self.http.delete(url).send().await.unwrap();
    }

    async fn look(&self, path: &str) -> Value {
        let url = format!("{}/admin/fusion/{path}", self.pod.base_url());
        let answer = self.http.get(url).send().await.unwrap();
        answer.json().await.unwrap()
    }
}
