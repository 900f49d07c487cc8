//! What strangers and neighbours can do to a running process: a real `counterfoil run`
//! with the limit of open files that a shell gives it, and real sockets.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sandbox::{
    store::profile::{HOOK_KEY_HEADER, US},
    webhooks::sign,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PATIENCE: Duration = Duration::from_secs(60);
/// More than the 1,024 open files that a process has unless it asks for more.
const STRANGERS: usize = 1_120;
/// So many webhooks of the store are sent under each attack.
const WEBHOOKS: u64 = 50;

/// `counterfoil run`, which ends with it. Neither store, pod nor ledger is there.
struct Site {
    folder: TempDir,
    child: Child,
    webhooks: u16,
    admin: u16,
    http: reqwest::Client,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

impl Site {
    async fn start() -> Site {
        service::tls::init();
        let folder = TempDir::new().unwrap();
        let (webhooks, admin) = (free_port(), free_port());
        let nobody = format!("http://127.0.0.1:{}", free_port());
        let text = format!(
            r#"
            data_dir = {data:?}
            rules = {rules:?}
            [ingest]
            listen = "127.0.0.1:{webhooks}"
            poll_every = "1h"
            [stores.us]
            api_url = "{nobody}"
            hash = "{hash}"
            token = "sbx-token-us"
            client_secrets = ["{secret}"]
            header_value = "{key}"
            [fusion]
            url = "{nobody}"
            token_url = "{nobody}/oauth2/v1/token"
            client_id = "counterfoil"
            client_secret = "sbx-fusion-secret"
            scope = "urn:opc:resource:fusion:sbx:erp/"
            [admin]
            run = "127.0.0.1:{admin}"
            "#,
            data = folder.path().join("data").display().to_string(),
            rules = folder.path().join("rules.toml").display().to_string(),
            hash = US.hash,
            secret = US.client_secret,
            key = US.hook_key,
        );
        fs::write(folder.path().join("counterfoil.toml"), text).unwrap();
        let rules = include_str!("../../rules.example.toml");
        fs::write(folder.path().join("rules.toml"), rules).unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let loose = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path().join("data"), loose).unwrap();
        let log = fs::File::create(folder.path().join("output")).unwrap();
        let child = Command::new("sh")
            .args(["-c", "umask 022; ulimit -Sn 1024; exec \"$0\" run"])
            .arg(env!("CARGO_BIN_EXE_counterfoil"))
            .current_dir(folder.path())
            .env_remove("RUST_LOG")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let site = Site {
            folder,
            child,
            webhooks,
            admin,
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(20))
                .build()
                .unwrap(),
        };
        let began = Instant::now();
        while site.webhook(1).await != Some(200) {
            assert!(began.elapsed() < PATIENCE, "{}", site.output());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        site
    }

    fn output(&self) -> String {
        fs::read_to_string(self.folder.path().join("output")).unwrap()
    }

    /// Sends a good webhook; the status it is answered with, if it is answered.
    async fn webhook(&self, order: u64) -> Option<u16> {
        let body = format!(
            r#"{{"scope":"store/order/updated","store_id":"1025646","data":{{"type":"order","id":{order}}},"hash":"c0ffee{order}","created_at":1700000000,"producer":"stores/{}"}}"#,
            US.hash
        );
        let id = format!("msg_{order}");
        let at = jiff::Timestamp::now().as_second();
        let signature = sign::signature(US.client_secret, &id, at, body.as_bytes());
        let request = self
            .http
            .post(format!("http://127.0.0.1:{}/webhooks/us", self.webhooks))
            .header("webhook-id", id)
            .header("webhook-timestamp", at.to_string())
            .header("webhook-signature", signature)
            .header(HOOK_KEY_HEADER, US.hook_key)
            .body(body);
        let answer = request.send().await.ok()?;
        Some(answer.status().as_u16())
    }

    /// All good webhooks are answered 200.
    async fn answers(&self, attack: &str) {
        for order in 0..WEBHOOKS {
            let status = self.webhook(order).await;
            assert_eq!(status, Some(200), "{attack}, webhook {order}");
        }
    }

    async fn ask(&self, port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        // What is kept open has been answered by then.
        let _ = tokio::time::timeout(Duration::from_secs(3), reading).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// So many connections, on each of which this is sent and no more.
async fn strangers(port: u16, words: &str) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..STRANGERS {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        // It may have been shown the door already.
        let _ = stream.write_all(words.as_bytes()).await;
        streams.push(stream);
    }
    streams
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_webhooks_are_answered_whatever_strangers_do() {
    let site = Site::start().await;
    let at = jiff::Timestamp::now().as_second();
    let head = "POST /webhooks/us HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n";
    let signed = format!(
        "webhook-id: m\r\nwebhook-timestamp: {at}\r\nwebhook-signature: v1,{}\r\n",
        "A".repeat(43) + "="
    );
    for (attack, words) in [
        ("silence", String::new()),
        ("slow heads", head.to_owned()),
        ("slow bodies", format!("{head}\r\n{{")),
        (
            "slow bodies with a guessed key",
            format!("{head}{signed}{HOOK_KEY_HEADER}: guessed-guessed\r\n\r\n{{"),
        ),
        (
            "slow bodies that were let past the head",
            format!("{head}{signed}{HOOK_KEY_HEADER}: {}\r\n\r\n{{", US.hook_key),
        ),
    ] {
        let held = strangers(site.webhooks, &words).await;
        site.answers(attack).await;
        drop(held);
    }
    let warned = site.output().matches("webhook refused").count();
    assert!(warned < 300, "{warned} lines about refused webhooks");
    let held = strangers(site.admin, "").await;
    let live = "GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    assert!(site.ask(site.admin, live).await.starts_with("HTTP/1.1 200"));
    drop(held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_admin_address_decides_nothing_and_knows_its_own_name() {
    let site = Site::start().await;
    let ask = async |head: &str| {
        let request = format!("{head}\r\nconnection: close\r\n\r\n");
        let answer = site.ask(site.admin, &request).await;
        answer.get(9..12).unwrap_or_default().to_owned()
    };
    let live = "GET /health/live HTTP/1.1";
    assert_eq!(ask(&format!("{live}\r\nhost: 127.0.0.1:1")).await, "200");
    assert_eq!(ask(&format!("{live}\r\nhost: [::1]")).await, "200");
    assert_eq!(
        ask(&format!("{live}\r\nhost: rebound.example")).await,
        "421"
    );
    let decide = "POST /decisions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/cloudevents+json\r\ncontent-length: 0";
    assert_eq!(ask(decide).await, "404");
    // A head of twenty thousand bytes, and one of a hundred headers.
    let long = format!("{live}\r\nhost: localhost\r\nx: {}", "x".repeat(20_000));
    assert_eq!(ask(&long).await, "431");
    let many = format!("{live}\r\nhost: localhost{}", "\r\nx: y".repeat(100));
    assert_eq!(ask(&many).await, "431");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_keeps_is_its_owners_alone() {
    let site = Site::start().await;
    let data = site.folder.path().join("data");
    let mut open = Vec::new();
    walk(&data, &mut open);
    assert_eq!(open, Vec::<String>::new());
    let limits = fs::read_to_string(format!("/proc/{}/limits", site.child.id())).unwrap();
    let core = limits
        .lines()
        .find(|it| it.starts_with("Max core"))
        .unwrap();
    let words: Vec<_> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
}

/// Finds what others than the owner could read or reach.
fn walk(path: &Path, open: &mut Vec<String>) {
    let mode = fs::symlink_metadata(path).unwrap().permissions().mode();
    if mode & 0o077 != 0 {
        open.push(format!("{} {:o}", path.display(), mode & 0o777));
    }
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            walk(&entry.unwrap().path(), open);
        }
    }
}
