//! The decisions: what each concerns, and the event that it becomes.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use nix::unistd::{Uid, User};
use projector::{
    Views,
    report::{self, Format, Item, Outstanding, Status, Wanted},
};
use schemas::{
    EntityKey, Event, EventId, JournalKey, LedgerKey, Payload,
    v1::{self, Decision},
};
use service::{ServiceArgs, config::Config};

use super::send;
use crate::exit::Outcome;

/// The longest name and reason, in characters.
const MOST_CHARACTERS: usize = 500;
/// As many of what is concerned are shown.
const MOST_SHOWN: usize = 20;

/// What every decision has
#[derive(Debug, Args)]
struct Deciding {
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

/// Try rejected journals again, once their cause is gone
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                  counterfoil journals retry us-1001-1 --reason \"account created\"\n  \
                  counterfoil journals retry us/1001 --reason \"rate loaded\"\n  \
                  counterfoil journals retry --code EF04 --ledger us --reason \"accounts created\"\n\n\
                  Exits with 3 if nothing rejected is meant by it.")]
pub struct Retry {
    /// A journal (`us-1001-1`), an order with its refunds (`us/1001`) or a refund
    #[arg(required_unless_present = "code", conflicts_with = "code")]
    what: Option<String>,
    /// All of the ledger that were refused with this code
    #[arg(long, requires = "ledger")]
    code: Option<String>,
    #[command(flatten)]
    deciding: Deciding,
}

/// Send nothing new of an order, a refund or a whole ledger, until it is released
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                  counterfoil journals hold us/1001 --reason \"disputed\"\n  \
                  counterfoil journals hold --ledger us --reason \"year end\"\n\n\
                  What is on its way already is not affected.")]
pub struct Hold {
    /// An order with its refunds (`us/1001`) or a refund; without it, the whole ledger
    #[arg(required_unless_present = "ledger")]
    what: Option<EntityKey>,
    #[command(flatten)]
    deciding: Deciding,
}

/// End a hold
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  counterfoil journals release us/1001 --reason \"settled\"\n\n\
                  It ends the hold on exactly this. Exits with 3 if there is none."
)]
pub struct Release {
    /// As it was held; without it, the whole ledger
    #[arg(required_unless_present = "ledger")]
    what: Option<EntityKey>,
    #[command(flatten)]
    deciding: Deciding,
}

/// Confirm that the rows left under a group were removed from Fusion's interface table
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  counterfoil journals clear-group 4711000001 --reason \"Delete Journal Import Data, request 812\"\n\n\
                  Exits with 3 if no rows are known to be left under it.")]
pub struct ClearGroup {
    group: u64,
    #[command(flatten)]
    deciding: Deciding,
}

/// Let a ledger go on after an alarm, once it is put right in Fusion
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  counterfoil journals acknowledge --ledger us --reason \"second batch reversed, see ticket\"\n\n\
                  Exits with 3 if the ledger is under no alarm.")]
pub struct Acknowledge {
    #[command(flatten)]
    deciding: Deciding,
}

impl Retry {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let deciding = self.deciding.ready()?;
        let rejected = deciding.list(Some(Status::Rejected))?;
        let entity: Option<EntityKey> = self.what.as_deref().and_then(|it| it.parse().ok());
        let is_meant = |item: &Item| match (&self.what, &entity) {
            (None, _) => item.code == self.code,
            (Some(_), Some(entity)) => is_of(item, entity),
            (Some(journal), None) => item.journal.as_ref() == Some(journal),
        };
        let concerned = only(rejected, is_meant);
        let Some(ledger) = deciding.ledger_of(&concerned)? else {
            return nothing("nothing that stands rejected is meant by this");
        };
        let which = match (self.what, entity, self.code) {
            (_, Some(entity), _) => v1::Retry::Entity { entity },
            (Some(journal), None, _) => v1::Retry::Journals {
                keys: vec![JournalKey(journal)],
            },
            (None, None, code) => v1::Retry::Code {
                code: code.unwrap_or_default(),
            },
        };
        let about = match concerned.items.as_slice() {
            [one] => one.entity.as_ref(),
            _ => None,
        };
        let data = v1::JournalRetried {
            ledger: ledger.clone(),
            which,
            decision: deciding.decision.clone(),
        };
        let (id, payload) = (data.event_id(), Payload::JournalRetried(data));
        let event = deciding.event(id, about, &ledger, payload);
        deciding.write(&concerned, event).await
    }
}

impl Hold {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let deciding = self.deciding.ready()?;
        let entity = self.what;
        let concerned = only(deciding.list(None)?, |item| {
            entity.as_ref().is_none_or(|entity| is_of(item, entity)) && item.entity.is_some()
        });
        let ledger = match deciding.ledger_of(&concerned)? {
            Some(ledger) => ledger,
            None => deciding.only_ledger()?,
        };
        let on_its_way = |item: &&Item| matches!(item.status, Status::InFlight | Status::Imported);
        let on_their_way = concerned.items.iter().filter(on_its_way).count();
        if on_their_way > 0 {
            println!(
                "{on_their_way} of these are on their way to Fusion already, and are not affected"
            );
        }
        let data = v1::JournalHeld {
            ledger: ledger.clone(),
            entity: entity.clone(),
            decision: deciding.decision.clone(),
        };
        let (id, payload) = (data.event_id(), Payload::JournalHeld(data));
        let event = deciding.event(id, entity.as_ref(), &ledger, payload);
        deciding.write(&concerned, event).await
    }
}

impl Release {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let deciding = self.deciding.ready()?;
        let entity = self.what;
        let ledgers = deciding.holds(entity.as_ref())?;
        let ledger = match ledgers.as_slice() {
            [] => return nothing("there is no hold on this"),
            [one] => one.clone(),
            _ => bail!("it is held in more than one ledger: give one by --ledger"),
        };
        let concerned = only(deciding.list(Some(Status::Held))?, |item| {
            item.ledger == ledger.as_str()
                && entity.as_ref().is_none_or(|entity| is_of(item, entity))
        });
        let data = v1::JournalReleased {
            ledger: ledger.clone(),
            entity: entity.clone(),
            decision: deciding.decision.clone(),
        };
        let (id, payload) = (data.event_id(), Payload::JournalReleased(data));
        let event = deciding.event(id, entity.as_ref(), &ledger, payload);
        deciding.write(&concerned, event).await
    }
}

impl ClearGroup {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let deciding = self.deciding.ready()?;
        let stuck = deciding.list(Some(Status::Stuck))?;
        let concerned = only(stuck, |item| item.group == Some(self.group));
        let Some(ledger) = deciding.ledger_of(&concerned)? else {
            return nothing("no rows are known to be left under this group");
        };
        let data = v1::GroupCleared {
            ledger: ledger.clone(),
            group: self.group,
            decision: deciding.decision.clone(),
        };
        let (id, payload) = (data.event_id(), Payload::GroupCleared(data));
        let event = deciding.event(id, None, &ledger, payload);
        deciding.write(&concerned, event).await
    }
}

impl Acknowledge {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let deciding = self.deciding.ready()?;
        let concerned = deciding.list(Some(Status::Alarm))?;
        let Some(alarm) = concerned.items.first().and_then(|item| item.alarm) else {
            return nothing("there is no alarm");
        };
        let ledger = deciding.ledger_of(&concerned)?;
        let ledger = ledger.context("the alarm is of no ledger")?;
        let data = v1::LedgerAcknowledged {
            ledger: ledger.clone(),
            alarm,
            decision: deciding.decision.clone(),
        };
        let (id, payload) = (data.event_id(), Payload::LedgerAcknowledged(data));
        let event = deciding.event(id, None, &ledger, payload);
        deciding.write(&concerned, event).await
    }
}

/// A decision that is complete but for what it is about.
struct Ready {
    config: Config,
    ledger: Option<LedgerKey>,
    decision: Decision,
    dry_run: bool,
}

impl Deciding {
    fn ready(&self) -> anyhow::Result<Ready> {
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
        let folder = projector::views_folder(&self.config.data_dir);
        Ok(Views::open(&folder)?)
    }

    /// What is outstanding, of the ledger if one was given.
    fn list(&self, status: Option<Status>) -> anyhow::Result<Outstanding> {
        let wanted = Wanted {
            ledger: self.ledger.clone(),
            status,
            ..Wanted::default()
        };
        Ok(report::outstanding(&self.views()?, &wanted)?)
    }

    /// The ledgers in which exactly this is held.
    fn holds(&self, entity: Option<&EntityKey>) -> anyhow::Result<Vec<LedgerKey>> {
        let held = report::holds(&self.views()?, entity)?;
        let is_meant = |it: &LedgerKey| self.ledger.as_ref().is_none_or(|ledger| ledger == it);
        Ok(held.into_iter().filter(is_meant).collect())
    }

    /// The ledger that all of these are of; none if there are none of these.
    fn ledger_of(&self, concerned: &Outstanding) -> anyhow::Result<Option<LedgerKey>> {
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
    fn only_ledger(&self) -> anyhow::Result<LedgerKey> {
        let mut configured = self.config.ledgers.keys();
        match (&self.ledger, configured.next(), configured.next()) {
            (Some(ledger), ..) | (None, Some(ledger), None) => Ok(ledger.clone()),
            _ => bail!("the ledger of this order is not known yet: give it by --ledger"),
        }
    }

    /// The event of a decision about an order, or about a ledger.
    fn event(
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
    async fn write(&self, concerned: &Outstanding, event: Event) -> anyhow::Result<Outcome> {
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

fn nothing(what: &str) -> anyhow::Result<Outcome> {
    eprintln!("{what}; nothing is written");
    Ok(Outcome::NotInOrder)
}

fn only(mut list: Outstanding, is_meant: impl Fn(&Item) -> bool) -> Outstanding {
    list.items.retain(is_meant);
    list
}

/// An order stands for its refunds too.
fn is_of(item: &Item, entity: &EntityKey) -> bool {
    item.entity
        .as_ref()
        .is_some_and(|it| it == entity || (entity.refund.is_none() && it.parent() == *entity))
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
