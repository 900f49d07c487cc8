//! The reports over two days of two stores.

mod support;

use fixtures::{
    EU, US, amount,
    books::{BatchInHand, original, posting},
    date,
};
use schemas::{Payload, PostingKind};
use support::{project, views};
use tempfile::TempDir;
use views::report::{self, Filter, Kind, Trace, TraceQuery};

fn two_days() -> TempDir {
    let data = TempDir::new().unwrap();
    project(data.path(), &fixtures::two_days());
    data
}

fn reconcile(data: &TempDir, filter: &Filter) -> report::Reconciliation {
    report::reconciliation(&views(data.path()), filter).unwrap()
}

fn trace(data: &TempDir, query: &str) -> Trace {
    report::trace(&views(data.path()), &query.parse::<TraceQuery>().unwrap()).unwrap()
}

#[test]
fn every_order_is_in_one_column() {
    let data = two_days();
    let report = reconcile(&data, &Filter::default());
    assert!(report.agrees());
    insta::assert_snapshot!("reconciliation_csv", report.csv().unwrap());
    insta::assert_snapshot!("reconciliation_json", report.json().unwrap());
}

#[test]
fn exceptions_say_what_clears_them() {
    let data = two_days();
    let list = report::exceptions(&views(data.path())).unwrap();
    assert!(!list.is_in_order());
    insta::assert_snapshot!("exceptions_csv", list.csv().unwrap());
}

#[test]
fn a_status_of_refunded_without_a_refund_is_an_exception_until_there_is_one() {
    let refunded = |status: u32, amount: Option<&str>, time: &str| {
        let mut event = US.received(1, "120.00", status, time);
        let Payload::OrderReceived(received) = &mut event.payload else {
            unreachable!("it is an order");
        };
        received.order.refunded = amount.map(fixtures::amount);
        event.id = received.event_id();
        event
    };
    let alone = refunded(4, Some("0"), "2026-11-02T10:00:00Z");
    let mapped = US.recognised(&alone, "120.00");
    let made = refunded(4, Some("120.00"), "2026-11-02T10:00:00Z");
    let unknown = refunded(14, None, "2026-11-02T11:00:00Z");
    for (events, codes) in [
        (
            vec![alone.clone(), mapped.clone()],
            vec!["REFUND_WITHOUT_RECORD"],
        ),
        (vec![alone.clone(), mapped.clone(), made], vec![]),
        (vec![alone, mapped, unknown], vec![]),
    ] {
        let data = TempDir::new().unwrap();
        project(data.path(), &events);
        let list = report::exceptions(&views(data.path())).unwrap();
        let found: Vec<&str> = list.0.iter().map(|it| it.code.as_str()).collect();
        assert_eq!(found, codes);
        for exception in &list.0 {
            assert_eq!(exception.entity.as_deref(), Some("us/1"));
            assert_eq!(exception.kind, "contradictory");
            assert!(exception.cause.contains("its status is Refunded"));
            assert_eq!(exception.value.as_deref(), Some("120.00"));
        }
    }
}

#[test]
fn journals_account_by_account() {
    let data = two_days();
    let journals = report::journals(&views(data.path()), &Filter::default()).unwrap();
    insta::assert_snapshot!("journals_csv", journals.csv().unwrap());
    insta::assert_snapshot!("journals_json", journals.json().unwrap());
    insta::assert_snapshot!("journals_hledger", journals.hledger());
}

#[test]
fn journals_of_one_store_and_day() {
    let data = two_days();
    let filter = Filter {
        store: Some("us".parse().unwrap()),
        from: Some(date("2026-11-02")),
        to: Some(date("2026-11-02")),
    };
    let all = report::journals(&views(data.path()), &Filter::default()).unwrap();
    let some = report::journals(&views(data.path()), &filter).unwrap();
    let wanted = |it: &&report::SentJournal| {
        it.entity.starts_with("us/") && it.accounting_date == date("2026-11-02")
    };
    let expected: Vec<_> = all.journals.iter().filter(wanted).cloned().collect();
    assert!(!expected.is_empty() && expected.len() < all.journals.len());
    assert_eq!(some.journals, expected);
}

#[test]
fn a_filter_leaves_the_rest_out() {
    let data = two_days();
    let filter = Filter {
        store: Some("us".parse().unwrap()),
        from: Some(date("2026-11-02")),
        to: Some(date("2026-11-02")),
    };
    let report = reconcile(&data, &filter);
    let [orders] = &report.rows[..] else {
        panic!("one row is left, not {:?}", report.rows);
    };
    assert_eq!((orders.store.as_str(), orders.kind), ("us", Kind::Orders));
    assert_eq!((orders.posted.count, orders.posted.value), (1, 12_000));
}

#[test]
fn a_trace_tells_the_whole_life() {
    let data = two_days();
    let order = trace(&data, "us/1002");
    insta::assert_snapshot!("trace_csv", order.csv().unwrap());
    insta::assert_snapshot!("trace_json", trace(&data, "1003").json().unwrap());
}

#[test]
fn a_life_is_found_by_any_of_its_names() {
    let data = two_days();
    let whole = trace(&data, "us/1002").events;
    let posted = whole.iter().find(|event| event.kind == "refund.reversed");
    let id = posted.unwrap().id.to_string();
    for name in ["1002", "us/1002/refund/7", "us-1002-2", "us-1002-r7-1", &id] {
        assert_eq!(trace(&data, name).events, whole, "{name}");
    }
    let batch = trace(&data, "CF-us-cccc-1");
    assert_eq!(batch.journals.len(), 3);
    assert_eq!(batch.events.len(), 8);
    assert_eq!(
        trace(&data, "CF-us-cccc-1 Counterfoil A 502"),
        Trace {
            subject: "CF-us-cccc-1 Counterfoil A 502".to_owned(),
            ..batch
        }
    );
    assert!(trace(&data, "us/999").is_empty());
    assert!(trace(&data, "us-999-1").is_empty());
    // 10020 begins like 1002, and is another order.
    assert!(trace(&data, "us/100").is_empty());
}

#[test]
fn a_journal_that_had_to_go_again_is_traced_through_both_batches() {
    let Sale {
        batch,
        journal,
        mut events,
    } = sale();
    events.push(batch.rejected(&journal));
    let again = BatchInHand::new(US, "again", "2026-11-05T12:00:00Z", vec![journal]);
    events.extend(again.whole());
    let data = TempDir::new().unwrap();
    let last = project(data.path(), &events);
    let trace = trace(&data, "us/1");
    assert_eq!(trace.events.len() as u64, last);
    assert_eq!(trace.entities[0].state, "posted");
    assert_eq!(trace.entities[0].exception, None);
    assert!(
        report::exceptions(&views(data.path()))
            .unwrap()
            .0
            .is_empty()
    );
    let refused = self::trace(&data, "CF-us-gggg-1");
    assert_eq!(refused.journals.len(), 1);
    assert_eq!(refused.journals[0].batch, "CF-us-again-1");
}

/// An order of 50.00 on its way to the ledger.
struct Sale {
    batch: BatchInHand,
    journal: schemas::Posting,
    events: Vec<schemas::Event>,
}

fn sale() -> Sale {
    let received = US.received(1, "50.00", 11, "2026-11-05T10:00:00Z");
    let target = US.recognised(&received, "50.00");
    let journal = original(&target);
    let batch = BatchInHand::new(US, "gggg", "2026-11-05T11:00:00Z", vec![journal.clone()]);
    let mut events = vec![received, target];
    events.extend(batch.submitted());
    Sale {
        batch,
        journal,
        events,
    }
}

fn difference_of(events: &[schemas::Event]) -> (report::Difference, report::Reconciliation) {
    let data = TempDir::new().unwrap();
    project(data.path(), events);
    let report = reconcile(&data, &Filter::default());
    assert!(!report.agrees());
    let orders = report
        .totals
        .iter()
        .find(|total| total.kind == Kind::Orders);
    (orders.unwrap().difference, report)
}

#[test]
fn a_cent_less_in_the_ledger_shows() {
    let Sale {
        batch,
        journal,
        mut events,
    } = sale();
    // 50.00 and a discount of 2.50: debits of 52.50 were meant.
    events.push(batch.posted_as(&journal, amount("52.49"), 9001));
    let (difference, report) = difference_of(&events);
    assert_eq!(
        (difference.count, difference.value, difference.differing),
        (0, 1, 1)
    );
    let [gap] = &report.gaps[..] else {
        panic!("one order differs, not {:?}", report.gaps);
    };
    assert_eq!((gap.store_value, gap.figure), (Some(5000), 4999));
}

#[test]
fn a_journal_that_is_there_twice_shows() {
    let Sale {
        batch,
        journal,
        mut events,
    } = sale();
    events.push(batch.posted_as(&journal, amount("52.50"), 9001));
    events.push(batch.posted_as(&journal, amount("52.50"), 9002));
    let (difference, _) = difference_of(&events);
    assert_eq!((difference.value, difference.differing), (-5250, 1));
}

#[test]
fn a_journal_that_nobody_meant_shows() {
    let Sale {
        batch,
        journal,
        events,
    } = sale();
    let posted = batch.posted_as(&journal, amount("52.50"), 9001);
    let (difference, _) = difference_of(&[events[0].clone(), events[1].clone(), posted]);
    assert_eq!((difference.value, difference.differing), (-5250, 1));
}

#[test]
fn a_journal_on_other_accounts_is_not_the_target() {
    let received = US.received(1, "50.00", 11, "2026-11-05T10:00:00Z");
    let target = US.recognised(&received, "50.00");
    // The totals are the same, the sides are not.
    let wrong = posting(
        &target,
        1,
        PostingKind::Original,
        US.sale("50.00").reversed(),
    );
    let batch = BatchInHand::new(US, "hhhh", "2026-11-05T11:00:00Z", vec![wrong]);
    let mut events = vec![received, target];
    events.extend(batch.whole());
    let data = TempDir::new().unwrap();
    project(data.path(), &events);
    let report = reconcile(&data, &Filter::default());
    assert_eq!(
        (report.rows[0].posted.count, report.rows[0].open.count),
        (0, 1)
    );
}

#[test]
fn another_value_in_the_target_shows() {
    let received = US.received(1, "50.00", 11, "2026-11-05T10:00:00Z");
    let mut target = US.recognised(&received, "50.00");
    let schemas::Payload::OrderMapped(mapped) = &mut target.payload else {
        unreachable!("it was made just now");
    };
    mapped.value = amount("49.98");
    let (difference, _) = difference_of(&[received, target]);
    assert_eq!(
        (difference.count, difference.value, difference.differing),
        (0, 2, 1)
    );
}

#[test]
fn an_order_that_the_store_never_told_of_shows() {
    let Sale { events, .. } = sale();
    let (difference, report) = difference_of(&events[1..2]);
    assert_eq!((difference.count, difference.value), (-1, -5000));
    assert_eq!(report.gaps[0].store_value, None);
}

#[test]
fn refunds_before_a_cancellation_are_not_taken_back_twice() {
    let received = US.received(1, "50.00", 11, "2026-11-05T10:00:00Z");
    let target = US.recognised(&received, "50.00");
    let refund = US.refunded(1, 3, "20.00", "2026-11-05T12:00:00Z");
    let refund_target = US.refund_target(&refund, "20.00");
    let cancelled = US.received(1, "50.00", 5, "2026-11-05T13:00:00Z");
    let nothing = US.not_recognised(&cancelled);
    // What is left after the refund, account by account.
    let rest = remainder();
    let first = BatchInHand::new(US, "iiii", "2026-11-05T10:30:00Z", vec![original(&target)]);
    let second = BatchInHand::new(
        US,
        "jjjj",
        "2026-11-05T12:30:00Z",
        vec![original(&refund_target)],
    );
    let back = posting(&nothing, 2, PostingKind::Reversal, rest);
    let third = BatchInHand::new(US, "kkkk", "2026-11-05T13:30:00Z", vec![back]);
    let mut events = vec![received, target];
    events.extend(first.whole());
    events.extend([refund, refund_target]);
    events.extend(second.whole());
    events.extend([cancelled, nothing]);
    let data = TempDir::new().unwrap();
    project(data.path(), &events);
    let before = reconcile(&data, &Filter::default());
    assert_eq!(
        (before.rows[0].open.count, before.rows[0].not_due.count),
        (1, 0)
    );
    project(data.path(), &third.whole());
    let after = reconcile(&data, &Filter::default());
    assert_eq!(
        (after.rows[0].open.count, after.rows[0].not_due.count),
        (0, 1)
    );
    assert_eq!(after.rows[1].posted.count, 1);
    assert!(after.agrees());
}

#[test]
fn an_order_that_went_to_another_ledger_is_told_of_in_both() {
    let received = US.received(1, "50.00", 11, "2026-11-05T10:00:00Z");
    let target = US.recognised(&received, "50.00");
    let here = BatchInHand::new(US, "llll", "2026-11-05T10:30:00Z", vec![original(&target)]);
    let edited = US.received(1, "50.00", 11, "2026-11-05T13:00:00Z");
    let mut moved = US.recognised(&edited, "50.00");
    if let Payload::OrderMapped(mapped) = &mut moved.payload {
        mapped.ledger = EU.ledger();
    }
    // The same key in both ledgers: each counts its own journals.
    let there = BatchInHand::new(EU, "mmmm", "2026-11-05T13:30:00Z", vec![original(&moved)]);
    let back = posting(
        &moved,
        2,
        PostingKind::Reversal,
        US.sale("50.00").reversed(),
    );
    let back = BatchInHand::new(US, "nnnn", "2026-11-05T14:00:00Z", vec![back]);
    let mut events = vec![received, target];
    events.extend(here.whole());
    events.extend([edited, moved]);
    events.extend(there.whole());
    let data = TempDir::new().unwrap();
    project(data.path(), &events);
    let before = reconcile(&data, &Filter::default());
    assert_eq!(
        (before.rows[0].open.count, before.rows[0].posted.count),
        (1, 0)
    );
    project(data.path(), &back.whole());
    let after = reconcile(&data, &Filter::default());
    assert_eq!(
        (after.rows[0].open.count, after.rows[0].posted.count),
        (0, 1)
    );
    assert!(after.agrees());
    let journals = trace(&data, "us-1-1").journals;
    let told: Vec<_> = journals
        .iter()
        .map(|it| (it.ledger.as_str(), it.journal.as_str(), it.state.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("us", "us-1-1", "posted"),
            ("eu", "us-1-1", "posted"),
            ("us", "us-1-2", "posted")
        ]
    );
}

/// The reversal of a sale of 50.00 of which 20.00 were refunded.
fn remainder() -> schemas::Journal {
    let mut lines = US.sale("50.00").reversed().lines().to_vec();
    lines.extend(US.sale("20.00").lines().to_vec());
    schemas::Journal::new(US.currency(), lines).unwrap()
}
