//! Everything at once: both stand-ins, a real broker, and the four services as
//! processes of their own.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use sandbox::{
    bigcommerce::{self, BigCommerce, Load, quota::Limit},
    fusion::{self, FusionConfig, FusionHandle},
    webhooks::Settings,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{net::TcpListener, time::sleep};

use crate::{
    books::{self, Changes, Ledgers, Truth},
    nats::NatsServer,
    programs::program,
    service::{Process, Service},
    settings::{Carrier, Ports, Tuning, toml},
};

/// How long a service may take to be ready.
const READY_PATIENCE: Duration = Duration::from_secs(30);
/// How long right books must stay right: longer than a poll and a batch, so that
/// a journal that comes twice has come.
const QUIET: Duration = Duration::from_millis(1500);
const PAUSE: Duration = Duration::from_millis(100);
/// The lines of each log that are shown when a test fails.
const SHOWN: usize = 40;

/// What a world is made of.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seeds the orders and all that is drawn.
    pub seed: u64,
    pub tuning: Tuning,
    pub fusion: FusionConfig,
    /// The mapper's rules; those of the example unless given.
    pub rules: Option<String>,
    /// Keep the stream inside the one process of `counterfoil run`.
    pub embedded: bool,
    /// Factor on BigCommerce's pauses between webhook retries, of which the first
    /// is a minute.
    pub retry_scale: f64,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            seed: 1,
            tuning: Tuning::default(),
            fusion: FusionConfig {
                job_duration: Duration::from_millis(20),
                ..FusionConfig::default()
            },
            rules: None,
            embedded: false,
            retry_scale: 0.003,
        }
    }
}

/// A running world. Dropping it kills all of it, and shows the end of each log
/// unless [`World::finish`] was reached.
pub struct World {
    finished: bool,
    services: BTreeMap<Service, Process>,
    pub nats: NatsServer,
    pub bigcommerce: BigCommerce,
    pub fusion: FusionHandle,
    pub http: reqwest::Client,
    ports: Ports,
    folder: TempDir,
}

impl World {
    /// Starts everything and waits until it is ready.
    pub async fn start(plan: Plan) -> Result<World> {
        let mut world = World::without_services(plan).await?;
        for service in Service::ALL {
            world.restart(service)?;
        }
        for service in Service::ALL {
            world.ready(service).await?;
        }
        Ok(world)
    }

    /// Starts the stand-ins and the broker, and writes the configuration.
    pub async fn without_services(plan: Plan) -> Result<World> {
        let folder = tempfile::tempdir()?;
        let ports = Ports::choose()?;
        let nats = NatsServer::start_as_deployed()?;
        let quota = Limit {
            requests: 1_000_000,
            window: Duration::from_secs(30),
        };
        let bigcommerce = BigCommerce::start(bigcommerce::Config {
            seed: plan.seed,
            quota,
            deliveries: Settings {
                retry_scale: plan.retry_scale,
                ..Settings::default()
            },
            ..bigcommerce::Config::default()
        })
        .await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let fusion = fusion::serve(plan.fusion, listener).await?;
        let carrier = match plan.embedded {
            true => Carrier::Embedded,
            false => Carrier::JetStream {
                url: nats.url.clone(),
                monitor: nats.monitor_url.clone(),
            },
        };
        let (store, pod) = (bigcommerce.url(), fusion.base_url());
        let config = toml(folder.path(), &ports, &carrier, &store, &pod, &plan.tuning);
        fs::write(folder.path().join("counterfoil.toml"), config)?;
        let rules = match plan.rules {
            Some(text) => text,
            None => example_rules()?,
        };
        fs::write(folder.path().join("rules.toml"), rules)?;
        Ok(World {
            finished: false,
            services: BTreeMap::new(),
            nats,
            bigcommerce,
            fusion,
            // The stand-ins have chosen the TLS provider that a client needs.
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(30))
                .build()?,
            ports,
            folder,
        })
    }

    /// The test was passed: nothing needs to be shown.
    pub fn finish(mut self) {
        self.finished = true;
    }

    /// Starts all services in one process, and waits until it is ready.
    pub async fn start_all_in_one(&self) -> Result<Process> {
        let mut process = Process::start_all_in_one(&self.config(), self.folder())?;
        let port = self.ports.admin_of_run();
        let url = format!("http://127.0.0.1:{port}/health/ready");
        let until = Instant::now() + READY_PATIENCE;
        while Instant::now() < until {
            let answer = self.http.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(process);
            }
            if let Some(status) = process.ended()? {
                bail!("all in one ended with {status}:\n{}", process.output());
            }
            sleep(PAUSE / 4).await;
        }
        bail!("all in one is not ready:\n{}", process.output())
    }

    /// The folder with the configuration, the data and the logs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder().join("counterfoil.toml")
    }

    /// Where webhooks of a store are received.
    pub fn webhook_url(&self, store: &str) -> String {
        format!("http://127.0.0.1:{}/webhooks/{store}", self.ports.webhooks)
    }

    /// SIGKILL.
    pub fn kill(&mut self, service: Service) {
        if let Some(mut process) = self.services.remove(&service) {
            process.kill();
        }
    }

    /// Starts a service, in place of the one that may be running.
    pub fn restart(&mut self, service: Service) -> Result<()> {
        self.kill(service);
        let process = Process::start(service, &self.config(), self.folder())?;
        self.services.insert(service, process);
        Ok(())
    }

    /// SIGTERM: the service must finish what it has in hand and end well.
    pub fn stop(&mut self, service: Service) -> Result<()> {
        let mut process = self.services.remove(&service).context("it does not run")?;
        let status = process.stop()?;
        ensure!(status.success(), "{service} ended with {status}");
        Ok(())
    }

    /// A running service.
    pub fn service(&mut self, service: Service) -> Result<&mut Process> {
        self.services
            .get_mut(&service)
            .with_context(|| format!("{service} does not run"))
    }

    /// Everything a service printed in all its lives.
    pub fn output(&self, service: Service) -> String {
        let path = self.folder().join(service.name()).with_extension("log");
        fs::read_to_string(path).unwrap_or_default()
    }

    /// What a service answers for its health: whether it is ready, and why not.
    pub async fn health(&self, service: Service) -> Result<(bool, Value)> {
        let port = self.ports.admin(service);
        let url = format!("http://127.0.0.1:{port}/health/ready");
        let answer = self.http.get(url).send().await?;
        Ok((answer.status().is_success(), answer.json().await?))
    }

    /// What every process that runs shows its operators: health and metrics.
    pub async fn pages(&self) -> Vec<(String, String)> {
        let admin = Service::ALL.map(|service| self.ports.admin(service));
        let mut pages = Vec::new();
        for port in admin.into_iter().chain([self.ports.admin_of_run()]) {
            for path in ["health/live", "health/ready", "metrics"] {
                let url = format!("http://127.0.0.1:{port}/{path}");
                let Ok(answer) = self.http.get(&url).send().await else {
                    continue;
                };
                if let Ok(text) = answer.text().await {
                    pages.push((url, text));
                }
            }
        }
        pages
    }

    /// The same of the one process of all services.
    pub async fn health_of_run(&self) -> Result<(bool, Value)> {
        let port = self.ports.admin_of_run();
        let url = format!("http://127.0.0.1:{port}/health/ready");
        let answer = self.http.get(url).send().await?;
        Ok((answer.status().is_success(), answer.json().await?))
    }

    /// Waits until a service is ready; an error if it ends instead.
    pub async fn ready(&mut self, service: Service) -> Result<()> {
        let until = Instant::now() + READY_PATIENCE;
        while Instant::now() < until {
            if let Ok((true, _)) = self.health(service).await {
                return Ok(());
            }
            if let Some(status) = self.service(service)?.ended()? {
                bail!("{service} ended with {status}:\n{}", self.output(service));
            }
            sleep(PAUSE / 4).await;
        }
        let health = self.health(service).await;
        bail!(
            "{service} is not ready: {health:?}\n{}",
            self.output(service)
        )
    }

    /// Of the services that were started, none has ended by itself.
    fn all_run(&mut self) -> Result<()> {
        for (service, process) in &mut self.services {
            if let Some(status) = process.ended()? {
                bail!("{service} ended by itself with {status}");
            }
        }
        Ok(())
    }

    /// Places orders in a store, which sets off their webhooks.
    pub async fn orders(&self, store: &str, count: u32) -> Result<Vec<u32>> {
        let load = Load {
            count,
            ..Load::default()
        };
        Ok(self.bigcommerce.world().create_orders(store, &load).await?)
    }

    /// Refunds an order of a store that can be refunded, and returns the refund.
    pub fn refund(&self, store: &str) -> Result<u32> {
        Ok(self.bigcommerce.world().refund(store, None, None)?)
    }

    /// Reads an admin path of the BigCommerce stand-in.
    pub async fn store_admin(&self, path: &str) -> Result<Value> {
        let url = format!("{}/admin/{path}", self.bigcommerce.url());
        Ok(self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?)
    }

    /// Posts to an admin path of the BigCommerce stand-in.
    pub async fn tell_store(&self, path: &str, body: Value) -> Result<Value> {
        let url = format!("{}/admin/{path}", self.bigcommerce.url());
        tell(self.http.post(url).json(&body)).await
    }

    /// Posts to an admin path of the Fusion stand-in.
    pub async fn tell_fusion(&self, path: &str, body: Value) -> Result<Value> {
        let url = format!("{}/admin/fusion/{path}", self.fusion.base_url());
        tell(self.http.post(url).json(&body)).await
    }

    /// What a store says of itself.
    pub async fn truth(&self, store: &str) -> Result<Truth> {
        let value = self.store_admin(&format!("stores/{store}/truth")).await?;
        Ok(serde_json::from_value(value)?)
    }

    /// The general ledger.
    pub async fn ledgers(&self) -> Result<Ledgers> {
        let url = format!("{}/admin/fusion/ledger", self.fusion.base_url());
        Ok(self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?)
    }

    /// What is wrong with the books now.
    pub async fn differences(&self, changes: Changes) -> Result<Vec<String>> {
        // The ledger first: what is posted after it was read cannot be missed in
        // the stores, which only grow.
        let ledgers = self.ledgers().await?;
        let stores = [self.truth("us").await?, self.truth("eu").await?];
        books::differences(&stores, &ledgers, changes)
    }

    /// Waits until the ledger holds exactly what the stores sold, and checks that
    /// it stays so.
    pub async fn assert_books(&mut self, changes: Changes, patience: Duration) -> Result<()> {
        let until = Instant::now() + patience;
        loop {
            self.all_run()?;
            let problems = self.differences(changes).await?;
            if problems.is_empty() {
                break;
            }
            if Instant::now() > until {
                bail!(
                    "after {patience:?} the books still have {} differences:\n{}",
                    problems.len(),
                    first(&problems)
                );
            }
            sleep(PAUSE).await;
        }
        sleep(QUIET).await;
        let problems = self.differences(changes).await?;
        ensure!(
            problems.is_empty(),
            "the books were right and then were not:\n{}",
            first(&problems)
        );
        Ok(())
    }

    /// Runs the command `counterfoil` on this world.
    pub async fn counterfoil(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(program("counterfoil")?);
        command.args(arguments).arg("--config").arg(self.config());
        command.current_dir(self.folder());
        Ok(tokio::task::spawn_blocking(move || command.output()).await??)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        for service in Service::ALL {
            let output = self.output(service);
            let lines: Vec<&str> = output.lines().collect();
            let from = lines.len().saturating_sub(SHOWN);
            eprintln!("── the end of {service}'s log ──");
            eprintln!("{}", lines[from..].join("\n"));
        }
    }
}

/// The rules of the example, which fit the sandbox.
pub fn example_rules() -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules.example.toml");
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

async fn tell(request: reqwest::RequestBuilder) -> Result<Value> {
    let answer = request.send().await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status.is_success(), "the stand-in answers {status}: {text}");
    match text.is_empty() {
        true => Ok(Value::Null),
        false => Ok(serde_json::from_str(&text)?),
    }
}

fn first(problems: &[String]) -> String {
    problems
        .iter()
        .take(20)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n")
}
