//! A ledger's world for tests: the Fusion stand-in, an embedded stream, and a
//! poster that can be stopped at any moment.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]
#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use eventlog::{EventLog, LogOptions};
use jiff::Timestamp;
use rust_decimal::Decimal;
use sandbox::fusion::{FusionConfig, FusionHandle};
use schemas::{
    Account, Currency, Digest, EntityKey, Event, EventId, Journal, JournalLine, Mapped, OrderId,
    Payload, Recognition, RefundId, Role, Side,
};
use serde_json::{Value, json};
use service::{CancellationToken, Clock, config::Config};
use stream::Stream;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Nothing here may take longer; a test that waits in vain fails by it.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    pub pod: FusionHandle,
    pub stream: Stream,
    pub config: Arc<Config>,
    folder: TempDir,
    http: reqwest::Client,
}

/// A running poster.
pub struct Running {
    task: JoinHandle<Result<(), poster::PosterError>>,
    shutdown: CancellationToken,
}

impl Running {
    /// As a crash does it: wherever it is, it is gone.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
        // The tasks of its ledgers end with it, a moment later; books have one owner.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    pub async fn stop(self) -> Result<(), poster::PosterError> {
        self.shutdown.cancel();
        self.task.await.expect("the poster's task does not panic")
    }

    pub fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// Its own end, without being asked.
    pub async fn ended(self) -> Result<(), poster::PosterError> {
        let ended = tokio::time::timeout(PATIENCE, self.task).await;
        ended
            .expect("the poster ends by itself")
            .expect("the poster's task does not panic")
    }
}

impl World {
    pub async fn new() -> World {
        World::with(FusionConfig::default(), "").await
    }

    /// A world whose pod is like this, with more keys in the `[poster]` table.
    pub async fn with(pod: FusionConfig, options: &str) -> World {
        World::configured(pod, US_BY_ID, options).await
    }

    /// The same, with these keys in the ledger's table.
    pub async fn configured(pod: FusionConfig, ledger: &str, options: &str) -> World {
        service::tls::init();
        let pod = FusionConfig {
            today: Some(today()),
            job_duration: Duration::from_millis(20),
            ..pod
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pod = sandbox::fusion::serve(pod, listener).await.unwrap();
        let folder = TempDir::new().unwrap();
        let log = EventLog::open(folder.path().join("log"), LogOptions::default()).unwrap();
        let config = Arc::new(config(&pod.base_url(), folder.path(), ledger, options));
        World {
            pod,
            stream: Stream::embedded(log),
            config,
            folder,
            http: reqwest::Client::builder().build().unwrap(),
        }
    }

    pub fn start(&self) -> Running {
        self.run(Arc::clone(&self.config))
    }

    /// Another poster, with books of its own.
    pub fn start_in(&self, data_dir: &Path) -> Running {
        let mut config = (*self.config).clone();
        config.data_dir = data_dir.to_owned();
        self.run(Arc::new(config))
    }

    fn run(&self, config: Arc<Config>) -> Running {
        self.run_by(config, Clock::System)
    }

    /// A poster whose clock is another than ours.
    pub fn start_by(&self, clock: Clock) -> Running {
        self.run_by(Arc::clone(&self.config), clock)
    }

    fn run_by(&self, config: Arc<Config>, clock: Clock) -> Running {
        let shutdown = CancellationToken::new();
        let (stream, stopped) = (self.stream.clone(), shutdown.clone());
        let run = async move { poster::run_by(config, stream, stopped, clock).await };
        Running {
            task: tokio::spawn(run),
            shutdown,
        }
    }

    /// As after the loss of the books' file.
    pub fn lose_books(&self) {
        std::fs::remove_dir_all(self.folder.path().join("poster")).unwrap();
    }

    pub async fn publish(&self, events: impl IntoIterator<Item = Event>) {
        let events = events.into_iter().map(|event| event.encode());
        self.publish_encoded(events.collect()).await;
    }

    pub async fn publish_encoded(&self, events: Vec<schemas::EncodedEvent>) {
        self.stream.publish_all(events).await.unwrap();
    }

    pub async fn fault(&self, fault: Value) {
        self.admin("faults", &fault).await;
    }

    pub async fn clear_faults(&self) {
        let url = format!("{}/admin/fusion/faults", self.pod.base_url());
        self.http.delete(url).send().await.unwrap();
    }

    pub async fn admin(&self, path: &str, body: &Value) {
        let url = format!("{}/admin/fusion/{path}", self.pod.base_url());
        let answer = self.http.post(url).json(body).send().await.unwrap();
        let status = answer.status();
        assert!(
            status.is_success(),
            "{status}: {}",
            answer.text().await.unwrap()
        );
    }

    pub async fn look(&self, path: &str) -> Value {
        let url = format!("{}/admin/fusion/{path}", self.pod.base_url());
        let answer = self.http.get(url).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// All events of the stream so far.
    pub fn events(&self) -> Vec<Event> {
        let log = self.stream.log().unwrap();
        let records = log.read(eventlog::Offset(1), 100_000).unwrap();
        records
            .iter()
            .map(|it| it.event.decode().unwrap())
            .collect()
    }

    /// Waits until so many journals are said to be posted.
    pub async fn posted(&self, journals: usize) {
        self.wait_for(&format!("{journals} posted"), |events| {
            let posted = events.iter().filter(|event| is_posted(event)).count();
            assert!(posted <= journals, "{posted} posted, {journals} expected");
            posted == journals
        })
        .await;
    }

    pub async fn wait_for(&self, what: &str, done: impl Fn(&[Event]) -> bool) {
        let began = tokio::time::Instant::now();
        loop {
            let events = self.events();
            if done(&events) {
                return;
            }
            let story = self.story();
            assert!(began.elapsed() < PATIENCE, "no {what}; last: {story:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The last events, newest first, in words.
    pub fn story(&self) -> Vec<String> {
        self.events().iter().rev().take(30).map(brief).collect()
    }

    /// What the ledger holds: total debits and credits and status by journal
    /// reference. A reference that is there twice fails at once.
    pub async fn journals(&self) -> BTreeMap<String, (Decimal, Decimal, String)> {
        let mut journals = BTreeMap::new();
        let ledger = self.look("ledger?lines=false").await;
        let batches = ledger["ledgers"].as_array().unwrap().iter();
        for batch in batches.flat_map(|ledger| ledger["batches"].as_array().unwrap()) {
            for journal in batch["journals"].as_array().unwrap() {
                let reference = journal["reference6"].as_str().unwrap().to_owned();
                let total = |side: &str| journal[side].as_str().unwrap().parse().unwrap();
                let status = journal["status"].as_str().unwrap().to_owned();
                let value = (total("total_debit"), total("total_credit"), status);
                let before = journals.insert(reference.clone(), value);
                assert!(before.is_none(), "{reference} is in the ledger twice");
            }
        }
        journals
    }

    /// The ledger holds exactly these journals, posted, with these totals in cents.
    pub async fn assert_ledger(&self, expected: &[(&str, i64)]) {
        let found = self.journals().await;
        let found: Vec<(String, Decimal, Decimal, String)> = found
            .into_iter()
            .map(|(key, (debit, credit, status))| {
                (key, debit.normalize(), credit.normalize(), status)
            })
            .collect();
        let mut expected: Vec<(String, Decimal, Decimal, String)> = expected
            .iter()
            .map(|(key, cents)| {
                let total = Decimal::new(*cents, 2).normalize();
                ((*key).to_owned(), total, total, "P".to_owned())
            })
            .collect();
        expected.sort();
        assert_eq!(found, expected);
    }

    /// Net of all journals per account, in cents, debits positive.
    pub async fn balances(&self) -> BTreeMap<String, Decimal> {
        let mut balances: BTreeMap<String, Decimal> = BTreeMap::new();
        let ledger = self.look("ledger").await;
        let batches = ledger["ledgers"].as_array().unwrap().iter();
        let journals = batches
            .flat_map(|ledger| ledger["batches"].as_array().unwrap())
            .flat_map(|batch| batch["journals"].as_array().unwrap());
        for line in journals.flat_map(|journal| journal["lines"].as_array().unwrap()) {
            let side = |side: &str| -> Decimal {
                line[side]
                    .as_str()
                    .map_or(Decimal::ZERO, |text| text.parse().unwrap())
            };
            let account = line["account"].as_str().unwrap().to_owned();
            *balances.entry(account).or_default() += side("debit") - side("credit");
        }
        balances.retain(|_, sum| !sum.is_zero());
        balances
    }

    /// How often Fusion was called for an operation.
    pub async fn calls(&self, operation: &str) -> u64 {
        let calls = self.look("calls").await;
        calls["operations"][operation].as_u64().unwrap_or_default()
    }
}

pub fn brief(event: &Event) -> String {
    match &event.payload {
        Payload::JournalSubmitted(it) => {
            let step = match &it.step {
                schemas::Step::Intended { postings } => {
                    format!("Intended {} journals", postings.len())
                }
                step => format!("{step:?}"),
            };
            format!("{} {} attempt {}: {step}", event.time, it.batch, it.attempt)
        }
        Payload::LedgerAlarmed(it) => format!("ALARM {}: {}", it.code, it.cause),
        Payload::JournalRejected(it) => format!("rejected {} {}: {}", it.key, it.code, it.cause),
        other => format!("{} {} {}", event.time, other.event_type(), event.subject),
    }
}

pub fn is_posted(event: &Event) -> bool {
    matches!(
        event.payload,
        Payload::JournalPosted(_) | Payload::RefundReversed(_)
    )
}

/// The steps recorded so far, by name.
pub fn steps(events: &[Event]) -> Vec<&'static str> {
    let step = |event: &Event| match &event.payload {
        Payload::JournalSubmitted(it) => Some(it.step.name()),
        _ => None,
    };
    events.iter().filter_map(step).collect()
}

pub fn rejections(events: &[Event]) -> Vec<(String, String)> {
    let rejection = |event: &Event| match &event.payload {
        Payload::JournalRejected(it) => Some((it.key.to_string(), it.code.clone())),
        _ => None,
    };
    events.iter().filter_map(rejection).collect()
}

pub fn today() -> jiff::civil::Date {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}

fn config(pod: &str, folder: &Path, ledger: &str, options: &str) -> Config {
    let text = format!(
        r#"
        data_dir = {:?}
        [fusion]
        url = "{pod}"
        token_url = "{pod}/oauth2/v1/token"
        client_id = "counterfoil"
        client_secret = "sbx-fusion-secret"
        scope = "urn:opc:resource:fusion:sbx:erp/"
        timeout = "5s"
        [ledgers.us]
        currency = "USD"
        {ledger}
        [poster]
        batch_age = "20ms"
        poll_every = "30ms"
        poll_at_most = "100ms"
        settling_time = "400ms"
        period_age = "50ms"
        {options}
        "#,
        folder.display().to_string()
    );
    Config::from_toml(&text).unwrap()
}

/// The ledger by its id.
pub const US_BY_ID: &str = r#"
    name = "US Primary Ledger"
    id = 300000046975971
    data_access_set = 300000046975980
"#;

/// The ledger by its name, with more keys.
pub fn us_by_name(keys: &str) -> String {
    format!("name = \"US Primary Ledger\"\ndata_access_set = \"US Primary Ledger\"\n{keys}")
}

pub fn order_key(order: u64) -> EntityKey {
    EntityKey::order("us".parse().unwrap(), OrderId(order))
}

pub fn refund_key(order: u64, refund: u64) -> EntityKey {
    EntityKey::refund("us".parse().unwrap(), OrderId(order), RefundId(refund))
}

pub const CLEARING: &str = "101.10.11010.000.000.000";
pub const REVENUE: &str = "101.10.41000.100.110.000";
/// An account that the chart does not have.
pub const NOWHERE: &str = "101.10.99999.100.110.000";

pub fn journal(debit: &str, credit: &str, minor: i64) -> Journal {
    journal_in("USD", debit, credit, minor)
}

pub fn journal_in(currency: &str, debit: &str, credit: &str, minor: i64) -> Journal {
    let currency = Currency::from_code(currency).unwrap();
    if minor == 0 {
        return Journal::empty(currency);
    }
    let line = |account: &str, side| JournalLine {
        account: account.parse::<Account>().unwrap(),
        side,
        amount: currency.minor(minor),
        role: Role::Revenue,
        rule: "revenue by category".into(),
        memo: "a sale".into(),
    };
    let lines = vec![line(debit, Side::Debit), line(credit, Side::Credit)];
    Journal::new(currency, lines).unwrap()
}

/// What a target is about, for [`mapped`].
pub struct Target {
    pub key: EntityKey,
    /// Orders its versions in time.
    pub version: i64,
    pub recognition: Recognition,
    pub journal: Journal,
}

/// The mapped event of a target.
pub fn mapped(target: Target) -> Event {
    let modified = Timestamp::from_second(1_790_000_000 + target.version).unwrap();
    let data = Mapped {
        conversion: None,
        summary: None,
        entity: target.key.clone(),
        ledger: "us".parse().unwrap(),
        modified,
        accounting_date: today(),
        change_date: today(),
        recognition: target.recognition,
        status: 11,
        value: target.journal.total().amount(),
        journal: target.journal,
        rule_set: Digest::of(b"rules"),
        engine: "1".into(),
    };
    let cause = EventId::derive(&[&target.key.to_string(), &target.version.to_string()]);
    Event {
        id: data.event_id(cause),
        source: "counterfoil/mapper".into(),
        time: modified,
        subject: target.key.to_string(),
        causation: Some(cause),
        correlation: target.key.parent().to_string(),
        partition_key: target.key.parent().to_string(),
        payload: match target.key.refund {
            None => Payload::OrderMapped(data),
            Some(_) => Payload::RefundMapped(data),
        },
    }
}

/// The same target in another ledger.
pub fn in_ledger(ledger: &str, mut event: Event) -> Event {
    if let Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped) = &mut event.payload {
        mapped.ledger = ledger.parse().unwrap();
    }
    event
}

/// An order that counts, of so many cents.
pub fn sale(order: u64, minor: i64) -> Event {
    mapped(Target {
        key: order_key(order),
        version: 1,
        recognition: Recognition::Recognised,
        journal: journal(CLEARING, REVENUE, minor),
    })
}

/// Orders 1 to n, of a dollar more each.
pub fn sales(orders: u64) -> Vec<Event> {
    (1..=orders)
        .map(|order| sale(order, cents(order)))
        .collect()
}

fn cents(order: u64) -> i64 {
    i64::try_from(order).unwrap() * 100
}

/// What the ledger must hold for [`sales`].
pub fn expected(orders: u64) -> Vec<(String, i64)> {
    (1..=orders)
        .map(|order| (format!("us-{order}-1"), cents(order)))
        .collect()
}

/// Orders 1 to n are in the ledger, once each, and nothing else is.
pub async fn assert_sales(world: &World, orders: u64) {
    let expected = expected(orders);
    let expected: Vec<(&str, i64)> = expected
        .iter()
        .map(|(key, it)| (key.as_str(), *it))
        .collect();
    world.assert_ledger(&expected).await;
}

/// A fault for one call of an operation.
pub fn once(operation: &str, effect: &str) -> Value {
    json!({"operation": operation, "times": 1, effect: true})
}

/// All of them at once, each in a world of its own.
pub async fn each<T: Send + 'static>(
    runs: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) {
    let tasks: Vec<_> = runs.into_iter().map(tokio::spawn).collect();
    for task in tasks {
        task.await.expect("the run holds what it says");
    }
}
