//! What all decisions have in common: who and why, the ledger, and the writing.

use std::collections::BTreeSet;

use anyhow::bail;
use clap::Args;
use jiff::Timestamp;
use nix::unistd::{Uid, User};
use schemas::{Decision, EntityKey, Event, EventId, LedgerKey, Payload};
use service::{ServiceArgs, config::Config};
use views::{
    Views,
    report::{self, Format, Outstanding, Status, Wanted},
};

use super::send;
use crate::exit::Outcome;

/// The longest name and reason, in characters.
const MOST_CHARACTERS: usize = 500;
/// As many of what is concerned are shown.
const MOST_SHOWN: usize = 20;

/// What every decision has
#[derive(Debug, Args)]
pub struct Deciding {
    #[command(flatten)]
    service: ServiceArgs,
    /// The ledger, by its key; needed where it does not follow from the rest
    #[arg(long)]
    ledger: Option<LedgerKey>,
    /// Why; it is kept for ever, so name no customer
    #[arg(long)]
    reason: String,
    /// Who decides; by default the user of this machine
    #[arg(long)]
    by: Option<String>,
    /// Show what it would concern, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// A decision that is complete but for what it is about.
pub struct Ready {
    config: Config,
    ledger: Option<LedgerKey>,
    pub decision: Decision,
    dry_run: bool,
}

impl Deciding {
    pub fn ready(&self) -> anyhow::Result<Ready> {
        let config = Config::load(&self.service.config)?;
        if let Some(ledger) = &self.ledger
            && !config.ledgers.contains_key(ledger)
        {
            bail!("ledger `{ledger}` is not configured: take a key of [ledgers]");
        }
        let by = self.by.clone().unwrap_or_else(user);
        // To the second: what is given twice in one moment is one decision.
        let now = Timestamp::from_second(Timestamp::now().as_second())?;
        Ok(Ready {
            decision: Decision {
                by: plain("--by", &by)?,
                reason: plain("--reason", &self.reason)?,
                at: now,
            },
            config,
            ledger: self.ledger.clone(),
            dry_run: self.dry_run,
        })
    }
}

impl Ready {
    fn views(&self) -> anyhow::Result<Views> {
        let folder = views::folder(&self.config.data_dir);
        Ok(Views::open(&folder)?)
    }

    /// What is outstanding, of the ledger if one was given.
    pub fn list(&self, status: Option<Status>) -> anyhow::Result<Outstanding> {
        let wanted = Wanted {
            ledger: self.ledger.clone(),
            status,
            ..Wanted::default()
        };
        Ok(report::outstanding(&self.views()?, &wanted)?)
    }

    /// The ledgers in which exactly this is held.
    pub fn holds(&self, entity: Option<&EntityKey>) -> anyhow::Result<Vec<LedgerKey>> {
        let held = report::holds(&self.views()?, entity)?;
        let is_meant = |it: &LedgerKey| self.ledger.as_ref().is_none_or(|ledger| ledger == it);
        Ok(held.into_iter().filter(is_meant).collect())
    }

    /// The ledger that all of these are of; none if there are none of these.
    pub fn ledger_of(&self, concerned: &Outstanding) -> anyhow::Result<Option<LedgerKey>> {
        let ledgers: BTreeSet<&str> = concerned
            .items
            .iter()
            .map(|it| it.ledger.as_str())
            .collect();
        let mut ledgers = ledgers.into_iter();
        match (ledgers.next(), ledgers.next()) {
            (Some(one), None) => Ok(Some(one.parse()?)),
            (None, _) => Ok(None),
            _ => bail!("this is of more than one ledger: give one by --ledger"),
        }
    }

    /// The ledger that was given, or the only one there is.
    pub fn only_ledger(&self) -> anyhow::Result<LedgerKey> {
        let mut configured = self.config.ledgers.keys();
        match (&self.ledger, configured.next(), configured.next()) {
            (Some(ledger), ..) | (None, Some(ledger), None) => Ok(ledger.clone()),
            _ => bail!("the ledger of this order is not known yet: give it by --ledger"),
        }
    }

    /// The event of a decision about an order, or about a ledger.
    pub fn event(
        &self,
        id: EventId,
        about: Option<&EntityKey>,
        ledger: &LedgerKey,
        payload: Payload,
    ) -> Event {
        let story = about.map_or_else(|| ledger.to_string(), |it| it.parent().to_string());
        Event {
            id,
            source: "counterfoil/cli".to_owned(),
            time: self.decision.at,
            subject: about.map_or_else(|| ledger.to_string(), EntityKey::to_string),
            causation: None,
            correlation: story.clone(),
            partition_key: story,
            payload,
        }
    }

    /// Shows what it concerns and, unless it is only tried, writes it.
    pub async fn write(&self, concerned: &Outstanding, event: Event) -> anyhow::Result<Outcome> {
        let (mut shown, count) = (concerned.clone(), concerned.items.len());
        shown.items.truncate(MOST_SHOWN);
        print!("{}", shown.render(Format::Table, self.decision.at)?);
        if count > MOST_SHOWN {
            println!(
                "and {} more: counterfoil journals list shows all",
                count - MOST_SHOWN
            );
        }
        let kind = event.payload.event_type();
        if self.dry_run {
            println!("{kind} is not written: this was a dry run");
            return Ok(Outcome::Fine);
        }
        let offset = send::publish(&self.config, &event).await?;
        println!(
            "{kind} is written at offset {offset}, by {}",
            self.decision.by
        );
        Ok(Outcome::Fine)
    }
}

/// The text in one line, if it says something and is not too long.
fn plain(name: &str, text: &str) -> anyhow::Result<String> {
    let text = text.trim();
    if text.is_empty() {
        bail!("{name} is empty: it is kept with the decision, so say it");
    }
    if text.chars().count() > MOST_CHARACTERS || text.chars().any(char::is_control) {
        bail!("{name} must be one line of at most {MOST_CHARACTERS} characters");
    }
    Ok(text.to_owned())
}

/// The user that this process runs as: the name, or the number of one without.
fn user() -> String {
    let id = Uid::effective();
    match User::from_uid(id) {
        Ok(Some(user)) => user.name,
        Ok(None) | Err(_) => format!("uid {id}"),
    }
}
