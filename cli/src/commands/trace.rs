//! `counterfoil trace`: the story of an order, from the webhook to the ledger.

use clap::Args;
use schemas::StoreKey;
use views::report::{self, TraceQuery};

use super::data_folder::DataArgs;
use crate::{exit::Outcome, format::Format, tables};

/// Show the whole life of an order, up to the batch and journal in the ledger
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil trace order 1001\n  counterfoil trace order 1001 --store us --format json\n  \
                  counterfoil trace journal us-1001-1\n  counterfoil trace journal us-261102USDo-7h3k9"
)]
pub(super) struct TraceArgs {
    /// An order (`order 1001`, `us/1001`), a refund (`us/1001/refund/7`), a journal or the summary of a day (`journal us-1001-1`), a batch, or an event's id
    #[arg(required = true, num_args = 1..=2, value_name = "WHAT")]
    what: Vec<String>,
    /// The store of an order that is given by its number
    #[arg(long)]
    store: Option<StoreKey>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    data: DataArgs,
}

impl TraceArgs {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let query = self.query()?;
        let views = self.data.views()?;
        let trace = report::trace(&views, &query)?;
        if trace.is_empty() {
            eprintln!("nothing is known of {}", self.what.join(" "));
            return Ok(Outcome::NotInOrder);
        }
        let table = || tables::trace(&trace);
        let text = self.format.text(table, || trace.csv(), || trace.json())?;
        print!("{text}");
        Ok(Outcome::Fine)
    }

    /// `order 1001` and `1001` are the same, and so with `journal`.
    fn query(&self) -> anyhow::Result<TraceQuery> {
        let text = match self.what.as_slice() {
            [kind, text] if kind == "order" || kind == "journal" => text,
            [text] => text,
            _ => anyhow::bail!(
                "`{}` cannot be traced: write `order` and a number, or `journal` and its name",
                self.what.join(" ")
            ),
        };
        let query: TraceQuery = text.parse()?;
        Ok(match &self.store {
            Some(store) => query.in_store(store),
            None => query,
        })
    }
}
