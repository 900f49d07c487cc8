//! What the poster writes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemas::{
    Amount, BatchKey, Event, ImportedJournal, Journal, JournalImported, JournalKey,
    JournalRejected, JournalSubmitted, Payload, Posted, Posting, PostingKind, Step,
};

use super::{Shop, event, later};

/// A batch on its way, of one ledger.
pub struct BatchInHand {
    shop: Shop,
    key: BatchKey,
    begun: Timestamp,
    postings: Vec<Posting>,
}

/// A journal for a target.
pub fn posting(target: &Event, number: u32, kind: PostingKind, journal: Journal) -> Posting {
    let (Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped)) = &target.payload else {
        panic!("{} is no target", target.payload.event_type());
    };
    Posting {
        key: mapped.entity.journal_key(number),
        entity: mapped.entity.clone(),
        kind,
        target: target.id,
        accounting_date: mapped.change_date,
        period: "Nov-26".to_owned(),
        category: "Web Orders".to_owned(),
        description: format!("{}", mapped.entity),
        original: (number > 1).then(|| mapped.entity.journal_key(1)),
        conversion: None,
        summary: None,
        journal,
    }
}

/// The first journal of an order or refund: the target as it is.
pub fn original(target: &Event) -> Posting {
    let (Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped)) = &target.payload else {
        panic!("{} is no target", target.payload.event_type());
    };
    let kind = match mapped.entity.refund {
        None => PostingKind::Original,
        Some(_) => PostingKind::Refund,
    };
    posting(target, 1, kind, mapped.journal.clone())
}

impl BatchInHand {
    pub fn new(shop: Shop, name: &str, begun: &str, postings: Vec<Posting>) -> BatchInHand {
        BatchInHand {
            shop,
            key: BatchKey(format!("CF-{}-{name}-1", shop.key)),
            begun: super::at(begun),
            postings,
        }
    }

    /// Every step up to the import.
    pub fn submitted(&self) -> Vec<Event> {
        let steps = [
            Step::Intended {
                postings: self.postings.clone(),
            },
            Step::Uploaded {
                document: "UCMFA00012345".to_owned(),
            },
            Step::LoadRequested,
            Step::LoadStarted { request: 501 },
            Step::Loaded,
            Step::ImportRequested { round: 1 },
            Step::ImportStarted {
                round: 1,
                request: 502,
            },
        ];
        let steps = steps.into_iter().enumerate();
        steps
            .map(|(index, step)| self.step(index as i64, step))
            .collect()
    }

    fn step(&self, second: i64, step: Step) -> Event {
        let submitted = JournalSubmitted {
            ledger: self.shop.ledger(),
            batch: self.key.clone(),
            attempt: 1,
            group: 77_001,
            step,
        };
        let id = submitted.event_id();
        self.event(
            id,
            later(self.begun, second),
            Payload::JournalSubmitted(submitted),
        )
    }

    pub fn imported(&self) -> Event {
        let mut totals: BTreeMap<&JournalKey, Amount> = BTreeMap::new();
        for posting in &self.postings {
            let total = totals.entry(posting.journal_in_ledger()).or_default();
            *total = total.checked_add(posting.journal.total().amount()).unwrap();
        }
        let journals = totals.into_iter().map(|(key, total)| ImportedJournal {
            key: key.clone(),
            debits: total,
            credits: total,
        });
        let imported = JournalImported {
            ledger: self.shop.ledger(),
            batch: self.key.clone(),
            attempt: 1,
            group: 77_001,
            batch_id: 9001,
            batch_name: self.name(),
            journals: journals.collect(),
        };
        let id = imported.event_id();
        self.event(
            id,
            later(self.begun, 30),
            Payload::JournalImported(imported),
        )
    }

    /// All of the batch's journals, posted as they were meant.
    pub fn posted(&self) -> Vec<Event> {
        let postings = self.postings.iter();
        postings
            .map(|posting| self.posted_as(posting, posting.journal.total().amount(), 9001))
            .collect()
    }

    /// One journal, posted with these debits in this batch of the ledger.
    pub fn posted_as(&self, posting: &Posting, debits: schemas::Amount, batch_id: u64) -> Event {
        let posted = Posted {
            ledger: self.shop.ledger(),
            entity: posting.entity.clone(),
            key: posting.key.clone(),
            kind: posting.kind,
            target: posting.target,
            original: posting.original.clone(),
            batch: self.key.clone(),
            batch_id,
            batch_name: self.name(),
            period: posting.period.clone(),
            accounting_date: posting.accounting_date,
            currency: posting.journal.currency(),
            summary: posting.summary.as_ref().map(|it| it.journal.clone()),
            debits,
            credits: posting.journal.total().amount(),
            posted: Some(later(self.begun, 60)),
        };
        let time = later(self.begun, 61).to_string();
        let entity = posting.entity.clone();
        let id = posted.event_id();
        let payload = match posting.kind {
            PostingKind::Original | PostingKind::Adjustment => Payload::JournalPosted(posted),
            PostingKind::Reversal | PostingKind::Refund => Payload::RefundReversed(posted),
        };
        event("poster", id, &time, &entity, Some(posting.target), payload)
    }

    pub fn rejected(&self, posting: &Posting) -> Event {
        let rejected = JournalRejected {
            ledger: self.shop.ledger(),
            entity: posting.entity.clone(),
            key: posting.key.clone(),
            target: posting.target,
            batch: Some(self.key.clone()),
            attempt: Some(1),
            code: "EF04".to_owned(),
            cause: "The account combination 101.10.99999.100.110.000 does not exist".to_owned(),
            remedy: "Create the combination, or correct the rule revenue.default".to_owned(),
            after: None,
        };
        let time = later(self.begun, 40).to_string();
        let id = rejected.event_id();
        let entity = posting.entity.clone();
        let payload = Payload::JournalRejected(rejected);
        event("poster", id, &time, &entity, Some(posting.target), payload)
    }

    /// Submitted, found in Fusion, and posted.
    pub fn whole(&self) -> Vec<Event> {
        let mut events = self.submitted();
        events.push(self.imported());
        events.extend(self.posted());
        events
    }

    pub fn keys(&self) -> Vec<JournalKey> {
        self.postings
            .iter()
            .map(|posting| posting.key.clone())
            .collect()
    }

    fn name(&self) -> String {
        format!("{} Counterfoil A 502", self.key)
    }

    fn event(&self, id: schemas::EventId, time: Timestamp, payload: Payload) -> Event {
        Event {
            id,
            source: "counterfoil/poster".to_owned(),
            time,
            subject: self.key.to_string(),
            causation: None,
            correlation: self.key.to_string(),
            partition_key: self.shop.key.to_owned(),
            payload,
        }
    }
}
