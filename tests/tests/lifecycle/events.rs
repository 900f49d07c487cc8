//! Keys, journals and events, as the services write them.

use fixtures::US;
use schemas::{
    Account, BatchKey, Currency, EntityKey, Event, EventId, Journal, JournalLine, JournalRejected,
    JournalSubmitted, LedgerKey, Payload, Posting, PostingKind, Role, Side,
};
use subledger::Draft;

pub const CODE: &str = "EF04";

pub fn ledger(us: bool) -> LedgerKey {
    if us { "us" } else { "eu" }.parse().unwrap()
}

pub fn key(order: u64, refund: Option<u64>) -> EntityKey {
    match refund {
        None => US.order(order),
        Some(refund) => US.refund(order, refund),
    }
}

pub fn journal(debit: &str, credit: &str, dollars: i64) -> Journal {
    let usd = Currency::from_code("USD").unwrap();
    if dollars == 0 {
        return Journal::empty(usd);
    }
    let line = |account: &str, side| JournalLine {
        account: account.parse::<Account>().unwrap(),
        side,
        amount: usd.minor(dollars * 100),
        role: Role::Revenue,
        rule: "revenue".to_owned(),
        memo: "a sale".to_owned(),
    };
    let lines = vec![line(debit, Side::Debit), line(credit, Side::Credit)];
    Journal::new(usd, lines).unwrap()
}

pub fn posting(draft: Draft) -> Posting {
    Posting {
        key: draft.key,
        entity: draft.entity,
        kind: draft.kind,
        target: draft.target,
        accounting_date: draft.date,
        period: "Nov-26".to_owned(),
        category: match draft.kind {
            PostingKind::Original => "Web Orders",
            _ => "Web Refunds",
        }
        .to_owned(),
        description: String::new(),
        original: draft.original,
        conversion: draft.conversion,
        summary: None,
        journal: draft.journal,
    }
}

pub fn rejected(
    ledger: &LedgerKey,
    posting: &Posting,
    attempt: Option<(BatchKey, u32)>,
    after: Option<EventId>,
) -> Event {
    let (batch, attempt) = attempt.unzip();
    let data = JournalRejected {
        ledger: ledger.clone(),
        entity: posting.entity.clone(),
        key: posting.key.clone(),
        target: posting.target,
        batch,
        attempt,
        code: CODE.to_owned(),
        cause: "the account does not exist".to_owned(),
        remedy: "create it".to_owned(),
        after,
    };
    event(data.event_id(), Payload::JournalRejected(data))
}

pub fn submitted(data: JournalSubmitted) -> Event {
    event(data.event_id(), Payload::JournalSubmitted(data))
}

pub fn event(id: EventId, payload: Payload) -> Event {
    Event {
        id,
        source: "counterfoil/poster".to_owned(),
        time: "2026-11-02T12:00:00Z".parse().unwrap(),
        subject: "us".to_owned(),
        causation: None,
        correlation: "us".to_owned(),
        partition_key: "us".to_owned(),
        payload,
    }
}
