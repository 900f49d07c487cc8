use std::{sync::Arc, time::Duration};

use bigcommerce::{Client, ClientOptions, Retries, StoreAddress};
use clap::Args;
use fusion::{Fusion, PeriodStatus};
use jiff::{Timestamp, Zoned};
use mapper::RuleSet;
use schemas::{LedgerKey, StoreKey};
use service::{
    ServiceArgs,
    config::{Carrier, Config, LedgerConfig, StoreConfig},
};
use stream::{JetStreamOptions, Stream};

use crate::exit::Outcome;

/// A clock further off than this breaks signatures and tokens.
const MOST_SKEW: Duration = Duration::from_secs(60);

/// Check the configuration, the rights, the stores, the ledgers and the broker, and say what to fix
#[derive(Debug, Args)]
#[command(after_help = "Nothing is written anywhere. Exits with 3 if something is to be fixed.")]
pub struct Doctor {
    #[command(flatten)]
    service: ServiceArgs,
}

/// What was found, line by line.
#[derive(Default)]
struct Findings {
    problems: usize,
}

impl Findings {
    fn fine(&mut self, what: impl std::fmt::Display) {
        println!("  ok   {what}");
    }

    fn problem(&mut self, what: impl std::fmt::Display, remedy: &str) {
        self.problems += 1;
        println!("  FIX  {what}\n       {remedy}");
    }
}

/// An error with its causes, in one line.
fn chain(error: impl Into<anyhow::Error>) -> String {
    format!("{:#}", error.into())
}

impl Doctor {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        service::tls::init();
        let config = Config::load(&self.service.config)?;
        let mut findings = Findings::default();
        println!("configuration {}", self.service.config.display());
        findings.fine("it can be read and does not contradict itself");
        rules(&config, &mut findings);
        data(&config, &mut findings);
        broker(&config, &mut findings).await;
        for (key, store) in &config.stores {
            println!("store {key}");
            check_store(key, store, &mut findings).await;
        }
        pod(&config, &mut findings).await;
        match findings.problems {
            0 => println!("all is well"),
            1 => println!("one thing to fix"),
            count => println!("{count} things to fix"),
        }
        Ok(Outcome::in_order(findings.problems == 0))
    }
}

fn rules(config: &Config, findings: &mut Findings) {
    let rules = match RuleSet::load(&config.rules) {
        Ok(rules) => rules,
        Err(error) => {
            return findings.problem(chain(error), "correct the rules at the place named");
        }
    };
    match rules
        .ledgers()
        .find(|ledger| !config.ledgers.contains_key(ledger))
    {
        None => findings.fine(format!("the rules are usable ({})", rules.digest().short())),
        Some(ledger) => findings.problem(
            format!("the rules lead to ledger `{ledger}`, which is not configured"),
            "add it under [ledgers], or correct the route",
        ),
    }
}

fn data(config: &Config, findings: &mut Findings) {
    let folder = config.data_dir.display();
    let tried = std::fs::create_dir_all(&config.data_dir)
        .and_then(|()| tempfile::tempfile_in(&config.data_dir));
    match tried {
        Ok(_) => findings.fine(format!("the data folder {folder} can be written")),
        Err(error) => findings.problem(
            format!("the data folder {folder} cannot be written: {error}"),
            "give this user the right to write there, or set data_dir",
        ),
    }
}

async fn broker(config: &Config, findings: &mut Findings) {
    println!("stream");
    if config.stream.carrier == Carrier::Embedded {
        return findings.fine("embedded: one process, no broker to check");
    }
    match Stream::connect(&JetStreamOptions::from(&config.stream)).await {
        Ok(_) => findings.fine("the broker is reached, and syncs before it acknowledges"),
        Err(error) => findings.problem(
            chain(error),
            "start nats-server with deploy/nats/nats-server.conf, and check stream.urls and stream.monitor_url",
        ),
    }
}

async fn check_store(key: &StoreKey, store: &StoreConfig, findings: &mut Findings) {
    let address = StoreAddress {
        api_url: store.api_url.to_string(),
        hash: store.hash.clone(),
        token: store.token.to_secret_string(),
    };
    let options = ClientOptions {
        retries: Retries {
            times: 1,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(1),
        },
        ..ClientOptions::default()
    };
    let client = match Client::new(address, &options) {
        Ok(client) => client,
        Err(error) => return findings.problem(chain(error), "check stores.<key>.api_url"),
    };
    match client.store().await {
        Ok(_) => findings.fine("its API answers to the token"),
        Err(error) => {
            let remedy = format!(
                "check stores.{key}.hash and token, and that the API account may read store information"
            );
            return findings.problem(chain(error), &remedy);
        }
    }
    match client.time().await {
        Ok(time) => skew(time, findings),
        Err(error) => findings.problem(chain(error), "try again: the store did not tell its time"),
    }
    match client.refunds_since(Timestamp::now()).await {
        Ok(_) => findings.fine("its refunds can be read"),
        Err(error) => findings.problem(
            chain(error),
            "give the API account the scope to read orders and transactions",
        ),
    }
}

fn skew(theirs: Timestamp, findings: &mut Findings) {
    let skew = Timestamp::now().duration_since(theirs).unsigned_abs();
    if skew <= MOST_SKEW {
        findings.fine("its clock and ours agree");
    } else {
        findings.problem(
            format!("our clock is {} s away from the store's", skew.as_secs()),
            "synchronise this machine's clock: signatures and tokens depend on it",
        );
    }
}

async fn pod(config: &Config, findings: &mut Findings) {
    println!("Fusion");
    let options = fusion::Options {
        retries: 1,
        ..poster::fusion_options(&config.fusion)
    };
    let fusion = match Fusion::new(options) {
        Ok(fusion) => Arc::new(fusion),
        Err(error) => return findings.problem(chain(error), "check fusion.url"),
    };
    let ledgers = match fusion.ledgers().await {
        Ok(ledgers) => ledgers,
        Err(error) => {
            return findings.problem(
                chain(error),
                "check fusion.url, token_url, client_id, client_secret and scope, and that a Fusion user of the client's name exists with a role for general ledger setups",
            );
        }
    };
    findings.fine("its API answers to our token");
    for (key, ledger) in &config.ledgers {
        println!("ledger {key}");
        match ledgers.iter().find(|found| found.id == ledger.id) {
            Some(found) if found.name == ledger.name => findings.fine("it is on this pod"),
            Some(found) => findings.problem(
                format!(
                    "ledger {} is called `{}` in Fusion, `{}` here",
                    ledger.id, found.name, ledger.name
                ),
                "correct the name",
            ),
            None => findings.problem(
                format!("this pod has no ledger with id {}", ledger.id),
                "take the id from this pod: ids differ between pods",
            ),
        }
        check_ledger(key, ledger, &fusion, findings).await;
    }
}

async fn check_ledger(
    key: &LedgerKey,
    ledger: &LedgerConfig,
    fusion: &Fusion,
    findings: &mut Findings,
) {
    match fusion.sources().await {
        Ok(sources) if sources.iter().any(|source| source.name == ledger.source) => {
            findings.fine(format!("its journal source `{}` exists", ledger.source));
        }
        Ok(_) => findings.problem(
            format!("Fusion has no journal source `{}`", ledger.source),
            "create it in Fusion, or correct `source`",
        ),
        Err(error) => findings.problem(
            chain(error),
            "give the user the right to read journal sources",
        ),
    }
    match fusion.categories().await {
        Ok(categories) => {
            for wanted in [&ledger.order_category, &ledger.refund_category] {
                if categories.iter().any(|category| category.name == *wanted) {
                    findings.fine(format!("its journal category `{wanted}` exists"));
                } else {
                    findings.problem(
                        format!("Fusion has no journal category `{wanted}`"),
                        "create it in Fusion, or correct the category",
                    );
                }
            }
        }
        Err(error) => findings.problem(
            chain(error),
            "give the user the right to read journal categories",
        ),
    }
    let period = Zoned::now().strftime(&ledger.period_format).to_string();
    match fusion.periods(ledger.id).await {
        Ok(periods) => match periods.iter().find(|state| state.name == period) {
            Some(state) if state.status == PeriodStatus::Open => {
                findings.fine(format!("its period {period} is open"));
            }
            Some(_) => findings.problem(
                format!("its period {period} is not open"),
                "open it in Fusion: journals of this month cannot be posted before",
            ),
            None => findings.problem(
                format!("it has no period `{period}`"),
                &format!("set ledgers.{key}.period_format to how its periods are named"),
            ),
        },
        Err(error) => findings.problem(
            chain(error),
            "give the user the right to read accounting periods",
        ),
    }
}
