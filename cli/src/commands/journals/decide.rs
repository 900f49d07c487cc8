//! The decisions: what each concerns, and the event that it becomes.

use anyhow::{Context, bail};
use clap::Args;
use schemas::{EntityKey, JournalKey, Payload};
use views::report::{Item, Outstanding, Status};

use super::deciding::Deciding;
use crate::exit::Outcome;

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
            (_, Some(entity), _) => schemas::Retry::Entity { entity },
            (Some(journal), None, _) => schemas::Retry::Journals {
                keys: vec![JournalKey(journal)],
            },
            (None, None, code) => schemas::Retry::Code {
                code: code.unwrap_or_default(),
            },
        };
        let about = match concerned.items.as_slice() {
            [one] => one.entity.as_ref(),
            _ => None,
        };
        let data = schemas::JournalRetried {
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
        let data = schemas::JournalHeld {
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
        let data = schemas::JournalReleased {
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
        let data = schemas::GroupCleared {
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
        let data = schemas::LedgerAcknowledged {
            ledger: ledger.clone(),
            alarm,
            decision: deciding.decision.clone(),
        };
        let (id, payload) = (data.event_id(), Payload::LedgerAcknowledged(data));
        let event = deciding.event(id, None, &ledger, payload);
        deciding.write(&concerned, event).await
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
