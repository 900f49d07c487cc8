//! From what a person asks for to what it concerns and the event that it becomes.

use std::collections::BTreeSet;

use schemas::{
    Decision, EntityKey, Event, GroupCleared, JournalHeld, JournalReleased, JournalRetried,
    LedgerAcknowledged, LedgerKey, Payload, Retry,
};
use service::config::Config;
use views::{
    Views,
    report::{self, Item, Outstanding, Status, Wanted},
};

use crate::{Choice, DecisionError, Nothing, Request};

/// What a request would come to. Nothing is written yet.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// What is outstanding now and concerned by it.
    pub concerned: Outstanding,
    /// The decision as an event.
    pub event: Event,
}

impl Proposal {
    /// How many of what it concerns are on their way to Fusion already, where a hold
    /// does not reach them.
    pub fn on_their_way(&self) -> usize {
        let is_on_its_way = |item: &&Item| match item.status {
            Status::InFlight | Status::Imported => true,
            Status::Alarm | Status::Stuck | Status::Rejected | Status::Held | Status::Due => false,
        };
        self.concerned.items.iter().filter(is_on_its_way).count()
    }
}

/// Finds what the request concerns, as the views of the data folder have it, and
/// makes its event.
///
/// # Errors
///
/// [`DecisionError`] says what is missing or wrong in the request, that there is
/// nothing to decide, or that the views cannot be read.
pub fn propose(config: &Config, request: &Request) -> Result<Proposal, DecisionError> {
    let desk = Desk::open(config, request)?;
    match &request.choice {
        Choice::Retry(which) => desk.retry(which),
        Choice::Hold(entity) => desk.hold(entity.as_ref()),
        Choice::Release(entity) => desk.release(entity.as_ref()),
        Choice::ClearGroup(group) => desk.clear_group(*group),
        Choice::Acknowledge => desk.acknowledge(),
    }
}

/// Where a decision is made: who makes it, and what is known.
struct Desk<'a> {
    config: &'a Config,
    request: &'a Request,
    decision: Decision,
    views: Views,
}

impl Desk<'_> {
    fn open<'a>(config: &'a Config, request: &'a Request) -> Result<Desk<'a>, DecisionError> {
        if let Some(ledger) = &request.ledger
            && !config.ledgers.contains_key(ledger)
        {
            return Err(DecisionError::UnknownLedger(ledger.clone()));
        }
        Ok(Desk {
            config,
            request,
            decision: request.decision()?,
            views: Views::open(&views::folder(&config.data_dir))?,
        })
    }

    fn retry(&self, which: &Retry) -> Result<Proposal, DecisionError> {
        let mut concerned = self.outstanding(Some(Status::Rejected))?;
        concerned.items.retain(|item| is_meant(item, which));
        let Some(ledger) = ledger_of(&concerned)? else {
            return Err(DecisionError::Nothing(Nothing::Rejected));
        };
        let event = self.event(JournalRetried {
            ledger: ledger.clone(),
            which: which.clone(),
            decision: self.decision.clone(),
        });
        // What concerns one order or refund alone is part of its story.
        let event = match concerned.items.as_slice() {
            [one] => one.entity.iter().fold(event, Event::about),
            _ => event,
        };
        Ok(Proposal { concerned, event })
    }

    fn hold(&self, entity: Option<&EntityKey>) -> Result<Proposal, DecisionError> {
        let mut concerned = self.outstanding(None)?;
        concerned.items.retain(|item| {
            item.entity.is_some() && entity.is_none_or(|entity| is_of(item, entity))
        });
        let ledger = match ledger_of(&concerned)? {
            Some(ledger) => ledger,
            None => self.only_ledger()?,
        };
        let event = self.event(JournalHeld {
            ledger: ledger.clone(),
            entity: entity.cloned(),
            decision: self.decision.clone(),
        });
        Ok(Proposal { concerned, event })
    }

    fn release(&self, entity: Option<&EntityKey>) -> Result<Proposal, DecisionError> {
        let ledger = self.ledger_that_holds(entity)?;
        let mut concerned = self.outstanding(Some(Status::Held))?;
        concerned.items.retain(|item| {
            item.ledger == ledger.as_str() && entity.is_none_or(|entity| is_of(item, entity))
        });
        let event = self.event(JournalReleased {
            ledger: ledger.clone(),
            entity: entity.cloned(),
            decision: self.decision.clone(),
        });
        Ok(Proposal { concerned, event })
    }

    fn clear_group(&self, group: u64) -> Result<Proposal, DecisionError> {
        let mut concerned = self.outstanding(Some(Status::Stuck))?;
        concerned.items.retain(|item| item.group == Some(group));
        let Some(ledger) = ledger_of(&concerned)? else {
            return Err(DecisionError::Nothing(Nothing::LeftRows));
        };
        let event = self.event(GroupCleared {
            ledger: ledger.clone(),
            group,
            decision: self.decision.clone(),
        });
        Ok(Proposal { concerned, event })
    }

    fn acknowledge(&self) -> Result<Proposal, DecisionError> {
        let concerned = self.outstanding(Some(Status::Alarm))?;
        let alarm = concerned.items.first().and_then(|item| item.alarm);
        let (Some(alarm), Some(ledger)) = (alarm, ledger_of(&concerned)?) else {
            return Err(DecisionError::Nothing(Nothing::Alarm));
        };
        let event = self.event(LedgerAcknowledged {
            ledger: ledger.clone(),
            alarm,
            decision: self.decision.clone(),
        });
        Ok(Proposal { concerned, event })
    }

    /// What is outstanding, of the ledger if one was given.
    fn outstanding(&self, status: Option<Status>) -> Result<Outstanding, DecisionError> {
        let wanted = Wanted {
            ledger: self.request.ledger.clone(),
            status,
            ..Wanted::default()
        };
        Ok(report::outstanding(&self.views, &wanted)?)
    }

    /// The one ledger in which exactly this is held.
    fn ledger_that_holds(&self, entity: Option<&EntityKey>) -> Result<LedgerKey, DecisionError> {
        let mut held = report::holds(&self.views, entity)?;
        if let Some(ledger) = &self.request.ledger {
            held.retain(|it| it == ledger);
        }
        match held.as_slice() {
            [] => Err(DecisionError::Nothing(Nothing::Held)),
            [one] => Ok(one.clone()),
            _ => Err(DecisionError::HeldInSeveralLedgers),
        }
    }

    /// The ledger that was given, or the only one there is.
    fn only_ledger(&self) -> Result<LedgerKey, DecisionError> {
        let mut configured = self.config.ledgers.keys();
        match (&self.request.ledger, configured.next(), configured.next()) {
            (Some(ledger), ..) | (None, Some(ledger), None) => Ok(ledger.clone()),
            _ => Err(DecisionError::LedgerNotKnown),
        }
    }

    fn event(&self, says: impl Into<Payload>) -> Event {
        Event::of(self.request.writer, self.decision.at, says)
    }
}

/// The ledger that all of these are of; none if there are none of these.
fn ledger_of(concerned: &Outstanding) -> Result<Option<LedgerKey>, DecisionError> {
    let ledgers = concerned.items.iter().map(|it| it.ledger.as_str());
    let ledgers: BTreeSet<&str> = ledgers.collect();
    let mut ledgers = ledgers.into_iter();
    match (ledgers.next(), ledgers.next()) {
        (Some(one), None) => match one.parse() {
            Ok(ledger) => Ok(Some(ledger)),
            Err(_) => Err(DecisionError::Ledger(one.to_owned())),
        },
        (None, _) => Ok(None),
        _ => Err(DecisionError::SeveralLedgers),
    }
}

/// Whether a retry is about this rejection.
fn is_meant(item: &Item, which: &Retry) -> bool {
    match which {
        Retry::Code { code } => item.code.as_ref() == Some(code),
        Retry::Entity { entity } => is_of(item, entity),
        Retry::Journals { keys } => {
            let journal = item.journal.as_ref();
            journal.is_some_and(|journal| keys.iter().any(|key| key.as_str() == journal))
        }
    }
}

/// An order stands for its refunds too.
fn is_of(item: &Item, entity: &EntityKey) -> bool {
    item.entity
        .as_ref()
        .is_some_and(|it| it == entity || (entity.refund.is_none() && it.parent() == *entity))
}
