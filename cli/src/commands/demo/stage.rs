//! Setting up: the stand-ins, the configuration, the services.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use answer::Limit;
use anyhow::Context;
use sandbox::{
    bigcommerce::{self, BigCommerce},
    fusion::{self, FusionConfig, FusionHandle},
    webhooks::Settings,
};
use service::{CancellationToken, config::Config};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::services;

/// The rules that the repository ships as an example.
const RULES: &str = include_str!("../../../../rules.example.toml");
/// Retries after milliseconds where the real store waits for minutes.
const RETRY_SCALE: f64 = 0.001;
/// How long a stand-in's answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer of a stand-in, in bytes: it lists all journals of the demo.
const LARGEST: usize = 64 << 20;
/// How long one of Fusion's jobs takes here.
const JOB: Duration = Duration::from_millis(100);

/// The running demo.
pub(super) struct Stage {
    pub stores: BigCommerce,
    pub pod: FusionHandle,
    pub views: PathBuf,
    pub http: reqwest::Client,
    config_file: PathBuf,
    webhooks: SocketAddr,
    services: JoinHandle<anyhow::Result<()>>,
    shutdown: CancellationToken,
}

/// What a stand-in answers, as text.
pub(super) async fn text(answer: reqwest::Response) -> anyhow::Result<String> {
    let body = answer::read(answer, Limit::new(LARGEST, PATIENCE)).await?;
    Ok(String::from_utf8(body)?)
}

impl Stage {
    pub(super) async fn set(folder: &Path, seed: u64) -> anyhow::Result<Stage> {
        service::tls::init();
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let webhooks = free_address().await?;
        let stores = BigCommerce::start(bigcommerce::Config {
            seed,
            webhooks: Some(format!("http://{webhooks}/webhooks/{{key}}")),
            deliveries: Settings {
                drop_rate: 0.05,
                duplicate_rate: 0.10,
                retry_scale: RETRY_SCALE,
                ..Settings::default()
            },
            ..bigcommerce::Config::default()
        })
        .await?;
        let pod = FusionConfig {
            seed,
            job_duration: JOB,
            ..FusionConfig::default()
        };
        let pod = fusion::serve(pod, TcpListener::bind(("127.0.0.1", 0)).await?).await?;

        let config_file = folder.join("counterfoil.toml");
        let config = configuration(folder, &stores.url(), &pod.base_url(), webhooks);
        std::fs::write(folder.join("rules.toml"), RULES)?;
        std::fs::write(&config_file, &config)?;
        let config = Arc::new(Config::load(&config_file)?);
        service::telemetry::init_logs(&config.telemetry)?;

        let shutdown = CancellationToken::new();
        let stream = service::stream::open_any(&config, &shutdown).await?;
        let views = views::folder(&config.data_dir);
        let services = tokio::spawn(services::run_all(config, stream, shutdown.clone()));
        Ok(Stage {
            stores,
            pod,
            views,
            http: reqwest::Client::builder().timeout(PATIENCE).build()?,
            config_file,
            webhooks,
            services,
            shutdown,
        })
    }

    pub(super) fn announce(&self) {
        eprintln!("BigCommerce's stand-in   {}", self.stores.url());
        eprintln!("Fusion's stand-in        {}", self.pod.base_url());
        eprintln!(
            "webhooks are taken at    http://{}/webhooks/<store>",
            self.webhooks
        );
    }

    /// What can be done while it stays up.
    pub(super) fn invite(&self) {
        let config = self.config_file.display();
        println!("\nIt stays up until Ctrl-C. Try, in another terminal:");
        println!("  counterfoil report reconciliation -c {config}");
        println!("  counterfoil trace order 1001 -c {config}");
        println!(
            "  curl -X POST {}/admin/stores/us/orders -d '{{\"count\": 10}}'",
            self.stores.url()
        );
    }

    /// Whether the services still run; their error if they do not.
    pub(super) fn is_running(&self) -> bool {
        !self.services.is_finished()
    }

    pub(super) async fn strike(self) -> anyhow::Result<()> {
        self.shutdown.cancel();
        self.services.await.context("the services died")??;
        self.stores.stop().await;
        self.pod.shutdown().await;
        Ok(())
    }
}

/// An address that nobody listens on at this moment.
async fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?)
}

/// The configuration of the demo: the example's, at the stand-ins' addresses and
/// with intervals of a demo's length.
fn configuration(folder: &Path, stores: &str, pod: &str, webhooks: SocketAddr) -> String {
    let data = folder.join("data");
    let rules = folder.join("rules.toml");
    let store = |key: &str, hash: &str| {
        format!(
            r#"
[stores.{key}]
api_url = "{stores}"
hash = "{hash}"
token = "sbx-token-{key}"
client_secrets = ["sbx-client-secret-{key}"]
header_value = "sbx-hook-key-{key}"
"#
        )
    };
    let ledger = |key: &str, name: &str, id: u64, set: u64, currency: &str| {
        format!(
            r#"
[ledgers.{key}]
name = "{name}"
id = {id}
data_access_set = {set}
currency = "{currency}"
"#
        )
    };
    let general = format!(
        r#"
data_dir = "{data}"
rules = "{rules}"

[stream]
carrier = "embedded"

[ingest]
listen = "{webhooks}"
poll_every = "2s"

[fusion]
url = "{pod}"
token_url = "{pod}/oauth2/v1/token"
client_id = "counterfoil"
client_secret = "sbx-fusion-secret"
scope = "urn:opc:resource:fusion:sbx:erp/"

[poster]
batch_age = "1s"
poll_every = "50ms"
poll_at_most = "500ms"
settling_time = "2s"

[telemetry]
log = "error"
"#,
        data = data.display(),
        rules = rules.display(),
    );
    [
        general,
        store("us", "sbxus0001"),
        store("eu", "sbxeu0001"),
        ledger(
            "us",
            "US Primary Ledger",
            300_000_046_975_971,
            300_000_046_975_980,
            "USD",
        ),
        ledger(
            "eu",
            "EU Primary Ledger",
            300_000_046_975_991,
            300_000_046_975_999,
            "EUR",
        ),
    ]
    .concat()
}
