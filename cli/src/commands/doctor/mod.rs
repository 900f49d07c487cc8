//! `counterfoil doctor`: everything that must be as it should be before the first
//! order is posted, each with its remedy. It only looks: nothing is written anywhere.

mod accounts;
mod broker;
mod files;
mod findings;
mod ledger;
mod machine;
mod pod;
mod rules;
mod store;

use clap::{Args, ValueEnum};
use service::{ServiceArgs, config::Config};

use self::findings::Findings;
use crate::exit::Outcome;

/// Check the configuration, the rights, the stores, the ledgers and the broker, and say what to fix
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil doctor --format json\n\n\
                  Nothing is written anywhere. Exits with 3 if something is to be fixed.")]
pub(super) struct Doctor {
    #[command(flatten)]
    service: ServiceArgs,
    /// What it is printed as
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For machines
    Json,
}

impl Doctor {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        service::tls::init();
        let config = Config::load(&self.service.config)?;
        let mut findings = Findings::default();
        findings.about(format!("configuration {}", self.service.config.display()));
        findings.fine(
            "configuration",
            "it can be read and does not contradict itself",
        );
        let rules = rules::check(&config, &mut findings);
        machine::check(&config, &mut findings).await;
        broker::check(&config, &mut findings).await;
        files::check(&config, &mut findings);
        for (key, store) in &config.stores {
            store::check(key, store, &config.ingest, &mut findings).await;
        }
        if let Some(fusion) = pod::check(&config, &mut findings).await {
            for key in config.ledgers.keys() {
                ledger::check(key, &config, rules.as_ref(), &fusion, &mut findings).await;
            }
        }
        match self.format {
            Format::Table => print!("{}", findings.table()),
            Format::Json => println!("{}", findings.json()?),
        }
        Ok(Outcome::in_order(findings.problems() == 0))
    }
}
