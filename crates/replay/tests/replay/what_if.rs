//! What other rules would change.

use mapping::RuleSet;
use replay::{Difference, Range, what_if};

use crate::support::{Log, order, other_rules, received, refunded, rules, with_verdict};

const DAY: &str = "2026-11-02T10:00:00Z";
const NEXT: &str = "2026-11-03T10:00:00Z";

/// Apparel's revenue goes to another product segment.
fn apparel_elsewhere() -> RuleSet {
    other_rules(
        r#"segments = { product = "110" }"#,
        r#"segments = { product = "150" }"#,
    )
}

fn difference(log: &Log, from: u64, to: Option<u64>, rules: &RuleSet) -> Difference {
    let range = Range::of(&log.log, from, to);
    let mut done = 0;
    let what_if = what_if(&log.log, range, rules, |offset| done = offset).unwrap();
    assert_eq!(done, if range.is_empty() { 0 } else { range.to });
    what_if.difference(usize::MAX).unwrap()
}

fn accounts(difference: &Difference) -> Vec<(String, i128, i128)> {
    let changes = difference.accounts.iter();
    changes
        .map(|it| (it.key.account.to_string(), it.was, it.would))
        .collect()
}

#[tokio::test]
async fn a_changed_account_takes_all_of_the_other_ones_sum_refunds_included() {
    let log = Log::new();
    let mut expected = 0;
    for number in 1..=700 {
        let order = order(number, 11, DAY);
        log.append(&with_verdict(received(&order), &rules())).await;
        expected -= 10_000;
        if number % 7 == 0 {
            log.append(&with_verdict(refunded(&order), &rules())).await;
            expected += 5000;
        }
    }
    let difference = difference(&log, 1, None, &apparel_elsewhere());
    assert_eq!(
        accounts(&difference),
        [
            ("101.10.41000.100.110.000".to_owned(), expected, 0),
            ("101.10.41000.100.150.000".to_owned(), 0, expected),
        ]
    );
    assert_eq!((difference.compared, difference.changed), (800, 800));
    let total = &difference.totals[0];
    assert_eq!(total.was, 700 * 10_800 + 100 * 5400);
    assert_eq!(total.was, total.would);
    assert_eq!(total.moved, 700 * 10_000 + 100 * 5000);
    let first = &difference.entities[0];
    assert_eq!(
        (first.entity.to_string().as_str(), first.moved),
        ("us/1", 10_000)
    );
    let by_order: i128 = difference.entities.iter().map(|it| it.moved).sum();
    assert_eq!(by_order, total.moved);
}

#[tokio::test]
async fn the_same_rules_change_nothing() {
    let log = Log::new();
    let order = order(1, 11, DAY);
    log.append(&with_verdict(received(&order), &rules())).await;
    log.append(&with_verdict(refunded(&order), &rules())).await;
    let difference = difference(&log, 1, None, &rules());
    assert_eq!((difference.compared, difference.changed), (2, 0));
    assert!(difference.accounts.is_empty());
}

#[tokio::test]
async fn of_each_order_only_the_newest_state_counts() {
    let log = Log::new();
    let old = rules();
    // Edited, and an older snapshot that comes late.
    log.append(&with_verdict(received(&order(1, 11, NEXT)), &old))
        .await;
    log.append(&with_verdict(received(&order(1, 5, DAY)), &old))
        .await;
    // Cancelled: it has no journal under any rules.
    log.append(&with_verdict(received(&order(2, 11, DAY)), &old))
        .await;
    log.append(&with_verdict(received(&order(2, 5, NEXT)), &old))
        .await;
    // On hold: the books stay as they are.
    log.append(&with_verdict(received(&order(3, 11, DAY)), &old))
        .await;
    log.append(&with_verdict(received(&order(3, 12, NEXT)), &old))
        .await;
    let difference = difference(&log, 1, None, &apparel_elsewhere());
    let changed: Vec<_> = difference
        .entities
        .iter()
        .map(|it| it.entity.to_string())
        .collect();
    assert_eq!(changed, ["us/1", "us/3"]);
    assert_eq!(difference.totals[0].moved, 20_000);
}

#[tokio::test]
async fn what_was_mapped_twice_counts_as_it_was_mapped_last() {
    let log = Log::new();
    let [cause, first] = with_verdict(received(&order(1, 11, DAY)), &rules());
    let [_, second] = with_verdict(cause.clone(), &apparel_elsewhere());
    log.append(&[cause, first, second]).await;
    assert_eq!(difference(&log, 1, None, &apparel_elsewhere()).changed, 0);
    assert_eq!(difference(&log, 1, None, &rules()).changed, 1);
    // As of before the second mapping.
    assert_eq!(difference(&log, 1, Some(2), &rules()).changed, 0);
}

#[tokio::test]
async fn parked_now_and_parked_no_longer_are_told_with_their_reasons() {
    let log = Log::new();
    let unmapped = other_rules("category = 20", "category = 77");
    log.append(&with_verdict(received(&order(1, 11, DAY)), &rules()))
        .await;
    log.append(&with_verdict(received(&order(2, 11, DAY)), &unmapped))
        .await;

    let parked = difference(&log, 1, None, &unmapped);
    let (entity, reason) = &parked.parked_now.first[0];
    assert_eq!(
        (entity.to_string().as_str(), parked.parked_now.count),
        ("us/1", 1)
    );
    assert!(reason.contains("SKU-1"), "{reason}");
    assert_eq!(parked.released.count, 0);
    // Under those rules it would never have been booked.
    assert_eq!(parked.changed, 1);
    assert_eq!((parked.totals[0].was, parked.totals[0].would), (10_800, 0));
    // No more of them are kept than are asked for.
    let range = Range::of(&log.log, 1, None);
    let compared = what_if(&log.log, range, &unmapped, |_| {}).unwrap();
    let none = compared.difference(0).unwrap().parked_now;
    assert_eq!((none.count, none.first), (1, vec![]));

    let released = difference(&log, 1, None, &rules());
    assert_eq!(released.released.first[0].0.to_string(), "us/2");
    assert_eq!((released.parked_now.count, released.changed), (0, 1));
    assert_eq!(released.totals[0].would - released.totals[0].was, 10_800);
}

#[tokio::test]
async fn another_accounting_date_is_a_change_though_no_amount_moves() {
    let log = Log::new();
    // Its day of creation begins at 03:30 in UTC: the evening before in New York.
    log.append(&with_verdict(received(&order(1, 11, DAY)), &rules()))
        .await;
    let utc = other_rules("America/New_York", "UTC");
    let difference = difference(&log, 1, None, &utc);
    let (was, would) = difference.entities[0].dates.unwrap();
    assert_eq!(was.unwrap().to_string(), "2026-11-01");
    assert_eq!(would.unwrap().to_string(), "2026-11-02");
    assert_eq!(difference.totals[0].moved, 0);
}

#[tokio::test]
async fn only_the_part_of_the_log_that_is_asked_for_is_compared() {
    let log = Log::new();
    for number in 1..=3 {
        log.append(&with_verdict(received(&order(number, 11, DAY)), &rules()))
            .await;
    }
    let new = apparel_elsewhere();
    assert_eq!(difference(&log, 3, None, &new).compared, 2);
    assert_eq!(difference(&log, 1, Some(4), &new).compared, 2);
    // Of order 1 the cause lies before the part; of order 2 the verdict behind it.
    let cut = difference(&log, 2, Some(3), &new);
    assert_eq!((cut.compared, cut.unmapped), (0, 1));
    assert_eq!(difference(&log, 7, None, &new).compared, 0);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_told_and_left_out() {
    let log = Log::new();
    let mut spoilt = received(&order(1, 11, DAY)).encode();
    spoilt.bytes = b"{}".to_vec();
    log.append_encoded(vec![spoilt]).await;
    assert_eq!(difference(&log, 1, None, &rules()).unreadable, [1]);
}

#[tokio::test]
async fn of_many_changes_those_that_move_most_are_told_and_all_are_counted() {
    let log = Log::new();
    for number in 1..=40 {
        let order = order(number, 11, DAY);
        log.append(&with_verdict(received(&order), &rules())).await;
        if number % 4 == 0 {
            log.append(&with_verdict(refunded(&order), &rules())).await;
        }
    }
    let range = Range::of(&log.log, 1, None);
    let compared = what_if(&log.log, range, &apparel_elsewhere(), |_| {}).unwrap();
    let all = compared.difference(usize::MAX).unwrap();
    let some = compared.difference(3).unwrap();
    // The refunds are of half an order each.
    let names = |difference: &Difference| -> Vec<String> {
        let entities = difference.entities.iter();
        entities.map(|it| it.entity.to_string()).collect()
    };
    assert_eq!(names(&some), ["us/1", "us/2", "us/3"]);
    assert_eq!(names(&all).len(), 50);
    assert!(
        names(&all)[40..]
            .iter()
            .all(|name| name.contains("/refund/"))
    );
    assert_eq!((some.changed, some.compared), (50, 50));
    assert_eq!((&some.accounts, &some.totals), (&all.accounts, &all.totals));
    assert_eq!(compared.difference(0).unwrap().entities, []);
}
