//! What other rules would change: the newest target of each order and refund as
//! the log has it, beside the one it would have had if the other rules had been
//! in force for all of that part of the log.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use schemas::{EntityKey, Event, EventId, OrderId, RefundId, StoreKey};
use serde::{Deserialize, Serialize};
use stream::{EventLog, LogRecord};

use crate::{
    AccountKey, EntitiesError, Outcome, Range, ReplayError, State, entities::Entities,
    outcome::Verdict, scan::scan,
};
use mapping::{Cause, RuleSet, map_event};

/// Maps a part of the log again under `rules`, and compares. `progress` is told
/// each offset that is done.
pub fn what_if(
    log: &EventLog,
    range: Range,
    rules: &RuleSet,
    mut progress: impl FnMut(u64),
) -> Result<WhatIf, ReplayError> {
    let mut what_if = WhatIf::new()?;
    scan(
        log,
        range,
        |record| Ok(step(&record, rules)),
        |done, steps| {
            for step in steps {
                what_if.take(step)?;
            }
            progress(done);
            Ok(())
        },
    )?;
    Ok(what_if)
}

/// What one record of the log contributes.
#[derive(Debug)]
pub(super) enum Step {
    /// What the rules in question make of a state.
    Would(State),
    /// What the log says that was made of it.
    Was(State),
    /// The event at this offset cannot be read.
    Unreadable(u64),
}

fn step(record: &LogRecord, rules: &RuleSet) -> Option<Step> {
    let kind = record.event.event_type()?;
    let is_cause = Cause::TYPES.contains(&kind);
    if !is_cause && !Verdict::TYPES.contains(&kind) {
        return None;
    }
    let Ok(event) = record.event.decode() else {
        return Some(Step::Unreadable(record.offset));
    };
    match is_cause {
        true => mapped_again(&event, rules).map(Step::Would),
        false => State::of(event).map(Step::Was),
    }
}

fn mapped_again(event: &Event, rules: &RuleSet) -> Option<State> {
    State::of(map_event(event, rules)?)
}

/// The comparison as it goes on. Of each order and refund it keeps no more than
/// the newest state's two targets, as numbers, and those in a file.
#[derive(Debug)]
pub struct WhatIf {
    stores: Vec<StoreKey>,
    pub(super) accounts: BTreeMap<AccountKey, u32>,
    pub(super) entities: Entities,
    /// Mapped again, and what the log made of it not met yet.
    pub(super) waiting: BTreeMap<EventId, State>,
    pub(super) unreadable: Vec<u64>,
}

/// An order or refund, in a few bytes: the store by its number here.
pub(super) type ShortKey = (u32, OrderId, Option<RefundId>);

/// An account by its number here, and minor units on it.
pub(super) type Nets = Box<[(u32, i64)]>;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Both {
    cause: EventId,
    modified: Timestamp,
    pub(super) was: Side,
    /// None: the same as it was.
    pub(super) would: Option<Side>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Side {
    pub(super) nets: Nets,
    pub(super) date: Option<Date>,
    pub(super) parked: Option<Box<str>>,
}

impl WhatIf {
    fn new() -> Result<Self, EntitiesError> {
        Ok(WhatIf {
            stores: Vec::new(),
            accounts: BTreeMap::new(),
            entities: Entities::new()?,
            waiting: BTreeMap::new(),
            unreadable: Vec::new(),
        })
    }

    pub(super) fn take(&mut self, step: Step) -> Result<(), EntitiesError> {
        match step {
            Step::Would(state) => {
                self.waiting.insert(state.cause, state);
            }
            Step::Was(state) => self.was(state)?,
            Step::Unreadable(offset) => self.unreadable.push(offset),
        }
        Ok(())
    }

    fn was(&mut self, was: State) -> Result<(), EntitiesError> {
        let key = self.short(&was.entity);
        match self.waiting.remove(&was.cause) {
            Some(would) => self.both(key, was, would),
            // Mapped once more, under rules changed meanwhile: the last one counts.
            // A verdict whose cause lies before the part that is read is no matter.
            None => {
                let known = self.entities.get(key)?;
                let Some(mut both) = known.filter(|both| both.cause == was.cause) else {
                    return Ok(());
                };
                let would = both.would.take().unwrap_or_else(|| both.was.clone());
                both.was.turn(was.outcome, &mut self.accounts);
                both.would = (would != both.was).then_some(would);
                self.entities.put(key, &both, false)
            }
        }
    }

    fn both(&mut self, key: ShortKey, was: State, would: State) -> Result<(), EntitiesError> {
        let known = self.entities.get(key)?;
        let is_new = known.is_none();
        let mut both = known.unwrap_or_else(|| Both {
            cause: was.cause,
            modified: was.modified,
            was: Side::default(),
            would: None,
        });
        // An older snapshot never replaces a newer one.
        if was.modified < both.modified {
            return Ok(());
        }
        (both.cause, both.modified) = (was.cause, was.modified);
        let mut side = both.would.take().unwrap_or_else(|| both.was.clone());
        side.turn(would.outcome, &mut self.accounts);
        both.was.turn(was.outcome, &mut self.accounts);
        both.would = (side != both.was).then_some(side);
        self.entities.put(key, &both, is_new)
    }

    fn short(&mut self, entity: &EntityKey) -> ShortKey {
        let known = self.stores.iter().position(|store| *store == entity.store);
        let store = known.unwrap_or_else(|| {
            self.stores.push(entity.store.clone());
            self.stores.len() - 1
        });
        let store = u32::try_from(store).expect("there are few stores");
        (store, entity.order, entity.refund)
    }

    pub(super) fn long(&self, (store, order, refund): ShortKey) -> EntityKey {
        EntityKey {
            store: self.stores[store as usize].clone(),
            order,
            refund,
        }
    }
}

impl Side {
    fn turn(&mut self, outcome: Outcome, accounts: &mut BTreeMap<AccountKey, u32>) {
        self.parked = None;
        match outcome {
            Outcome::Hold => {}
            Outcome::Parked(reason) => self.parked = Some(reason.into()),
            Outcome::Target { date, nets } => {
                self.date = Some(date);
                let nets = nets
                    .into_iter()
                    .map(|(key, net)| (number(accounts, key), net));
                self.nets = nets.collect();
            }
        }
    }

    /// What is debited, which is what is credited.
    pub(super) fn total(&self) -> i128 {
        let nets = self.nets.iter().map(|&(_, net)| i128::from(net));
        nets.filter(|net| *net > 0).sum()
    }
}

fn number(accounts: &mut BTreeMap<AccountKey, u32>, key: AccountKey) -> u32 {
    let next = u32::try_from(accounts.len()).expect("no chart has four thousand million accounts");
    *accounts.entry(key).or_insert(next)
}

impl Both {
    pub(super) fn is_booked_otherwise(&self) -> bool {
        self.would
            .as_ref()
            .is_some_and(|would| would.nets != self.was.nets || would.date != self.was.date)
    }

    /// What goes from some accounts to others. Both journals balance, so it is
    /// half of all differences.
    pub(super) fn moved(&self) -> i128 {
        if self.would.is_none() {
            return 0;
        }
        let sums = self.sums();
        sums.values()
            .map(|(was, would)| (would - was).abs())
            .sum::<i128>()
            / 2
    }

    /// By account: what it was and what it would be.
    pub(super) fn sums(&self) -> BTreeMap<u32, (i128, i128)> {
        let mut sums: BTreeMap<u32, (i128, i128)> = BTreeMap::new();
        for &(account, net) in &self.was.nets {
            sums.entry(account).or_default().0 += i128::from(net);
        }
        let would = self.would.as_ref().unwrap_or(&self.was);
        for &(account, net) in &would.nets {
            sums.entry(account).or_default().1 += i128::from(net);
        }
        sums
    }
}
