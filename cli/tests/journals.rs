//! `counterfoil journals` and `explain`: real processes, the embedded stream with
//! its owner at work and without, and the Fusion stand-in.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use eventlog::EventLog;
use sandbox::fusion::{FusionConfig, FusionHandle};
use schemas::{
    Currency, Digest, EntityKey, Event, EventId, Journal, JournalLine, Mapped, OrderId, Payload,
    Recognition, Role, Side,
};
use serde_json::{Value, json};
use stream::Stream;
use tempfile::TempDir;

/// Nothing here may take longer; a test that waits in vain fails by it.
const PATIENCE: Duration = Duration::from_secs(120);
const RULES: &str = include_str!("../../rules.example.toml");
const REVENUE: &str = "101.10.41000.100.110.000";
const NOWHERE: &str = "101.10.99999.100.110.000";

/// A data folder with its configuration, and a pod.
struct Desk {
    folder: TempDir,
    pod: FusionHandle,
    http: reqwest::Client,
}

/// `counterfoil run`, which ends with it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn today() -> jiff::civil::Date {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}

impl Desk {
    async fn new() -> Desk {
        service::tls::init();
        let pod = FusionConfig {
            today: Some(today()),
            job_duration: Duration::from_millis(20),
            ..FusionConfig::default()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let pod = sandbox::fusion::serve(pod, listener).await.unwrap();
        let folder = TempDir::new().unwrap();
        let (admin, url) = (free_port(), pod.base_url());
        let text = format!(
            r#"
            data_dir = {data:?}
            rules = {rules:?}
            [ingest]
            listen = "127.0.0.1:{webhooks}"
            [fusion]
            url = "{url}"
            token_url = "{url}/oauth2/v1/token"
            client_id = "counterfoil"
            client_secret = "sbx-fusion-secret"
            scope = "urn:opc:resource:fusion:sbx:erp/"
            [ledgers.us]
            name = "US Primary Ledger"
            id = 300000046975971
            data_access_set = 300000046975980
            currency = "USD"
            unknown_accounts = "send"
            [ledgers.eu]
            name = "EU Primary Ledger"
            id = 300000046975991
            data_access_set = 300000046975999
            currency = "EUR"
            [poster]
            batch_age = "50ms"
            poll_every = "30ms"
            poll_at_most = "100ms"
            settling_time = "500ms"
            [admin]
            run = "127.0.0.1:{admin}"
            [telemetry]
            log = "warn"
            "#,
            data = folder.path().join("data").display().to_string(),
            rules = folder.path().join("rules.toml").display().to_string(),
            webhooks = free_port(),
        );
        fs::write(folder.path().join("counterfoil.toml"), text).unwrap();
        fs::write(folder.path().join("rules.toml"), RULES).unwrap();
        Desk {
            folder,
            pod,
            http: reqwest::Client::builder().build().unwrap(),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes to the log, which nobody may have open.
    async fn publish(&self, events: &[Event]) {
        let log = EventLog::open_in(&self.path().join("data")).unwrap();
        let events = events.iter().map(Event::encode).collect();
        Stream::embedded(log).publish_all(events).await.unwrap();
    }

    fn start(&self) -> Running {
        let child = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
            .arg("run")
            .current_dir(self.path())
            .stderr(Stdio::null())
            .spawn();
        Running(child.unwrap())
    }

    /// `counterfoil journals`, with arguments as a shell would split them.
    fn journals(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_counterfoil"))
            .current_dir(self.path())
            .arg("journals")
            .args(arguments)
            .output()
            .unwrap()
    }

    /// What is outstanding, as `about state`.
    fn outstanding(&self) -> Vec<String> {
        let output = self.journals(&["list", "--format", "json"]);
        let Ok(Value::Array(items)) = serde_json::from_slice(&output.stdout) else {
            return vec![text(&output)];
        };
        let line = |it: &Value| {
            let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}", text("about"), text("status"))
        };
        items.iter().map(line).collect()
    }

    async fn until(&self, expected: &[&str]) {
        let began = Instant::now();
        loop {
            let found = self.outstanding();
            if found == expected {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{found:?}, not {expected:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn admin(&self, path: &str, body: &Value) {
        let url = format!("{}/admin/fusion/{path}", self.pod.base_url());
        let answer = self.http.post(url).json(body).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    async fn hand_over(&self, event: &Event) -> Result<u64, String> {
        let data = self.path().join("data");
        let taken = service::inbox::hand_over(&data, &event.encode().bytes).await;
        taken.unwrap()
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// The target of an order that is paid to this account.
fn sale(order: u64, revenue: &str) -> Event {
    let usd = Currency::from_code("USD").unwrap();
    let line = |account: &str, side| JournalLine {
        account: account.parse().unwrap(),
        side,
        amount: usd.minor(1250),
        role: Role::Revenue,
        rule: "r".into(),
        memo: "m".into(),
    };
    let lines = vec![
        line("101.10.11010.000.000.000", Side::Debit),
        line(revenue, Side::Credit),
    ];
    let entity = EntityKey::order("us".parse().unwrap(), OrderId(order));
    let data = Mapped {
        summary: None,
        entity: entity.clone(),
        ledger: "us".parse().unwrap(),
        modified: jiff::Timestamp::UNIX_EPOCH,
        accounting_date: today(),
        change_date: today(),
        recognition: Recognition::Recognised,
        status: 11,
        value: "12.5".parse().unwrap(),
        journal: Journal::new(usd, lines).unwrap(),
        conversion: None,
        rule_set: Digest::of(b"rules"),
        engine: "1".into(),
    };
    let cause = EventId::derive(&[&entity.to_string()]);
    Event {
        id: data.event_id(cause),
        source: "counterfoil/mapper".into(),
        time: jiff::Timestamp::now(),
        subject: entity.to_string(),
        causation: Some(cause),
        correlation: entity.to_string(),
        partition_key: entity.to_string(),
        payload: Payload::OrderMapped(data),
    }
}

// The pod must answer while this test waits for a command.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_reach_the_stream_with_its_owner_at_work_and_without() {
    let desk = Desk::new().await;
    let nothing = desk.journals(&["hold", "--ledger", "us", "--reason", "x"]);
    assert_eq!(nothing.status.code(), Some(1), "{}", text(&nothing));
    assert!(text(&nothing).contains("run the projector first"));
    desk.publish(&[sale(1, NOWHERE), sale(2, REVENUE)]).await;
    let running = desk.start();
    // The rejected one has left its group's rows behind.
    desk.until_rejected().await;
    let listed = desk.journals(&["list"]);
    assert_eq!(listed.status.code(), Some(3), "{}", text(&listed));

    let dry = desk.journals(&[
        "retry",
        "--code",
        "EF04",
        "--ledger",
        "us",
        "--reason",
        "made",
        "--dry-run",
    ]);
    assert_eq!(dry.status.code(), Some(0), "{}", text(&dry));
    assert!(text(&dry).contains("us-1-1") && text(&dry).contains("dry run"));
    let other = desk.journals(&["retry", "us-2-1", "--reason", "made"]);
    assert_eq!(other.status.code(), Some(3), "{}", text(&other));
    let value = json!({"action": "add", "segment": "Account", "value": "99999"});
    desk.admin("accounts", &value).await;
    let retried = desk.journals(&["retry", "us-1-1", "--reason", "made", "--by", "controller"]);
    assert_eq!(retried.status.code(), Some(0), "{}", text(&retried));
    let group = desk.only_group().await;
    let cleared = desk.journals(&["clear-group", &group, "--reason", "removed"]);
    assert_eq!(cleared.status.code(), Some(0), "{}", text(&cleared));
    desk.until(&[]).await;

    // What is no decision is not taken, nor is one in the name of another.
    let why = desk.hand_over(&sale(3, REVENUE)).await.unwrap_err();
    assert!(why.contains("order.mapped is nothing that a person decides"));
    let why = desk.hand_over(&fixtures::decisions::hold(None)).await;
    assert!(why.unwrap_err().contains("does not name"));
    desk.until(&[]).await;

    drop(running);
    let held = desk.journals(&["hold", "--ledger", "us", "--reason", "year end"]);
    assert_eq!(held.status.code(), Some(0), "{}", text(&held));
    desk.publish(&[sale(3, REVENUE)]).await;
    let running = desk.start();
    desk.until(&["ledger us held", "us/3 held"]).await;
    let again = desk.journals(&["release", "us/3", "--reason", "over"]);
    assert_eq!(again.status.code(), Some(3), "{}", text(&again));
    let released = desk.journals(&["release", "--ledger", "us", "--reason", "over"]);
    assert_eq!(released.status.code(), Some(0), "{}", text(&released));
    desk.until(&[]).await;
    drop(running);
}

impl Desk {
    async fn until_rejected(&self) {
        let began = Instant::now();
        loop {
            let found = self.outstanding();
            let [group, rejected] = &found[..] else {
                assert!(began.elapsed() < PATIENCE, "{found:?}");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            if group.ends_with(" stuck") && rejected == "us/1 rejected" {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{found:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn only_group(&self) -> String {
        let output = self.journals(&["list", "--state", "stuck", "--format", "json"]);
        let items: Value = serde_json::from_slice(&output.stdout).unwrap();
        items[0]["group"].to_string()
    }
}

#[tokio::test]
async fn what_a_decision_lacks_is_said() {
    let desk = Desk::new().await;
    for (arguments, code, says) in [
        (&["hold", "us/1"][..], 2, "--reason"),
        (&["hold", "--reason", "x"], 2, "<WHAT>"),
        (&["hold", "us-1-1", "--reason", "x"], 2, "neither an order"),
        (&["retry", "--code", "EF04", "--reason", "x"], 2, "--ledger"),
        (&["hold", "us/1", "--reason", " "], 1, "the reason is empty"),
        (
            &["hold", "--ledger", "ca", "--reason", "x"],
            1,
            "`ca` is not configured",
        ),
        (&["list", "--state", "lost"], 2, "is no state"),
    ] {
        let output = desk.journals(arguments);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
        assert!(text(&output).contains(says), "{}", text(&output));
    }
}

#[test]
fn a_code_is_explained() {
    let explain = |code: &str| {
        Command::new(env!("CARGO_BIN_EXE_counterfoil"))
            .args(["explain", code])
            .output()
            .unwrap()
    };
    let known = explain("ef04");
    assert_eq!(known.status.code(), Some(0));
    assert!(text(&known).contains("**Remedy.** create or enable the account"));
    let family = explain("ES03");
    assert!(text(&family).contains("journal source"));
    let unknown = explain("EZ99");
    assert_eq!(unknown.status.code(), Some(3));
    let list = explain("--list");
    assert!(text(&list).contains("NO_OPEN_PERIOD: no period takes the journal"));
}
