//! What all decisions have in common: who and why, and what is shown of it.

use anyhow::anyhow;
use clap::Args;
use decisions::{Choice, DecisionError, Field, Proposal, Request};
use jiff::Timestamp;
use schemas::{LedgerKey, Writer};
use service::{ServiceArgs, config::Config, users};

use crate::{exit::Outcome, tables};

/// As many of what is concerned are shown.
const MOST_SHOWN: usize = 20;

/// What every decision has
#[derive(Debug, Args)]
pub(super) struct Decider {
    #[command(flatten)]
    service: ServiceArgs,
    /// The ledger, by its key; needed where it does not follow from the rest
    #[arg(long)]
    ledger: Option<LedgerKey>,
    /// Why; it is kept for ever, so name no customer
    #[arg(long)]
    reason: String,
    /// Who decides, if not the user of this machine, who is then named with them
    #[arg(long)]
    by: Option<String>,
    /// Show what it would concern, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Decider {
    /// Shows what the choice concerns and, unless it is only tried, writes it.
    pub(super) async fn decide(self, choice: Choice) -> anyhow::Result<Outcome> {
        let config = Config::load(&self.service.config)?;
        let request = Request {
            choice,
            ledger: self.ledger,
            by: decisions::actor(self.by.as_deref(), &users::current()),
            reason: self.reason,
            at: Timestamp::now(),
            writer: Writer::Operator,
        };
        let proposal = match decisions::propose(&config, &request) {
            Ok(proposal) => proposal,
            Err(DecisionError::Nothing(what)) => {
                eprintln!("{what}; nothing is written");
                return Ok(Outcome::NotInOrder);
            }
            Err(error) => return Err(with_argument(error)),
        };
        show(&proposal);
        let kind = proposal.event.payload.event_type();
        if self.dry_run {
            println!("{kind} is not written: this was a dry run");
            return Ok(Outcome::Fine);
        }
        let sequence = decisions::publish(&config, &proposal.event).await?;
        println!(
            "{kind} is written as event {sequence} of the stream, by {}",
            request.by.trim()
        );
        Ok(Outcome::Fine)
    }
}

fn show(proposal: &Proposal) {
    let late = proposal.on_their_way();
    if late > 0 {
        println!("{late} of these are on their way to Fusion already, and are not affected");
    }
    let (mut shown, count) = (proposal.concerned.clone(), proposal.concerned.items.len());
    shown.items.truncate(MOST_SHOWN);
    print!("{}", tables::outstanding(&shown, proposal.event.time));
    if count > MOST_SHOWN {
        let more = count - MOST_SHOWN;
        println!("and {more} more: counterfoil journals list shows all");
    }
}

/// The error, with the argument that is to be given otherwise.
fn with_argument(error: DecisionError) -> anyhow::Error {
    let argument = match error.field() {
        None => return error.into(),
        Some(Field::By) => "--by",
        Some(Field::Reason) => "--reason",
        Some(Field::Ledger) => "--ledger",
    };
    anyhow!("{error} ({argument})")
}
