//! `counterfoil report`: what stores and ledgers say, compared.

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use schemas::StoreKey;
use views::report::{self, Filter};

use super::data_folder::DataArgs;
use crate::{exit::Outcome, format::Format, tables};

/// Reports for finance, from the views
#[derive(Debug, Args)]
pub(super) struct Report {
    #[command(subcommand)]
    report: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    Reconciliation(Reconciliation),
    Journals(Journals),
    Exceptions(Exceptions),
}

/// What is reported on
#[derive(Debug, Args)]
struct Which {
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
}

/// What the stores sold and refunded, beside what became of it in the ledgers
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  counterfoil report reconciliation\n  \
                  counterfoil report reconciliation --store us --from 2026-11-01 --to 2026-11-30 --format csv")]
struct Reconciliation {
    #[command(flatten)]
    which: Which,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// The journals that were sent to the ledgers, account by account
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil report journals --store us --from 2026-11-01\n  \
                  counterfoil report journals --format hledger | hledger -f - check --strict\n\n\
                  hledger's text has what is posted (*) and what is on its way (!), not what was refused."
)]
struct Journals {
    #[command(flatten)]
    which: Which,
    #[arg(long, value_enum, default_value_t = JournalFormat::Table)]
    format: JournalFormat,
}

/// What needs a person: alarms, parked and rejected orders, rows left in Fusion
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  counterfoil report exceptions --format csv\n\n\
                  Exits with 3 if there is any."
)]
struct Exceptions {
    #[command(flatten)]
    data: DataArgs,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum JournalFormat {
    Table,
    Csv,
    Json,
    Hledger,
}

impl Report {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        match self.report {
            Kind::Reconciliation(arguments) => arguments.run(),
            Kind::Journals(arguments) => arguments.run(),
            Kind::Exceptions(arguments) => arguments.run(),
        }
    }
}

impl Which {
    fn filter(self) -> Filter {
        Filter {
            store: self.store,
            from: self.from,
            to: self.to,
        }
    }
}

impl Reconciliation {
    fn run(self) -> anyhow::Result<Outcome> {
        let views = self.which.data.views()?;
        let report = report::reconciliation(&views, &self.which.filter())?;
        let table = || tables::reconciliation(&report);
        let text = self.format.text(table, || report.csv(), || report.json())?;
        print!("{text}");
        Ok(Outcome::in_order(report.agrees()))
    }
}

impl Journals {
    fn run(self) -> anyhow::Result<Outcome> {
        let views = self.which.data.views()?;
        let journals = report::journals(&views, &self.which.filter())?;
        let text = match self.format {
            JournalFormat::Table => tables::journals(&journals),
            JournalFormat::Csv => journals.csv()?,
            JournalFormat::Json => journals.json()?,
            JournalFormat::Hledger => journals.hledger(),
        };
        print!("{text}");
        Ok(Outcome::Fine)
    }
}

impl Exceptions {
    fn run(self) -> anyhow::Result<Outcome> {
        let exceptions = report::exceptions(&self.data.views()?)?;
        let table = || tables::exceptions(&exceptions);
        let text = self
            .format
            .text(table, || exceptions.csv(), || exceptions.json())?;
        print!("{text}");
        Ok(Outcome::in_order(exceptions.is_in_order()))
    }
}
