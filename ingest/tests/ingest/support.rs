//! A world for one test: the stand-in, ingest, and the log between its fingers.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use eventlog::{EventLog, LogOptions};
use ingest::{Ingest, IngestError};
use sandbox::{
    bigcommerce::{BigCommerce, Load, World as Stores},
    generator::Wishes,
    store::profile::{HOOK_KEY_HEADER, Profile, US},
    webhooks::{Settings, sign},
};
use schemas::{Event, EventType, Payload};
use service::{CancellationToken, config::Config};
use stream::Stream;
use tokio::task::JoinHandle;

/// Long enough for a busy machine; no test waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct World {
    pub sandbox: BigCommerce,
    pub log: EventLog,
    pub url: String,
    pub http: reqwest::Client,
    shutdown: CancellationToken,
    running: Option<JoinHandle<Result<(), IngestError>>>,
    folder: tempfile::TempDir,
}

/// How ingest is set up, beyond what all tests share.
#[derive(Default)]
pub struct Setup {
    /// Lines for the table `[ingest]`.
    pub ingest: &'static str,
    /// Lines for each store's table.
    pub store: &'static str,
    /// Register our hooks in the stand-in.
    pub hooks: bool,
}

impl World {
    /// Polls seldom: what comes, came by webhook.
    pub async fn with_webhooks() -> World {
        World::start(Setup {
            ingest: "poll_every = \"1h\"",
            hooks: true,
            ..Setup::default()
        })
        .await
    }

    /// Has no webhooks: what comes, came by polling.
    pub async fn with_polling() -> World {
        World::start(Setup {
            ingest: "poll_every = \"100ms\"",
            ..Setup::default()
        })
        .await
    }

    pub async fn start(setup: Setup) -> World {
        service::tls::init();
        let sandbox = sandbox::bigcommerce::Config {
            deliveries: Settings {
                retry_scale: 0.001,
                ..Settings::default()
            },
            ..sandbox::bigcommerce::Config::default()
        };
        let sandbox = BigCommerce::start(sandbox).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let log = EventLog::open(folder.path().join("log"), LogOptions::default()).unwrap();
        let config = config(&setup, &sandbox.url(), folder.path());
        let ingest = Ingest::bind(Arc::new(config), Stream::embedded(log.clone()))
            .await
            .unwrap();
        let url = format!("http://{}", ingest.address());
        if setup.hooks {
            sandbox.world().register_hooks(&url);
        }
        let shutdown = CancellationToken::new();
        let running = Some(tokio::spawn(ingest.run(shutdown.clone())));
        let world = World {
            sandbox,
            log,
            url,
            http: reqwest::Client::builder().build().unwrap(),
            shutdown,
            running,
            folder,
        };
        // Past the first poll, so that what a test does next is not part of it.
        world
            .until("both stores are polled", || world.calls("refunds") >= 2)
            .await;
        world
    }

    /// Stops ingest, and starts it again on the same folder and log.
    pub async fn restart(&mut self, setup: Setup) {
        self.stop_ingest().await;
        let config = config(&setup, &self.sandbox.url(), self.folder.path());
        let stream = Stream::embedded(self.log.clone());
        let ingest = Ingest::bind(Arc::new(config), stream).await.unwrap();
        self.url = format!("http://{}", ingest.address());
        self.shutdown = CancellationToken::new();
        self.running = Some(tokio::spawn(ingest.run(self.shutdown.clone())));
    }

    pub async fn stop_ingest(&mut self) {
        self.shutdown.cancel();
        if let Some(running) = self.running.take() {
            let ended = tokio::time::timeout(PATIENCE, running).await;
            ended
                .expect("it stops when it is asked to")
                .unwrap()
                .unwrap();
        }
    }

    /// Where ingest keeps its files.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn stores(&self) -> &Stores {
        self.sandbox.world()
    }

    pub async fn create(&self, store: &str, count: u32, wishes: Wishes) -> Vec<u64> {
        let load = Load {
            count,
            wishes,
            ..Load::default()
        };
        let ids = self.stores().create_orders(store, &load).await.unwrap();
        ids.into_iter().map(u64::from).collect()
    }

    /// Calls of the stand-in whose path has `part` in it.
    pub fn calls(&self, part: &str) -> u64 {
        let calls = self.stores().traffic().calls();
        calls
            .iter()
            .filter(|(path, _)| path.contains(part))
            .map(|(_, count)| count)
            .sum()
    }

    pub fn events(&self) -> Vec<Event> {
        let records = self.log.read(eventlog::Offset(1), usize::MAX).unwrap();
        records
            .iter()
            .map(|record| record.event.decode().unwrap())
            .collect()
    }

    pub fn events_of(&self, kind: EventType) -> Vec<Event> {
        let mut events = self.events();
        events.retain(|event| event.payload.event_type() == kind);
        events
    }

    /// The last `order.received` of each order, by what the event is about.
    pub fn orders(&self) -> BTreeMap<String, schemas::OrderReceived> {
        let events = self.events_of(EventType::OrderReceived).into_iter();
        events
            .map(|event| match event.payload {
                Payload::OrderReceived(order) => (event.subject, order),
                other => unreachable!("{other:?}"),
            })
            .collect()
    }

    /// What is parked, by what the event is about.
    pub fn parked(&self) -> BTreeMap<String, schemas::Parked> {
        let events = self.events().into_iter();
        events
            .filter_map(|event| match event.payload {
                Payload::OrderParked(parked) | Payload::RefundParked(parked) => {
                    Some((event.subject, parked))
                }
                _ => None,
            })
            .collect()
    }

    pub async fn until(&self, what: &str, condition: impl Fn() -> bool) {
        if !came_true(async || condition()).await {
            let subjects: Vec<_> = self
                .events()
                .iter()
                .map(|e| format!("{} {}", e.payload.event_type(), e.subject))
                .collect();
            panic!("it never came that {what}; in the log: {subjects:?}");
        }
    }

    pub async fn deliver(&self, delivery: Delivery) -> (u16, serde_json::Value) {
        delivery.send(&self.http, &self.url).await
    }
}

/// Whether the condition came true before a test's patience ended.
pub async fn came_true(condition: impl AsyncFn() -> bool) -> bool {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.is_ok()
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
        // What a client asks for must be in the documentation.
        let violations = self.stores().traffic().violations();
        if !std::thread::panicking() {
            assert!(
                violations.is_empty(),
                "undocumented requests: {violations:?}"
            );
        }
    }
}

/// A delivery that a test spoils as it likes.
#[derive(Clone)]
pub struct Delivery {
    pub store: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Delivery {
    /// A well-made one for an order of store `us`.
    pub fn of_order(order: u64) -> Delivery {
        Delivery::of(&US, order)
    }

    /// A well-made one for an order of a store.
    pub fn of(profile: &Profile, order: u64) -> Delivery {
        let body = format!(
            r#"{{"scope":"store/order/updated","store_id":"1025646","data":{{"type":"order","id":{order}}},"hash":"c0ffee{order}","created_at":1700000000,"producer":"stores/{}"}}"#,
            profile.hash
        );
        Delivery::signed(profile, profile.client_secret, 0, body.into_bytes())
    }

    /// Signed with a secret, some seconds from now.
    pub fn signed(profile: &Profile, secret: &str, seconds: i64, body: Vec<u8>) -> Delivery {
        let timestamp = jiff::Timestamp::now().as_second() + seconds;
        let id = format!("msg_{}", body.len());
        Delivery {
            store: profile.key,
            headers: vec![
                ("webhook-id", id.clone()),
                ("webhook-timestamp", timestamp.to_string()),
                (
                    "webhook-signature",
                    sign::signature(secret, &id, timestamp, &body),
                ),
                (HOOK_KEY_HEADER, profile.hook_key.to_owned()),
            ],
            body,
        }
    }

    /// Sends it, and returns what it was answered.
    pub async fn send(self, http: &reqwest::Client, url: &str) -> (u16, serde_json::Value) {
        let mut request = http.post(format!("{url}/webhooks/{}", self.store));
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let answer = request.body(self.body).send().await.unwrap();
        let status = answer.status().as_u16();
        let asks_to_wait = answer.headers().contains_key("retry-after");
        assert_eq!(
            asks_to_wait,
            status == 503,
            "503 and no other asks to come again"
        );
        let body = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    pub fn without(mut self, header: &str) -> Delivery {
        self.headers.retain(|(name, _)| *name != header);
        self
    }
}

/// The configuration of ingest for both stores of the stand-in at `api`.
pub fn config(setup: &Setup, api: &str, folder: &std::path::Path) -> Config {
    let stores: String = sandbox::store::profile::ALL
        .iter()
        .map(|profile| {
            format!(
                "[stores.{}]\napi_url = \"{api}\"\nhash = \"{}\"\ntoken = \"{}\"\nclient_secrets = [\"{}\"]\nheader_value = \"{}\"\n{}\n",
                profile.key, profile.hash, profile.token, profile.client_secret, profile.hook_key, setup.store
            )
        })
        .collect();
    let text = format!(
        "data_dir = \"{}\"\n[ingest]\nlisten = \"127.0.0.1:0\"\nstart_at = \"2026-01-01T00:00:00Z\"\n{}\n\
         [fusion]\nurl = \"https://pod.example.com\"\ntoken_url = \"https://id.example.com/token\"\n\
         client_id = \"c\"\nclient_secret = \"s\"\nscope = \"x\"\n{stores}",
        folder.display(),
        setup.ingest
    );
    Config::from_toml(&text).unwrap()
}
