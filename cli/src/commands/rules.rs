//! Looking at a set of rules before it is used.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::map::{self, Input};
use crate::exit::Outcome;

/// Check the rules, or explain why an account was chosen
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Check(Check),
    Explain(Explain),
}

/// Check a rules file as a whole, as the mapper does before it uses one
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil rules check rules.toml\n\n\
                  Exits with 1 if the rules cannot be used, and says where they are wrong; with 3 if they can,\n\
                  but a rule is never reached or a role has no account.")]
struct Check {
    #[arg(default_value = "rules.toml", value_name = "FILE")]
    file: PathBuf,
}

/// For each line of an order's journal, say which rule set each segment, and which lost
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  counterfoil rules explain order.json --store us --catalog products.json --categories categories.json\n\n\
                  Exits with 3 if an order or refund would be parked."
)]
struct Explain {
    #[command(flatten)]
    input: Input,
    /// The rules
    #[arg(long, default_value = "rules.toml", value_name = "FILE")]
    rules: PathBuf,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

impl RulesArgs {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Check(check) => check.run(),
            Action::Explain(explain) => explain.run(),
        }
    }
}

impl Check {
    fn run(self) -> anyhow::Result<Outcome> {
        let rules = mapper::load_rules(&self.file)?;
        let warnings = rules.warnings();
        println!(
            "{}: {} routes and {} account rules can be used; the set is {}",
            self.file.display(),
            rules.route_count(),
            rules.rule_count(),
            rules.digest()
        );
        for warning in &warnings {
            println!("warning: {warning}");
        }
        Ok(Outcome::in_order(warnings.is_empty()))
    }
}

impl Explain {
    fn run(self) -> anyhow::Result<Outcome> {
        let rules = mapper::load_rules(&self.rules)?;
        map::explain(&self.input, &rules, self.format == Format::Json)
    }
}
