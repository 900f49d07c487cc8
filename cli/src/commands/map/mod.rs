//! What orders and refunds in files would be booked as. Nothing is sent.

mod explanation;
mod gl;
mod input;
mod json;
mod target;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mapping::RuleSet;
use service::config::Config;
use views::report::hledger::{self, Transaction};

use crate::{exit::Outcome, tables};
use gl::LedgerArgs;
pub(super) use input::Input;
use target::targets;

/// Show the journal that an order would get, with the rule behind each line. Sends nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil map order.json --store us --catalog products.json\n  \
                  counterfoil map order.json --store us --products items.json --refunds refunds.json --explain\n  \
                  counterfoil map orders/*.json --store eu --format hledger | hledger -f - check\n  \
                  counterfoil map order.json --store us --format gl-interface -c counterfoil.toml\n\n\
                  gl-interface shows the rows of GlInterface.csv as they would be sent. What only the\n\
                  configuration (-c) knows of a ledger has a placeholder without it: ledger id 0, the\n\
                  journal's own currency, and source, categories, period names and conversion type as\n\
                  they are by default. Whether the period is open only Fusion knows.\n\n\
                  Exits with 3 if an order or refund would be parked."
)]
pub(super) struct Map {
    #[command(flatten)]
    input: Input,
    /// The rules; by default those of the configuration, or else rules.toml
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// For each line, say which rule set each segment of its account, and which lost
    #[arg(long)]
    explain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    GlInterface,
    Hledger,
}

impl Map {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let config = self.ledger.config()?;
        let rules = mapper::load_rules(&rules_file(self.rules.as_deref(), config.as_ref()))?;
        let (targets, all_mapped) = targets(&self.input, &rules)?;
        let text = match self.format {
            Format::Table => targets.iter().map(|it| it.table(self.explain)).collect(),
            Format::Json => json::text(&targets, self.explain)?,
            Format::GlInterface => self.ledger.rows(&targets, config.as_ref())?,
            Format::Hledger => {
                let booked = targets.iter().filter(|it| !it.mapped.journal.is_empty());
                let planned = booked.map(|it| Transaction::planned(&it.mapped));
                hledger::text(&planned.collect::<Vec<_>>())
            }
        };
        print!("{text}");
        Ok(Outcome::in_order(all_mapped))
    }
}

/// The rules that are named, or those of the configuration.
fn rules_file(named: Option<&Path>, config: Option<&Config>) -> PathBuf {
    match (named, config) {
        (Some(file), _) => file.to_owned(),
        (None, Some(config)) => config.rules.clone(),
        (None, None) => PathBuf::from("rules.toml"),
    }
}

/// Explains the accounts of orders and refunds in files: what `rules explain` does.
pub(super) fn explain(input: &Input, rules: &RuleSet, json: bool) -> anyhow::Result<Outcome> {
    let (targets, all_mapped) = targets(input, rules)?;
    for target in &targets {
        match json {
            true => println!("{}", explanation::json(target)?),
            false => print!(
                "{}",
                tables::explanation(&target.mapped.entity, &target.explained)
            ),
        }
    }
    Ok(Outcome::in_order(all_mapped))
}
