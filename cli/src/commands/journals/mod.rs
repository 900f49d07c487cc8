//! Journals on their way: what waits where, and what a person decides about it.

mod decide;
mod decider;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use schemas::{LedgerKey, StoreKey};
use views::report::{self, Status, Wanted};

use super::data_folder::DataArgs;
use crate::{exit::Outcome, format::Format, tables};

/// List what is not posted yet, try rejected journals again, hold journals back
#[derive(Debug, Args)]
pub(super) struct JournalsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(List),
    Retry(decide::Retry),
    Hold(decide::Hold),
    Release(decide::Release),
    ClearGroup(decide::ClearGroup),
    Acknowledge(decide::Acknowledge),
}

/// Show what is due, in flight, imported and unposted, rejected, held or left behind
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  counterfoil journals list\n  \
                  counterfoil journals list --state rejected --code EF04 --format csv\n\n\
                  Exits with 3 if something listed is rejected, stuck or an alarm.")]
struct List {
    #[command(flatten)]
    data: DataArgs,
    /// One ledger only, by its key
    #[arg(long)]
    ledger: Option<LedgerKey>,
    /// One store only, by its key
    #[arg(long)]
    store: Option<StoreKey>,
    /// Only what was refused with this code
    #[arg(long)]
    code: Option<String>,
    /// alarm, stuck, rejected, held, imported, in_flight or due
    #[arg(long)]
    state: Option<Status>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

impl JournalsArgs {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::List(list) => list.run(),
            Action::Retry(retry) => retry.run().await,
            Action::Hold(hold) => hold.run().await,
            Action::Release(release) => release.run().await,
            Action::ClearGroup(clear) => clear.run().await,
            Action::Acknowledge(acknowledge) => acknowledge.run().await,
        }
    }
}

impl List {
    fn run(self) -> anyhow::Result<Outcome> {
        let wanted = Wanted {
            ledger: self.ledger,
            store: self.store,
            code: self.code,
            status: self.state,
        };
        let list = report::outstanding(&self.data.views()?, &wanted)?;
        let now = Timestamp::now();
        let table = || tables::outstanding(&list, now);
        let text = self
            .format
            .text(table, || list.csv(now), || list.json(now))?;
        print!("{text}");
        Ok(Outcome::in_order(list.is_in_order()))
    }
}
