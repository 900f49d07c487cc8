use jiff::Timestamp;
use schemas::{Digest, OrderId, RefundId};

use super::*;

fn usd() -> Currency {
    Currency::from_code("USD").unwrap()
}

fn us() -> LedgerKey {
    "us".parse().unwrap()
}

fn sale(minor: i64) -> Journal {
    two_lines("101.11010", "101.41000", minor)
}

fn two_lines(debit: &str, credit: &str, minor: i64) -> Journal {
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

fn order_key() -> EntityKey {
    EntityKey::order("us".parse().unwrap(), OrderId(1001))
}

fn refund_key() -> EntityKey {
    EntityKey::refund("us".parse().unwrap(), OrderId(1001), RefundId(7))
}

fn mapped(key: &EntityKey, second: i64, recognition: Recognition, journal: Journal) -> Mapped {
    Mapped {
        entity: key.clone(),
        ledger: us(),
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

/// An entity whose target is this, with nothing in the books.
fn entity(key: EntityKey, recognition: Recognition, journal: Journal) -> Entity {
    let mut entity = Entity::new(key.clone());
    let mapped = mapped(&key, 1, recognition, journal);
    entity.retarget(&us(), EventId::derive(&[&key.to_string(), "1"]), mapped);
    entity
}

/// The same after its due journal was posted.
fn posted(mut entity: Entity, journal: &Journal) -> Entity {
    entity.holdings = entity.holdings.with(journal).unwrap();
    entity.posted += 1;
    let first = entity.key.journal_key(1);
    entity.first_journal.get_or_insert(first);
    entity
}

/// An order of 5.00 that is posted.
fn sold() -> Entity {
    let order = entity(order_key(), Recognition::Recognised, sale(500));
    posted(order, &sale(500))
}

fn retargeted(mut entity: Entity, recognition: Recognition, journal: Journal) -> Entity {
    let mapped = mapped(&entity.key, 2, recognition, journal);
    assert!(entity.retarget(&us(), EventId::derive(&["second"]), mapped));
    entity
}

/// The same after it was mapped to another ledger.
fn moved(mut entity: Entity, recognition: Recognition, journal: Journal) -> Entity {
    let mapped = Mapped {
        ledger: "eu".parse().unwrap(),
        ..mapped(&entity.key, 3, recognition, journal)
    };
    assert!(entity.retarget(&us(), EventId::derive(&["moved"]), mapped));
    entity
}

fn due(order: Entity, refunds: Vec<Entity>) -> Vec<Draft> {
    let order = Some(order);
    Family { order, refunds }.due().unwrap()
}

fn net(drafts: &[Draft]) -> Vec<i64> {
    let drafts = drafts.iter().flat_map(|it| it.journal.net_by_account());
    drafts.map(|(_, minor)| minor).collect()
}

#[test]
fn the_first_journal_is_the_target_as_it_is() {
    let drafts = due(
        entity(order_key(), Recognition::Recognised, sale(500)),
        vec![],
    );
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].journal, sale(500));
    assert_eq!(drafts[0].kind, PostingKind::Original);
    assert_eq!(drafts[0].key.as_str(), "us-1001-1");
    assert_eq!(drafts[0].date.to_string(), "2026-11-01");
}

#[test]
fn nothing_is_due_when_the_books_hold_the_target() {
    let order = sold();
    assert_eq!(due(order, vec![]), []);
}

#[test]
fn a_changed_target_is_adjusted_by_the_difference() {
    let order = sold();
    let drafts = due(
        retargeted(order, Recognition::Recognised, sale(420)),
        vec![],
    );
    assert_eq!(net(&drafts), [-80, 80]);
    assert_eq!(drafts[0].kind, PostingKind::Adjustment);
    assert_eq!(drafts[0].key.as_str(), "us-1001-2");
    assert_eq!(drafts[0].original.as_ref().unwrap().as_str(), "us-1001-1");
    assert_eq!(drafts[0].date.to_string(), "2026-11-09");
}

#[test]
fn a_cancelled_order_is_reversed_and_never_twice() {
    let order = sold();
    let order = retargeted(order, Recognition::NotRecognised, Journal::empty(usd()));
    let drafts = due(order.clone(), vec![]);
    assert_eq!(net(&drafts), [-500, 500]);
    assert_eq!(drafts[0].kind, PostingKind::Reversal);
    let reversed = posted(order, &drafts[0].journal);
    assert!(reversed.holdings.is_empty());
    assert_eq!(due(reversed, vec![]), []);
}

#[test]
fn a_cancelled_order_gives_back_only_what_refunds_left() {
    let taken = sale(200).reversed();
    let refund = posted(
        entity(refund_key(), Recognition::Recognised, taken.clone()),
        &taken,
    );
    let order = sold();
    let order = retargeted(order, Recognition::NotRecognised, Journal::empty(usd()));
    let drafts = due(order.clone(), vec![refund.clone()]);
    assert_eq!(net(&drafts), [-300, 300]);
    let order = posted(order, &drafts[0].journal);
    assert_eq!(due(order, vec![refund]), []);
}

#[test]
fn a_cancelled_order_waits_for_a_refund_on_its_way_and_keeps_later_ones_out() {
    let taken = sale(200).reversed();
    let mut refund = entity(refund_key(), Recognition::Recognised, taken);
    let order = sold();
    let order = retargeted(order, Recognition::NotRecognised, Journal::empty(usd()));
    refund.in_flight = true;
    assert_eq!(due(order.clone(), vec![refund.clone()]), []);
    refund.in_flight = false;
    let reversed = posted(order, &sale(500).reversed());
    assert_eq!(due(reversed, vec![refund]), []);
}

#[test]
fn a_refund_never_overtakes_its_order() {
    let refund = entity(refund_key(), Recognition::Recognised, sale(200).reversed());
    let alone = Family {
        order: None,
        refunds: vec![refund.clone()],
    };
    assert_eq!(alone.due().unwrap(), []);

    let order = entity(order_key(), Recognition::Recognised, sale(500));
    let drafts = due(order.clone(), vec![refund.clone()]);
    assert_eq!(
        drafts.iter().map(|it| it.kind).collect::<Vec<_>>(),
        [PostingKind::Original]
    );

    let mut under_way = order.clone();
    under_way.in_flight = true;
    assert_eq!(due(under_way, vec![refund.clone()]), []);

    let mut refused = order.clone();
    refused.rejected = refused.target.as_ref().map(|it| it.id);
    assert_eq!(due(refused, vec![refund.clone()]), []);

    let drafts = due(posted(order, &sale(500)), vec![refund]);
    assert_eq!(drafts[0].kind, PostingKind::Refund);
    assert_eq!(drafts[0].original.as_ref().unwrap().as_str(), "us-1001-1");
}

#[test]
fn a_hold_leaves_the_books_as_they_are() {
    let order = entity(order_key(), Recognition::Hold, sale(500));
    assert_eq!(due(order, vec![]), []);
    let order = sold();
    let held = retargeted(order, Recognition::Hold, sale(1));
    assert_eq!(due(held, vec![]), []);
}

#[test]
fn a_refused_target_waits_for_another() {
    let mut order = entity(order_key(), Recognition::Recognised, sale(500));
    order.rejected = order.target.as_ref().map(|it| it.id);
    assert_eq!(due(order.clone(), vec![]), []);
    assert_eq!(
        due(
            retargeted(order, Recognition::Recognised, sale(500)),
            vec![]
        )
        .len(),
        1
    );
}

#[test]
fn an_older_target_never_replaces_a_newer_one() {
    let mut order = retargeted(
        entity(order_key(), Recognition::Recognised, sale(500)),
        Recognition::Recognised,
        sale(600),
    );
    let older = mapped(&order_key(), 1, Recognition::Recognised, sale(1));
    assert!(!order.retarget(&us(), EventId::derive(&["late"]), older));
    assert_eq!(net(&due(order, vec![])), [600, -600]);
}

#[test]
fn an_order_that_counts_again_is_booked_again() {
    let order = sold();
    let order = posted(order, &sale(500).reversed());
    let drafts = due(order, vec![]);
    assert_eq!(drafts[0].kind, PostingKind::Adjustment);
    assert_eq!(
        (drafts[0].key.as_str(), net(&drafts)),
        ("us-1001-3", vec![500, -500])
    );
}

#[test]
fn a_first_journal_that_nets_to_nothing_is_due_once() {
    let journal = two_lines("101.22200", "101.22200", 2500);
    let order = entity(order_key(), Recognition::Recognised, journal.clone());
    let drafts = due(order.clone(), vec![]);
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].kind, PostingKind::Original);
    assert_eq!(drafts[0].journal, journal);
    assert_eq!(due(posted(order, &journal), vec![]), vec![]);
}

#[test]
fn what_went_to_another_ledger_is_taken_back_whole_and_once() {
    let order = sold();
    let order = moved(order, Recognition::Recognised, sale(450));
    let drafts = due(order.clone(), vec![]);
    assert_eq!(net(&drafts), [-500, 500]);
    assert_eq!(drafts[0].kind, PostingKind::Reversal);
    assert_eq!(drafts[0].date.to_string(), "2026-11-09");
    let reversed = posted(order, &drafts[0].journal);
    assert_eq!(due(reversed, vec![]), []);
}

#[test]
fn refunds_follow_their_order_to_another_ledger_each_for_itself() {
    let taken = sale(200).reversed();
    let refund = posted(
        entity(refund_key(), Recognition::Recognised, taken.clone()),
        &taken,
    );
    let order = sold();
    let order = moved(order, Recognition::Recognised, sale(500));
    let drafts = due(order.clone(), vec![refund.clone()]);
    assert_eq!(net(&drafts), [-500, 500]);
    let order = posted(order, &drafts[0].journal);
    // It follows with the next reading of the order; until then it stays.
    assert_eq!(due(order.clone(), vec![refund.clone()]), []);
    let refund = moved(refund, Recognition::Recognised, taken);
    let drafts = due(order.clone(), vec![refund.clone()]);
    assert_eq!(net(&drafts), [200, -200]);
    let refund = posted(refund, &drafts[0].journal);
    assert_eq!(due(order, vec![refund]), []);
}

#[test]
fn an_order_of_another_ledger_is_none_of_this_one() {
    let elsewhere = moved(Entity::new(order_key()), Recognition::Recognised, sale(500));
    let refund = moved(
        Entity::new(refund_key()),
        Recognition::Recognised,
        sale(200).reversed(),
    );
    assert_eq!(due(elsewhere.clone(), vec![refund]), []);
    // A state of it that comes late, from when it was in this one, changes nothing.
    let mut late = elsewhere.clone();
    let older = mapped(&order_key(), 1, Recognition::Recognised, sale(500));
    assert!(!late.retarget(&us(), EventId::derive(&["late"]), older));
    assert_eq!(late, elsewhere);
}

#[test]
fn an_order_that_comes_back_from_another_ledger_is_booked_again() {
    let order = sold();
    let order = moved(order, Recognition::Recognised, sale(500));
    let mut order = posted(order, &sale(500).reversed());
    let back = mapped(&order_key(), 4, Recognition::Recognised, sale(500));
    assert!(order.retarget(&us(), EventId::derive(&["back"]), back));
    let drafts = due(order, vec![]);
    assert_eq!(net(&drafts), [500, -500]);
    assert_eq!(drafts[0].key.as_str(), "us-1001-3");
}

#[test]
fn what_left_is_converted_as_it_was_booked_and_a_hold_keeps_it() {
    let mut order = entity(order_key(), Recognition::Recognised, sale(500));
    let conversion = Conversion {
        kind: "Spot".into(),
        rate: None,
    };
    order.target.as_mut().unwrap().mapped.conversion = Some(conversion.clone());
    let order = posted(order, &sale(500));
    let held = moved(order.clone(), Recognition::Hold, sale(500));
    assert_eq!(due(held, vec![]), []);
    let drafts = due(moved(order, Recognition::NotRecognised, sale(1)), vec![]);
    assert_eq!(net(&drafts), [-500, 500]);
    assert_eq!(drafts[0].conversion, Some(conversion));
}
