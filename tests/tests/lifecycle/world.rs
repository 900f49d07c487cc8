//! A store, two ledgers with their posters, and people who decide: what they do
//! becomes events, as the services would write them.

use std::collections::BTreeMap;

use fixtures::US;
use jiff::{SignedDuration, Timestamp};
use poster::batch;
use schemas::{
    Decision, EntityKey, Event, EventId, ImportedJournal, JournalHeld, JournalImported,
    JournalReleased, JournalRetried, JournalSubmitted, LedgerKey, Payload, Posted, Posting,
    Recognition, Retry, Step,
};

use crate::{
    agreement::Pair,
    events::{CODE, event, journal, key, ledger, posting, rejected, submitted},
};

/// Something that happens. What is not possible at the time is passed over.
#[derive(Debug, Clone)]
pub enum Act {
    /// An order changes: `step` versions after the newest, or before it.
    Order {
        order: u64,
        step: i64,
        what: What,
        us: bool,
    },
    /// It goes to the ledger that its order was last told for.
    Refund {
        order: u64,
        refund: u64,
        step: i64,
        minor: i64,
        is_declined: bool,
    },
    /// What is due goes into a batch.
    Gather {
        us: bool,
        most: usize,
    },
    /// The first journal that is due is refused before it is sent.
    Unsendable {
        us: bool,
    },
    Import {
        us: bool,
    },
    /// The next journal of the imported batches is posted.
    Post {
        us: bool,
    },
    /// The first journal of the open attempt is refused.
    Refuse {
        us: bool,
    },
    Abandon {
        us: bool,
    },
    Hold {
        us: bool,
        order: u64,
        refund: Option<u64>,
        whole: bool,
    },
    Release {
        us: bool,
        order: u64,
        refund: Option<u64>,
        whole: bool,
    },
    Retry {
        us: bool,
        order: u64,
        refund: Option<u64>,
        which: Which,
        by_poster: bool,
    },
    /// An event comes once more.
    Copy {
        back: usize,
    },
}

#[derive(Debug, Clone, Copy)]
pub enum What {
    /// It counts, with so many dollars.
    Counts(i64),
    /// It counts, and its journal comes to nothing on each account.
    Nothing,
    /// It does not count.
    Out,
    /// Its status decides nothing.
    Hold,
    Parked,
    /// Not mapped yet.
    Unmapped,
    /// The store's answer cannot be read.
    Unreadable,
}

#[derive(Debug, Clone, Copy)]
pub enum Which {
    Code,
    Journal,
    Entity,
}

pub struct World {
    pair: Pair,
    told: Vec<Event>,
    versions: BTreeMap<EntityKey, i64>,
    ledgers: BTreeMap<u64, LedgerKey>,
    count: u64,
}

impl World {
    pub fn new() -> World {
        World {
            pair: Pair::new(&["us", "eu"]),
            told: Vec::new(),
            versions: BTreeMap::new(),
            ledgers: BTreeMap::new(),
            count: 0,
        }
    }

    pub fn act(&mut self, act: &Act) -> Result<(), String> {
        self.count += 1;
        let events = self.events(act);
        self.pair.tell(&events);
        self.told.extend(events);
        self.pair.disagreement()
    }

    fn events(&mut self, act: &Act) -> Vec<Event> {
        match *act {
            Act::Order {
                order,
                step,
                what,
                us,
            } => self.order(order, step, what, us),
            Act::Refund {
                order,
                refund,
                step,
                minor,
                is_declined,
            } => self.refund(order, refund, step, minor, is_declined),
            Act::Gather { us, most } => self.gather(&ledger(us), most),
            Act::Unsendable { us } => self.unsendable(&ledger(us)),
            Act::Import { us } => self.import(&ledger(us)),
            Act::Post { us } => self.post(&ledger(us)),
            Act::Refuse { us } => self.refuse(&ledger(us)),
            Act::Abandon { us } => self.abandon(&ledger(us)),
            Act::Hold {
                us,
                order,
                refund,
                whole,
            } => vec![self.held(ledger(us), (!whole).then(|| key(order, refund)))],
            Act::Release {
                us,
                order,
                refund,
                whole,
            } => vec![self.released(ledger(us), (!whole).then(|| key(order, refund)))],
            Act::Retry {
                us,
                order,
                refund,
                which,
                by_poster,
            } => self.retried(ledger(us), key(order, refund), which, by_poster),
            Act::Copy { back } => self.copy(back),
        }
    }

    fn order(&mut self, order: u64, step: i64, what: What, us: bool) -> Vec<Event> {
        let key = key(order, None);
        let time = self.version(&key, step);
        self.ledgers.insert(order, ledger(us));
        let total = match what {
            What::Counts(minor) => minor.to_string(),
            _ => "1".to_owned(),
        };
        let mut received = US.received(order, &total, 11, &time);
        self.unlike_others(&mut received);
        let mapped = |recognition, journal| US.mapped(&received, recognition, journal);
        let mut event = match what {
            What::Counts(minor) => mapped(Recognition::Recognised, journal("1", "2", minor)),
            What::Nothing => mapped(Recognition::Recognised, journal("3", "3", 1)),
            What::Out => mapped(Recognition::NotRecognised, journal("1", "2", 0)),
            What::Hold => mapped(Recognition::Hold, journal("1", "2", 0)),
            What::Parked => US.parked(&received),
            What::Unmapped => return vec![received],
            What::Unreadable => {
                let mut event = US.unreadable(order, &time);
                self.unlike_others(&mut event);
                return vec![event];
            }
        };
        self.unlike_others(&mut event);
        self.place(order, &mut event);
        vec![received, event]
    }

    fn refund(
        &mut self,
        order: u64,
        refund: u64,
        step: i64,
        minor: i64,
        is_declined: bool,
    ) -> Vec<Event> {
        let key = key(order, Some(refund));
        let time = self.version(&key, step);
        let mut received = US.refunded(order, refund, &minor.to_string(), &time);
        self.unlike_others(&mut received);
        let mut event = match is_declined {
            true => US.not_recognised(&received),
            false => US.mapped(&received, Recognition::Recognised, journal("2", "1", minor)),
        };
        self.unlike_others(&mut event);
        self.place(order, &mut event);
        vec![received, event]
    }

    /// The moment of a version of an order or refund.
    fn version(&mut self, key: &EntityKey, step: i64) -> String {
        let newest = self.versions.entry(key.clone()).or_default();
        let version = *newest + step;
        *newest = version.max(*newest);
        let base: Timestamp = "2026-11-02T10:00:00Z".parse().unwrap();
        base.saturating_add(SignedDuration::from_mins(version))
            .unwrap()
            .to_string()
    }

    /// Another fact than all before it, whatever it says.
    fn unlike_others(&mut self, event: &mut Event) {
        event.id = EventId::derive(&[&event.id.to_string(), &self.count.to_string()]);
    }

    fn place(&self, order: u64, event: &mut Event) {
        if let Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped) = &mut event.payload
            && let Some(ledger) = self.ledgers.get(&order)
        {
            mapped.ledger = ledger.clone();
        }
    }

    fn gather(&mut self, ledger: &LedgerKey, most: usize) -> Vec<Event> {
        let books = &self.pair.books[ledger];
        if books.open_attempt().unwrap().is_some() {
            return Vec::new();
        }
        let postings = self.due(ledger, most);
        if postings.is_empty() {
            return Vec::new();
        }
        let tried = books.attempts_of(&batch::key(ledger, &postings)).unwrap();
        vec![submitted(batch::intent(ledger, tried + 1, postings))]
    }

    fn due(&self, ledger: &LedgerKey, most: usize) -> Vec<Posting> {
        let books = &self.pair.books[ledger];
        let due = books.due(most).unwrap().into_iter();
        due.map(|key| {
            let draft = books.draft(&key).unwrap();
            posting(draft.expect("what is due has a draft"))
        })
        .collect()
    }

    fn unsendable(&mut self, ledger: &LedgerKey) -> Vec<Event> {
        let due = self.due(ledger, 1);
        let after = |it: &Posting| self.pair.books[ledger].retried(&it.entity).unwrap();
        due.iter()
            .map(|it| rejected(ledger, it, None, after(it)))
            .collect()
    }

    fn import(&mut self, ledger: &LedgerKey) -> Vec<Event> {
        let books = &self.pair.books[ledger];
        let Some(open) = books.open_attempt().unwrap() else {
            return Vec::new();
        };
        let left = books.postings_left(&open.batch).unwrap();
        let journals = left.iter().map(|it| ImportedJournal {
            key: it.key.clone(),
            debits: it.journal.total().amount(),
            credits: it.journal.total().amount(),
        });
        let imported = JournalImported {
            ledger: ledger.clone(),
            attempt: open.attempt,
            group: open.group,
            batch_id: open.group,
            batch_name: batch::name(&open.batch, open.attempt),
            journals: journals.collect(),
            batch: open.batch,
        };
        vec![event(
            imported.event_id(),
            Payload::JournalImported(imported),
        )]
    }

    fn post(&mut self, ledger: &LedgerKey) -> Vec<Event> {
        let books = &self.pair.books[ledger];
        for attempt in books.awaiting_posting().unwrap() {
            if let Some(posting) = books.postings_left(&attempt.batch).unwrap().first() {
                let posted = Posted {
                    ledger: ledger.clone(),
                    entity: posting.entity.clone(),
                    key: posting.key.clone(),
                    kind: posting.kind,
                    target: posting.target,
                    original: posting.original.clone(),
                    batch: attempt.batch.clone(),
                    batch_id: attempt.batch_id.unwrap(),
                    batch_name: attempt.batch_name.clone().unwrap(),
                    period: posting.period.clone(),
                    accounting_date: posting.accounting_date,
                    currency: posting.journal.currency(),
                    summary: None,
                    debits: posting.journal.total().amount(),
                    credits: posting.journal.total().amount(),
                    posted: None,
                };
                let id = posted.event_id();
                let payload = match posting.gives_back() {
                    true => Payload::RefundReversed(posted),
                    false => Payload::JournalPosted(posted),
                };
                return vec![event(id, payload)];
            }
        }
        Vec::new()
    }

    fn refuse(&mut self, ledger: &LedgerKey) -> Vec<Event> {
        let books = &self.pair.books[ledger];
        let Some(open) = books.open_attempt().unwrap() else {
            return Vec::new();
        };
        let left = books.postings_left(&open.batch).unwrap();
        let refused = left.first().map(|it| {
            let after = books.retried(&it.entity).unwrap();
            rejected(ledger, it, Some((open.batch.clone(), open.attempt)), after)
        });
        refused.into_iter().collect()
    }

    fn abandon(&mut self, ledger: &LedgerKey) -> Vec<Event> {
        let open = self.pair.books[ledger].open_attempt().unwrap();
        let abandoned = open.map(|open| {
            submitted(JournalSubmitted {
                ledger: ledger.clone(),
                batch: open.batch,
                attempt: open.attempt,
                group: open.group,
                step: Step::Abandoned {
                    reason: "the import was refused".to_owned(),
                    left: None,
                },
            })
        });
        abandoned.into_iter().collect()
    }

    fn held(&self, ledger: LedgerKey, entity: Option<EntityKey>) -> Event {
        let data = JournalHeld {
            ledger,
            entity,
            decision: self.decision("controller"),
        };
        event(data.event_id(), Payload::JournalHeld(data))
    }

    fn released(&self, ledger: LedgerKey, entity: Option<EntityKey>) -> Event {
        let data = JournalReleased {
            ledger,
            entity,
            decision: self.decision("controller"),
        };
        event(data.event_id(), Payload::JournalReleased(data))
    }

    fn retried(
        &self,
        ledger: LedgerKey,
        entity: EntityKey,
        which: Which,
        by_poster: bool,
    ) -> Vec<Event> {
        let rejected = |of: &EntityKey| {
            let all = self.pair.books[&ledger]
                .rejections(CODE, usize::MAX)
                .unwrap();
            all.into_iter().find(|it| it.entity == *of)
        };
        let which = match which {
            Which::Code => Retry::Code {
                code: CODE.to_owned(),
            },
            Which::Entity => Retry::Entity { entity },
            Which::Journal => match rejected(&entity) {
                Some(rejection) => Retry::Journals {
                    keys: vec![rejection.key],
                },
                None => return Vec::new(),
            },
        };
        let data = JournalRetried {
            ledger,
            which,
            decision: self.decision(if by_poster { "poster" } else { "controller" }),
        };
        vec![event(data.event_id(), Payload::JournalRetried(data))]
    }

    fn decision(&self, by: &str) -> Decision {
        Decision {
            by: by.to_owned(),
            reason: "as was asked".to_owned(),
            at: Timestamp::from_second(self.count as i64).unwrap(),
        }
    }

    /// The steps of an import are fenced: none of them comes twice.
    fn copy(&self, back: usize) -> Vec<Event> {
        let may_come_twice = |it: &&Event| !matches!(it.payload, Payload::JournalSubmitted(_));
        let copy = self.told.iter().rev().filter(may_come_twice).nth(back - 1);
        copy.cloned().into_iter().collect()
    }
}
