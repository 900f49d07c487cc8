//! A ledger's world in simulated time: the Fusion stand-in, an embedded stream, and
//! posters with the settings of production.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::{path::Path, time::Duration};

use eventlog::{EventLog, LogOptions};
use futures::future::join_all;
use jiff::tz::TimeZone;
use poster::PosterError;
use sandbox::fusion::{FusionConfig, FusionHandle, PodClock};
use schemas::Event;
use serde_json::Value;
use service::{CancellationToken, Clock, clock::SimulatedTime, config::Config};
use stream::Stream;
use tempfile::TempDir;

pub struct World {
    pub stream: Stream,
    pub time: SimulatedTime,
    pod: FusionHandle,
    folder: TempDir,
    settings: String,
    http: reqwest::Client,
}

impl World {
    /// A world on a morning. `settings` go into the ledger's table of the
    /// configuration, and may begin others.
    pub async fn new(pod: FusionConfig, settings: String) -> World {
        World::in_steps_of(Duration::from_secs(10), pod, settings).await
    }

    /// The same, with time that passes in other steps.
    pub async fn in_steps_of(step: Duration, pod: FusionConfig, settings: String) -> World {
        let today = jiff::Timestamp::now().to_zoned(TimeZone::UTC).date();
        let morning = today.at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
        let time = SimulatedTime::starting(morning.timestamp()).in_steps_of(step);
        let clock = time.clone();
        let pod = FusionConfig {
            today: Some(today),
            clock: PodClock::new(move || clock.now()),
            ..pod
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pod = sandbox::fusion::serve(pod, listener).await.unwrap();
        let folder = TempDir::new().unwrap();
        let log = EventLog::open(folder.path().join("log"), LogOptions::default()).unwrap();
        World {
            pod,
            stream: Stream::embedded(log),
            folder,
            time,
            settings,
            http: reqwest::Client::builder().build().unwrap(),
        }
    }

    /// The poster, or two of them with books of their own, until all have ended.
    pub async fn posters(&self, has_rival: bool) -> Vec<Result<(), PosterError>> {
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

    pub fn lose_books(&self) {
        // They may not be there yet.
        let _ = std::fs::remove_dir_all(self.folder.path().join("one"));
    }

    pub fn events(&self) -> Vec<Event> {
        let records = self
            .stream
            .log()
            .unwrap()
            .read(eventlog::Offset(1), 100_000)
            .unwrap();
        let events = records.iter().map(|it| it.event.decode().unwrap());
        events.collect()
    }

    pub async fn admin(&self, path: &str, body: &Value) {
        let url = format!("{}/admin/fusion/{path}", self.pod.base_url());
        let answer = self.http.post(url).json(body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path} {body}: {status} {text}");
    }

    pub async fn clear_faults(&self) {
        let url = format!("{}/admin/fusion/faults", self.pod.base_url());
        self.http.delete(url).send().await.unwrap();
    }

    pub async fn look(&self, path: &str) -> Value {
        let url = format!("{}/admin/fusion/{path}", self.pod.base_url());
        let answer = self.http.get(url).send().await.unwrap();
        answer.json().await.unwrap()
    }
}
