//! What other rules would change: the newest target of each order and refund as
//! the log has it, beside the one it would have had if the other rules had been
//! in force for all of that part of the log.

use std::collections::BTreeMap;

use eventlog::{EventLog, LogRecord};
use mapping::{Cause, RuleSet, map_event};
use schemas::{EntityKey, Event, EventId, StoreKey};

use crate::{
    ComparisonsError, Range, ReplayError, Verdict,
    comparison::{Accounts, Comparison, ShortKey},
    comparisons::Comparisons,
    scan::scan,
    verdict::VerdictEvent,
};

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
        |record| Ok(contribution(&record, rules)),
        |done, contributions| {
            for contribution in contributions {
                what_if.take(contribution)?;
            }
            progress(done);
            Ok(())
        },
    )?;
    Ok(what_if)
}

/// What one record of the log contributes.
#[derive(Debug)]
enum Contribution {
    /// What the rules in question make of a snapshot.
    Would(Verdict),
    /// What the log says that was made of it.
    Was(Verdict),
    /// The event at this offset cannot be read.
    Unreadable(u64),
}

fn contribution(record: &LogRecord, rules: &RuleSet) -> Option<Contribution> {
    let kind = record.event.event_type()?;
    let is_cause = Cause::TYPES.contains(&kind);
    if !is_cause && !VerdictEvent::TYPES.contains(&kind) {
        return None;
    }
    let Ok(event) = record.event.decode() else {
        return Some(Contribution::Unreadable(record.offset));
    };
    match is_cause {
        true => mapped_again(&event, rules).map(Contribution::Would),
        false => Verdict::of(event).map(Contribution::Was),
    }
}

fn mapped_again(event: &Event, rules: &RuleSet) -> Option<Verdict> {
    Verdict::of(map_event(event, rules)?)
}

/// The comparison as it goes on. Of each order and refund it keeps no more than
/// the newest state's two targets, as numbers, and those in a file.
#[derive(Debug)]
pub struct WhatIf {
    stores: Vec<StoreKey>,
    pub(crate) accounts: Accounts,
    pub(crate) comparisons: Comparisons,
    /// Mapped again, and what the log made of it not met yet.
    pub(crate) waiting: BTreeMap<EventId, Verdict>,
    pub(crate) unreadable: Vec<u64>,
}

impl WhatIf {
    fn new() -> Result<Self, ComparisonsError> {
        Ok(WhatIf {
            stores: Vec::new(),
            accounts: Accounts::default(),
            comparisons: Comparisons::new()?,
            waiting: BTreeMap::new(),
            unreadable: Vec::new(),
        })
    }

    fn take(&mut self, contribution: Contribution) -> Result<(), ComparisonsError> {
        match contribution {
            Contribution::Would(verdict) => {
                self.waiting.insert(verdict.cause, verdict);
            }
            Contribution::Was(verdict) => self.compare(verdict)?,
            Contribution::Unreadable(offset) => self.unreadable.push(offset),
        }
        Ok(())
    }

    fn compare(&mut self, was: Verdict) -> Result<(), ComparisonsError> {
        let key = self.short(&was.entity);
        let known = self.comparisons.get(key)?;
        let is_new = known.is_none();
        let Some(would) = self.waiting.remove(&was.cause) else {
            // Mapped once more, under rules changed meanwhile: the last one counts.
            // A verdict whose cause lies before the part that is read is no matter.
            return match known.filter(|known| known.cause == was.cause) {
                Some(mut comparison) => {
                    comparison.take_again(was, &mut self.accounts);
                    self.comparisons.put(key, &comparison, false)
                }
                None => Ok(()),
            };
        };
        let mut comparison = known.unwrap_or_else(|| Comparison::of(&was));
        match comparison.take(was, would, &mut self.accounts) {
            true => self.comparisons.put(key, &comparison, is_new),
            false => Ok(()),
        }
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

    pub(crate) fn long(&self, (store, order, refund): ShortKey) -> EntityKey {
        EntityKey {
            store: self.stores[store as usize].clone(),
            order,
            refund,
        }
    }
}
