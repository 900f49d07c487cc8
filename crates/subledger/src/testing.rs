//! Targets, journals and what becomes of them, for tests.

use jiff::Timestamp;
use schemas::{
    BatchKey, Currency, Decision, Digest, EntityKey, Event, EventId, Journal, JournalHeld,
    JournalLine, JournalRejected, JournalReleased, JournalRetried, JournalSubmitted, LedgerKey,
    Mapped, OrderId, Payload, Posted, Posting, PostingKind, Recognition, RefundId, Retry, Role,
    Side, Step,
};

use crate::{Booked, Due, Family, Lifecycle, Member, Scope, Standing, fact::utc_date, facts};

pub fn usd() -> Currency {
    Currency::from_code("USD").unwrap()
}

pub fn ledger(key: &str) -> LedgerKey {
    key.parse().unwrap()
}

pub fn order_key() -> EntityKey {
    EntityKey::order("us".parse().unwrap(), OrderId(1001))
}

pub fn refund_key() -> EntityKey {
    EntityKey::refund("us".parse().unwrap(), OrderId(1001), RefundId(7))
}

pub fn sale(minor: i64) -> Journal {
    two_lines("101.11010", "101.41000", minor)
}

pub fn nothing() -> Journal {
    Journal::empty(usd())
}

pub fn two_lines(debit: &str, credit: &str, minor: i64) -> Journal {
    let line = |account: &str, side| JournalLine {
        account: account.parse().unwrap(),
        side,
        amount: usd().minor(minor),
        role: Role::Revenue,
        rule: "by rule".into(),
        memo: "m".into(),
    };
    let lines = vec![line(debit, Side::Debit), line(credit, Side::Credit)];
    Journal::new(usd(), lines).unwrap()
}

/// A target of an order or refund at a moment, by the seconds of its change.
pub fn mapped(key: &EntityKey, second: i64, recognition: Recognition, journal: Journal) -> Mapped {
    Mapped {
        entity: key.clone(),
        ledger: ledger("us"),
        modified: Timestamp::from_second(second).unwrap(),
        accounting_date: "2026-11-01".parse().unwrap(),
        change_date: "2026-11-09".parse().unwrap(),
        recognition,
        status: 11,
        value: journal.total().amount(),
        journal,
        conversion: None,
        summary: None,
        rule_set: Digest::of(b"rules"),
        engine: "1".into(),
    }
}

pub fn event(id: EventId, payload: Payload) -> Event {
    Event {
        id,
        source: "counterfoil/tests".into(),
        time: Timestamp::UNIX_EPOCH,
        subject: "us".into(),
        causation: None,
        correlation: "us".into(),
        partition_key: "us".into(),
        payload,
    }
}

/// An order with its refunds, and the events that they are told by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Story {
    pub family: Family,
    offset: u64,
}

impl Story {
    /// An order of 5.00 that is mapped.
    pub fn mapped() -> Story {
        let mut story = Story::default();
        story.target(&order_key(), 1, Recognition::Recognised, sale(500));
        story
    }

    /// An order of 5.00 that is posted.
    pub fn sold() -> Story {
        let mut story = Story::mapped();
        story.post("us");
        story
    }

    pub fn tell(&mut self, event: &Event) -> Vec<Booked> {
        self.offset += 1;
        let facts = facts(self.offset, event).unwrap();
        let mut told: Vec<_> = facts.into_iter().collect();
        if let Some(scope) = Scope::of(event) {
            let fact = scope.fact(self.offset, event);
            let keys = self.family.members().map(|member| member.key.clone());
            told.extend(keys.map(|key| (key, fact.clone())));
        }
        told.into_iter()
            .map(|(key, fact)| {
                if self.family.member(&key).is_none() {
                    self.family.insert(Member {
                        key: key.clone(),
                        lifecycle: Lifecycle::heard_on(utc_date(event.time)),
                    });
                }
                self.family.member_mut(&key).unwrap().lifecycle.fold(fact)
            })
            .collect()
    }

    pub fn target(
        &mut self,
        key: &EntityKey,
        second: i64,
        recognition: Recognition,
        journal: Journal,
    ) -> Event {
        self.tell_mapped(mapped(key, second, recognition, journal))
    }

    /// Its id is of its moment, its ledger and its rules.
    pub fn tell_mapped(&mut self, data: Mapped) -> Event {
        let cause = EventId::derive(&[
            &data.entity.to_string(),
            data.ledger.as_str(),
            &data.modified.to_string(),
        ]);
        let id = data.event_id(cause);
        let payload = match data.entity.refund {
            None => Payload::OrderMapped(data),
            Some(_) => Payload::RefundMapped(data),
        };
        let event = event(id, payload);
        self.tell(&event);
        event
    }

    /// What is due in a ledger, with the journals that its targets would have.
    pub fn due(&self, key: &str) -> Vec<Due> {
        self.family.due(&ledger(key)).unwrap()
    }

    /// What is due in a ledger comes to, account by account.
    pub fn due_net(&self, key: &str) -> Vec<i64> {
        let due = self.due(key).into_iter();
        due.flat_map(|due| self.net(due)).collect()
    }

    fn net(&self, due: Due) -> Vec<i64> {
        let journal = posting(due.clone(), &self.whole(&due)).journal;
        journal.net_by_account().into_values().collect()
    }

    /// The journal of a target, as far as its balance tells.
    fn whole(&self, due: &Due) -> Journal {
        let member = self.family.member(&due.entity).unwrap();
        let target = member.lifecycle.target.as_ref().unwrap();
        match target.nets_to_nothing {
            true => two_lines("9", "9", 2500),
            false => target.balance.journal("").unwrap_or_else(|_| nothing()),
        }
    }

    /// What is due goes into a batch.
    pub fn send(&mut self, key: &str) -> Vec<Posting> {
        let postings: Vec<Posting> = self
            .due(key)
            .into_iter()
            .map(|due| posting(due.clone(), &self.whole(&due)))
            .collect();
        let step = Step::Intended {
            postings: postings.clone(),
        };
        self.step(key, 1, step);
        postings
    }

    pub fn step(&mut self, key: &str, attempt: u32, step: Step) {
        let data = JournalSubmitted {
            ledger: ledger(key),
            batch: BatchKey(format!("CF-{key}")),
            attempt,
            group: 1,
            step,
        };
        self.tell(&event(data.event_id(), Payload::JournalSubmitted(data)));
    }

    pub fn abandon(&mut self, key: &str) {
        let step = Step::Abandoned {
            reason: "x".into(),
            left: None,
        };
        self.step(key, 1, step);
    }

    /// What is due is sent and posted.
    pub fn post(&mut self, key: &str) {
        for posting in self.send(key) {
            assert_eq!(self.posted(key, &posting), [Booked::Taken]);
        }
    }

    pub fn posted(&mut self, key: &str, posting: &Posting) -> Vec<Booked> {
        self.posted_in(key, posting, 5)
    }

    /// Read back in a batch of the ledger.
    pub fn posted_in(&mut self, key: &str, posting: &Posting, batch_id: u64) -> Vec<Booked> {
        let total = posting.journal.total().amount();
        let data = Posted {
            ledger: ledger(key),
            entity: posting.entity.clone(),
            key: posting.key.clone(),
            kind: posting.kind,
            target: posting.target,
            original: posting.original.clone(),
            batch: BatchKey(format!("CF-{key}")),
            batch_id,
            batch_name: "CF".into(),
            period: "Nov-26".into(),
            accounting_date: posting.accounting_date,
            currency: posting.journal.currency(),
            summary: None,
            debits: total,
            credits: total,
            posted: None,
        };
        self.tell(&event(data.event_id(), Payload::JournalPosted(data)))
    }

    /// A rejection, of the attempt it was sent in or before it was sent.
    pub fn rejected(
        &mut self,
        key: &str,
        posting: &Posting,
        attempt: Option<u32>,
        after: Option<EventId>,
    ) -> Event {
        let data = JournalRejected {
            ledger: ledger(key),
            entity: posting.entity.clone(),
            key: posting.key.clone(),
            target: posting.target,
            batch: attempt.map(|_| BatchKey(format!("CF-{key}"))),
            attempt,
            code: "EF04".into(),
            cause: "c".into(),
            remedy: "r".into(),
            after,
        };
        let event = event(data.event_id(), Payload::JournalRejected(data));
        self.tell(&event);
        event
    }

    /// What is due first is refused before it is sent.
    pub fn refuse(&mut self, key: &str) -> Posting {
        let due = self.due(key).remove(0);
        let posting = posting(due, &sale(1));
        self.rejected(key, &posting, None, None);
        posting
    }

    pub fn retry(&mut self, key: &str, second: i64) -> EventId {
        let data = JournalRetried {
            ledger: ledger(key),
            which: Retry::Entity {
                entity: order_key(),
            },
            decision: decision(second),
        };
        let id = data.event_id();
        self.tell(&event(id, Payload::JournalRetried(data)));
        id
    }

    pub fn hold(&mut self, key: &EntityKey) {
        let data = JournalHeld {
            ledger: ledger("us"),
            entity: Some(key.clone()),
            decision: decision(1),
        };
        self.tell(&event(data.event_id(), Payload::JournalHeld(data)));
    }

    pub fn release(&mut self, key: &EntityKey) {
        let data = JournalReleased {
            ledger: ledger("us"),
            entity: Some(key.clone()),
            decision: decision(2),
        };
        self.tell(&event(data.event_id(), Payload::JournalReleased(data)));
    }

    pub fn standing(&self, key: &EntityKey) -> Standing {
        self.family.standing(key).unwrap()
    }

    pub fn lifecycle(&mut self, key: &EntityKey) -> &mut Lifecycle {
        &mut self.family.member_mut(key).unwrap().lifecycle
    }
}

fn decision(second: i64) -> Decision {
    Decision {
        by: "controller".into(),
        reason: "r".into(),
        at: Timestamp::from_second(second).unwrap(),
    }
}

pub fn posting(due: Due, whole: &Journal) -> Posting {
    let journal = match due.is_whole() {
        true => whole.clone(),
        false => due.difference().unwrap(),
    };
    let draft = due.draft(journal);
    Posting {
        key: draft.key,
        entity: draft.entity,
        kind: draft.kind,
        target: draft.target,
        accounting_date: draft.date,
        period: "Nov-26".into(),
        category: "Web Orders".into(),
        description: String::new(),
        original: draft.original,
        conversion: draft.conversion,
        summary: None,
        journal: draft.journal,
    }
}

/// The kinds of what is due.
pub fn kinds(due: &[Due]) -> Vec<PostingKind> {
    due.iter().map(|due| due.kind).collect()
}
