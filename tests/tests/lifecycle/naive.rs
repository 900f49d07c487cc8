//! The lifecycle once more, told from the beginning each time: slow, and with none of
//! the code that books and views share.

use std::collections::{BTreeMap, BTreeSet};

use schemas::{
    BatchKey, EntityKey, Event, EventId, Journal, JournalKey, JournalRejected, JournalSubmitted,
    LedgerKey, Mapped, Payload, Posting, Recognition, Retry, Step,
};

/// Minor units per account, debits positive, without accounts that come to nothing.
pub type Net = BTreeMap<String, i64>;

/// All that was told, copies left out.
#[derive(Debug, Default)]
pub struct Model {
    ids: BTreeSet<EventId>,
    targets: BTreeMap<EntityKey, Vec<(EventId, Mapped)>>,
    ledgers: BTreeMap<LedgerKey, Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    /// By journal.
    posted: BTreeMap<JournalKey, Posting>,
    /// The attempts that are neither posted nor given up, with the journals left.
    sent: BTreeMap<(BatchKey, u32), Vec<Posting>>,
    /// By what was refused, with its code and journal.
    refused: BTreeMap<EntityKey, JournalRejected>,
    /// The last decision to try the newest target again.
    retried: BTreeMap<EntityKey, EventId>,
    held: BTreeSet<EntityKey>,
}

impl Model {
    pub fn tell(&mut self, event: &Event) {
        if !self.ids.insert(event.id) {
            return;
        }
        match &event.payload {
            Payload::OrderMapped(it) | Payload::RefundMapped(it) => {
                let before = self.newest(&it.entity).map(|(id, _)| id);
                let targets = self.targets.entry(it.entity.clone()).or_default();
                targets.push((event.id, it.clone()));
                if self.newest(&it.entity).map(|(id, _)| id) != before {
                    for ledger in self.ledgers.values_mut() {
                        ledger.refused.remove(&it.entity);
                        ledger.retried.remove(&it.entity);
                    }
                }
            }
            Payload::JournalSubmitted(it) => self.ledger(&it.ledger).step(it),
            Payload::JournalPosted(it) | Payload::RefundReversed(it) => {
                let ledger = self.ledger(&it.ledger);
                let mut attempts = ledger.sent.iter_mut();
                let posting = attempts.find_map(|((batch, _), left)| {
                    let place = left.iter().position(|posting| posting.key == it.key)?;
                    (*batch == it.batch).then(|| left.remove(place))
                });
                ledger.posted.insert(it.key.clone(), posting.unwrap());
            }
            Payload::JournalRejected(it) => self.rejected(it),
            Payload::JournalHeld(it) => {
                let entity = it.entity.iter().cloned();
                self.ledger(&it.ledger).held.extend(entity);
            }
            Payload::JournalReleased(it) => {
                if let Some(entity) = &it.entity {
                    self.ledger(&it.ledger).held.remove(entity);
                }
            }
            Payload::JournalRetried(it) => {
                let ledger = self.ledger(&it.ledger);
                let (again, refused) = std::mem::take(&mut ledger.refused)
                    .into_iter()
                    .partition(|(key, refused)| is_meant(&it.which, key, refused));
                ledger.refused = refused;
                let again: BTreeMap<EntityKey, JournalRejected> = again;
                let again = again.into_keys().map(|key| (key, event.id));
                ledger.retried.extend(again);
            }
            _ => {}
        }
    }

    fn rejected(&mut self, it: &JournalRejected) {
        let newest = self.newest(&it.entity).map(|(id, _)| id);
        let ledger = self.ledger(&it.ledger);
        let is_in_time = match (&it.batch, it.attempt) {
            (Some(batch), Some(attempt)) => {
                let left = ledger.sent.get_mut(&(batch.clone(), attempt));
                left.is_some_and(|left| {
                    let before = left.len();
                    left.retain(|posting| posting.key != it.key);
                    left.len() < before
                })
            }
            _ => !ledger.goes(&it.entity) && ledger.retried.get(&it.entity) == it.after.as_ref(),
        };
        if is_in_time && newest == Some(it.target) {
            ledger.refused.insert(it.entity.clone(), it.clone());
        }
    }

    fn ledger(&mut self, key: &LedgerKey) -> &mut Ledger {
        self.ledgers.entry(key.clone()).or_default()
    }

    /// The target of the newest change; of one change, what was told last.
    fn newest(&self, key: &EntityKey) -> Option<(EventId, &Mapped)> {
        let targets = self.targets.get(key)?;
        let newest = targets.iter().max_by_key(|(_, mapped)| mapped.modified)?;
        Some((newest.0, &newest.1))
    }

    /// The newest target that decides something.
    fn decided(&self, key: &EntityKey) -> Option<(EventId, &Mapped)> {
        let mut decided = None;
        let mut known: Option<&Mapped> = None;
        for (id, mapped) in self.targets.get(key)? {
            if known.is_none_or(|known| known.modified <= mapped.modified) {
                known = Some(mapped);
                if mapped.recognition != Recognition::Hold {
                    decided = Some((*id, mapped));
                }
            }
        }
        decided
    }

    pub fn target(&self, key: &EntityKey) -> Option<EventId> {
        self.decided(key).map(|(id, _)| id)
    }

    pub fn is_held(&self, ledger: &LedgerKey, key: &EntityKey) -> bool {
        let ledger = self.ledgers.get(ledger);
        ledger.is_some_and(|it| it.held.contains(key))
    }

    pub fn is_in_flight(&self, ledger: &LedgerKey, key: &EntityKey) -> bool {
        self.ledgers.get(ledger).is_some_and(|it| it.goes(key))
    }

    pub fn is_refused(&self, ledger: &LedgerKey, key: &EntityKey) -> bool {
        let ledger = self.ledgers.get(ledger);
        ledger.is_some_and(|it| it.refused.contains_key(key))
    }

    pub fn posted(&self, ledger: &LedgerKey, key: &EntityKey) -> usize {
        self.postings(ledger, key).count()
    }

    /// What a ledger has booked.
    pub fn holdings(&self, ledger: &LedgerKey, key: &EntityKey) -> Net {
        let journals = self.postings(ledger, key).map(|it| &it.journal);
        sum(journals.map(net), 1)
    }

    fn postings(&self, ledger: &LedgerKey, key: &EntityKey) -> impl Iterator<Item = &Posting> {
        let posted = self.ledgers.get(ledger).into_iter();
        let posted = posted.flat_map(|it| it.posted.values());
        posted.filter(move |it| it.entity == *key)
    }

    /// The order does not count any more in this ledger.
    fn is_out(&self, ledger: &LedgerKey, order: &EntityKey) -> bool {
        self.newest(order).is_some_and(|(_, it)| {
            it.recognition == Recognition::NotRecognised && it.ledger == *ledger
        })
    }

    /// Whether a ledger does not hold what it should, whoever is to be waited for.
    pub fn lacks(&self, ledger: &LedgerKey, key: &EntityKey) -> bool {
        let Some((_, target)) = self.decided(key) else {
            return false;
        };
        if key.refund.is_some() && self.is_out(ledger, &key.parent()) {
            // The order's reversal gives back what its refunds have not.
            return false;
        }
        let is_here = target.ledger == *ledger;
        let wanted = match target.recognition {
            Recognition::Recognised if is_here => {
                let never_sent = self.posted(ledger, key) == 0;
                if never_sent && !target.journal.is_empty() {
                    return true;
                }
                net(&target.journal)
            }
            Recognition::NotRecognised if is_here && key.refund.is_none() => {
                let refunds = self.targets.keys();
                let refunds = refunds.filter(|it| it.refund.is_some() && it.parent() == *key);
                sum(refunds.map(|refund| self.holdings(ledger, refund)), -1)
            }
            _ => Net::new(),
        };
        wanted != self.holdings(ledger, key)
    }

    /// Where the views must have it, if its newest state in the store is mapped; none
    /// where a status that decides nothing may have it either way.
    pub fn states(&self, key: &EntityKey) -> Option<&'static [&'static str]> {
        let (newest, _) = self.newest(key)?;
        let Some((decided, _)) = self.decided(key) else {
            return Some(&["held"]);
        };
        let any = |is: &dyn Fn(&LedgerKey) -> bool| self.ledgers().any(|it| is(&it));
        let refused = any(&|it| self.lacks(it, key) && self.is_refused(it, key));
        let sent = any(&|it| {
            self.ledgers
                .get(it)
                .is_some_and(|it| it.goes_for(key, decided))
        });
        let lacks = any(&|it| self.lacks(it, key));
        Some(match (refused, sent, lacks) {
            (true, ..) => &["rejected"],
            (_, true, _) => &["submitted"],
            (.., true) => &["mapped"],
            // Under it the value may have moved away from what is booked.
            _ if newest != decided => &["posted", "not_due", "mapped"],
            _ => &["posted", "not_due"],
        })
    }

    fn ledgers(&self) -> impl Iterator<Item = LedgerKey> {
        let targets = self.targets.values().flatten();
        let told = targets.map(|(_, mapped)| mapped.ledger.clone());
        let all: BTreeSet<LedgerKey> = told.chain(self.ledgers.keys().cloned()).collect();
        all.into_iter()
    }
}

impl Ledger {
    fn step(&mut self, it: &JournalSubmitted) {
        let attempt = (it.batch.clone(), it.attempt);
        match &it.step {
            Step::Intended { postings } => {
                for posting in postings {
                    self.refused.remove(&posting.entity);
                }
                self.sent.insert(attempt, postings.clone());
            }
            Step::Abandoned { .. } => {
                self.sent.remove(&attempt);
            }
            _ => {}
        }
    }

    fn goes(&self, key: &EntityKey) -> bool {
        self.sent.values().flatten().any(|it| it.entity == *key)
    }

    fn goes_for(&self, key: &EntityKey, target: EventId) -> bool {
        let mut sent = self.sent.values().flatten();
        sent.any(|it| it.entity == *key && it.target == target)
    }
}

fn is_meant(which: &Retry, key: &EntityKey, refused: &JournalRejected) -> bool {
    match which {
        Retry::Journals { keys } => keys.contains(&refused.key),
        Retry::Entity { entity } => entity == key || *entity == key.parent(),
        Retry::Code { code } => *code == refused.code,
    }
}

fn net(journal: &Journal) -> Net {
    let accounts = journal.net_by_account().into_iter();
    accounts
        .map(|(account, minor)| (account.to_string(), minor))
        .collect()
}

fn sum(nets: impl Iterator<Item = Net>, sign: i64) -> Net {
    let mut sum = Net::new();
    for (account, minor) in nets.flatten() {
        *sum.entry(account).or_default() += sign * minor;
    }
    sum.retain(|_, minor| *minor != 0);
    sum
}
