//! The decisions, as they are given on the command line.

use clap::Args;
use decisions::Choice;
use schemas::{EntityKey, JournalKey};

use super::decider::Decider;
use crate::exit::Outcome;

/// Try rejected journals again, once their cause is gone
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                  counterfoil journals retry us-1001-1 --reason \"account created\"\n  \
                  counterfoil journals retry us/1001 --reason \"rate loaded\"\n  \
                  counterfoil journals retry --code EF04 --ledger us --reason \"accounts created\"\n\n\
                  Exits with 3 if nothing rejected is meant by it.")]
pub(super) struct Retry {
    /// A journal (`us-1001-1`), an order with its refunds (`us/1001`) or a refund
    #[arg(required_unless_present = "code", conflicts_with = "code")]
    what: Option<String>,
    /// All of the ledger that were refused with this code
    #[arg(long, requires = "ledger")]
    code: Option<String>,
    #[command(flatten)]
    decider: Decider,
}

/// Send nothing new of an order, a refund or a whole ledger, until it is released
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                  counterfoil journals hold us/1001 --reason \"disputed\"\n  \
                  counterfoil journals hold --ledger us --reason \"year end\"\n\n\
                  What is on its way already is not affected.")]
pub(super) struct Hold {
    /// An order with its refunds (`us/1001`) or a refund; without it, the whole ledger
    #[arg(required_unless_present = "ledger")]
    what: Option<EntityKey>,
    #[command(flatten)]
    decider: Decider,
}

/// End a hold
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  counterfoil journals release us/1001 --reason \"settled\"\n\n\
                  It ends the hold on exactly this. Exits with 3 if there is none."
)]
pub(super) struct Release {
    /// As it was held; without it, the whole ledger
    #[arg(required_unless_present = "ledger")]
    what: Option<EntityKey>,
    #[command(flatten)]
    decider: Decider,
}

/// Confirm that the rows left under a group were removed from Fusion's interface table
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  counterfoil journals clear-group 4711000001 --reason \"Delete Journal Import Data, request 812\"\n\n\
                  Exits with 3 if no rows are known to be left under it.")]
pub(super) struct ClearGroup {
    group: u64,
    #[command(flatten)]
    decider: Decider,
}

/// Let a ledger go on after an alarm, once it is put right in Fusion
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  counterfoil journals acknowledge --ledger us --reason \"second batch reversed, see ticket\"\n\n\
                  Exits with 3 if the ledger is under no alarm.")]
pub(super) struct Acknowledge {
    #[command(flatten)]
    decider: Decider,
}

impl Retry {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let which = match self.what {
            None => schemas::Retry::Code {
                code: self.code.unwrap_or_default(),
            },
            Some(text) => named(text),
        };
        self.decider.decide(Choice::Retry(which)).await
    }
}

/// An order or a refund if it reads like one, or else a journal.
fn named(text: String) -> schemas::Retry {
    match text.parse() {
        Ok(entity) => schemas::Retry::Entity { entity },
        Err(_) => schemas::Retry::Journals {
            keys: vec![JournalKey(text)],
        },
    }
}

impl Hold {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        self.decider.decide(Choice::Hold(self.what)).await
    }
}

impl Release {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        self.decider.decide(Choice::Release(self.what)).await
    }
}

impl ClearGroup {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        self.decider.decide(Choice::ClearGroup(self.group)).await
    }
}

impl Acknowledge {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        self.decider.decide(Choice::Acknowledge).await
    }
}
