use clap::{Args, Subcommand};
use jiff::civil::Date;
use projector::report::{self, Filter, Format};
use schemas::StoreKey;

use super::DataArgs;
use crate::exit::Outcome;

/// Reports for finance, from the views
#[derive(Debug, Args)]
pub struct Report {
    #[command(subcommand)]
    report: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    Reconciliation(Reconciliation),
}

/// What the stores sold and refunded, beside what became of it in the ledgers
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  counterfoil report reconciliation\n  \
                  counterfoil report reconciliation --store us --from 2026-11-01 --to 2026-11-30 --format csv")]
struct Reconciliation {
    #[command(flatten)]
    data: DataArgs,
    /// One store only, by its key
    #[arg(long)]
    store: Option<StoreKey>,
    /// The first day
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
    /// table, csv or json
    #[arg(long, default_value = "table")]
    format: Format,
}

impl Report {
    pub fn run(self) -> anyhow::Result<Outcome> {
        match self.report {
            Kind::Reconciliation(arguments) => arguments.run(),
        }
    }
}

impl Reconciliation {
    fn run(self) -> anyhow::Result<Outcome> {
        let views = self.data.views()?;
        let filter = Filter {
            store: self.store,
            from: self.from,
            to: self.to,
        };
        let reconciliation = report::reconciliation(&views, &filter)?;
        print!("{}", reconciliation.render(self.format)?);
        Ok(Outcome::in_order(reconciliation.agrees()))
    }
}
