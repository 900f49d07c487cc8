//! What is due for targets and balances of each kind.

use schemas::{Conversion, Mapped, PostingKind};

use super::*;
use crate::testing::{
    Story, kinds, ledger, mapped, nothing, order_key, posting, refund_key, sale, two_lines,
};

const COUNTS: Recognition = Recognition::Recognised;
const OUT: Recognition = Recognition::NotRecognised;
const HOLD: Recognition = Recognition::Hold;

/// A target in the other ledger.
fn elsewhere(key: &EntityKey, second: i64, recognition: Recognition, journal: Journal) -> Mapped {
    Mapped {
        ledger: ledger("eu"),
        ..mapped(key, second, recognition, journal)
    }
}

/// An order of 5.00 that is posted, with a refund of 2.00 that is mapped.
fn sold_and_refunded() -> Story {
    let mut story = Story::sold();
    story.target(&refund_key(), 2, COUNTS, sale(200).reversed());
    story
}

#[test]
fn the_first_journal_is_the_target_as_it_is() {
    let story = Story::mapped();
    let due = story.due("us");
    assert_eq!(kinds(&due), [PostingKind::Original]);
    assert_eq!(due[0].key.as_str(), "us-1001-1");
    assert_eq!(due[0].date.to_string(), "2026-11-01");
    assert_eq!(posting(due[0].clone(), &sale(500)).journal, sale(500));
    assert_eq!(story.due("eu"), []);
}

#[test]
fn nothing_is_due_when_the_ledger_holds_the_target() {
    assert_eq!(Story::sold().due("us"), []);
}

#[test]
fn a_changed_target_is_adjusted_by_the_difference() {
    let mut story = Story::sold();
    story.target(&order_key(), 2, COUNTS, sale(420));
    let due = story.due("us");
    assert_eq!(story.due_net("us"), [-80, 80]);
    assert_eq!(kinds(&due), [PostingKind::Adjustment]);
    assert_eq!(due[0].key.as_str(), "us-1001-2");
    assert_eq!(due[0].original.as_ref().unwrap().as_str(), "us-1001-1");
    assert_eq!(due[0].date.to_string(), "2026-11-09");
}

#[test]
fn a_cancelled_order_is_reversed_and_never_twice() {
    let mut story = Story::sold();
    story.target(&order_key(), 2, OUT, nothing());
    assert_eq!(story.due_net("us"), [-500, 500]);
    assert_eq!(kinds(&story.due("us")), [PostingKind::Reversal]);
    story.post("us");
    assert!(
        story
            .lifecycle(&order_key())
            .balance(&ledger("us"))
            .is_zero()
    );
    assert_eq!(story.due("us"), []);
}

#[test]
fn a_cancelled_order_gives_back_only_what_refunds_left() {
    let mut story = sold_and_refunded();
    story.post("us");
    story.target(&order_key(), 3, OUT, nothing());
    assert_eq!(story.due_net("us"), [-300, 300]);
    story.post("us");
    assert_eq!(story.due("us"), []);
}

#[test]
fn a_cancelled_order_waits_for_a_refund_on_its_way_and_keeps_later_ones_out() {
    let mut story = sold_and_refunded();
    let mut sent = story.clone();
    sent.send("us");
    sent.target(&order_key(), 3, OUT, nothing());
    assert_eq!(sent.due("us"), []);
    story.target(&order_key(), 3, OUT, nothing());
    story.post("us");
    assert_eq!(story.due("us"), []);
}

#[test]
fn a_refund_never_overtakes_its_order() {
    let mut alone = Story::default();
    alone.target(&refund_key(), 1, COUNTS, sale(200).reversed());
    assert_eq!(alone.due("us"), []);

    let mut story = Story::mapped();
    story.target(&refund_key(), 2, COUNTS, sale(200).reversed());
    assert_eq!(kinds(&story.due("us")), [PostingKind::Original]);

    let mut refused = story.clone();
    refused.refuse("us");
    assert_eq!(refused.due("us"), []);

    let sent = story.send("us");
    assert_eq!(story.due("us"), []);
    story.posted("us", &sent[0]);
    let due = story.due("us");
    assert_eq!(kinds(&due), [PostingKind::Refund]);
    assert_eq!(due[0].original.as_ref().unwrap().as_str(), "us-1001-1");
}

#[test]
fn a_status_that_decides_nothing_leaves_the_books_as_they_are() {
    let mut story = Story::default();
    story.target(&order_key(), 1, HOLD, sale(500));
    assert_eq!(story.due("us"), []);
    let mut story = Story::sold();
    story.target(&order_key(), 2, HOLD, sale(1));
    assert_eq!(story.due("us"), []);
}

#[test]
fn a_refused_target_waits_for_another() {
    let mut story = Story::mapped();
    story.refuse("us");
    assert_eq!(story.due("us"), []);
    story.target(&order_key(), 2, COUNTS, sale(500));
    assert_eq!(story.due("us").len(), 1);
}

#[test]
fn what_is_held_is_not_due_whatever_its_target_until_it_is_released() {
    let mut story = Story::default();
    // Before anything is known of it.
    story.hold(&order_key());
    story.target(&order_key(), 1, COUNTS, sale(500));
    story.target(&refund_key(), 1, COUNTS, sale(200).reversed());
    assert_eq!(story.due("us"), []);
    story.target(&order_key(), 2, COUNTS, sale(600));
    assert_eq!(story.due("us"), []);
    story.release(&order_key());
    assert_eq!(story.due("us").len(), 1);
    story.post("us");
    story.hold(&refund_key());
    assert_eq!(story.due("us"), []);
}

#[test]
fn an_order_that_counts_again_is_booked_again() {
    let mut story = Story::sold();
    story.target(&order_key(), 2, OUT, nothing());
    story.post("us");
    story.target(&order_key(), 3, COUNTS, sale(500));
    let due = story.due("us");
    assert_eq!(kinds(&due), [PostingKind::Adjustment]);
    assert_eq!(due[0].key.as_str(), "us-1001-3");
    assert_eq!(story.due_net("us"), [500, -500]);
}

#[test]
fn a_first_journal_that_nets_to_nothing_is_due_once() {
    let mut story = Story::default();
    let journal = two_lines("101.22200", "101.22200", 2500);
    story.target(&order_key(), 1, COUNTS, journal.clone());
    let due = story.due("us");
    assert_eq!(kinds(&due), [PostingKind::Original]);
    assert_eq!(posting(due[0].clone(), &journal).journal, journal);
    story.post("us");
    assert_eq!(story.due("us"), []);
}

#[test]
fn what_went_to_another_ledger_is_taken_back_whole_and_once() {
    let mut story = Story::sold();
    story.tell_mapped(elsewhere(&order_key(), 3, COUNTS, sale(450)));
    let due = story.due("us");
    assert_eq!(story.due_net("us"), [-500, 500]);
    assert_eq!(kinds(&due), [PostingKind::Reversal]);
    assert_eq!(due[0].date.to_string(), "2026-11-09");
    assert_eq!(kinds(&story.due("eu")), [PostingKind::Original]);
    story.post("us");
    assert_eq!(story.due("us"), []);
    story.post("eu");
    assert_eq!(story.due("eu"), []);
}

#[test]
fn refunds_follow_their_order_to_another_ledger_each_for_itself() {
    let mut story = sold_and_refunded();
    story.post("us");
    story.tell_mapped(elsewhere(&order_key(), 3, COUNTS, sale(500)));
    assert_eq!(story.due_net("us"), [-500, 500]);
    story.post("us");
    // It follows with the next reading of the order; until then it stays.
    assert_eq!(story.due("us"), []);
    story.tell_mapped(elsewhere(&refund_key(), 3, COUNTS, sale(200).reversed()));
    assert_eq!(story.due_net("us"), [200, -200]);
    story.post("us");
    assert_eq!(story.due("us"), []);
}

#[test]
fn an_order_of_another_ledger_is_none_of_this_one() {
    let mut story = Story::default();
    story.tell_mapped(elsewhere(&order_key(), 3, COUNTS, sale(500)));
    story.tell_mapped(elsewhere(&refund_key(), 3, COUNTS, sale(200).reversed()));
    assert_eq!(story.due("us"), []);
    // A state of it that comes late, from when it was in this one, changes nothing.
    story.target(&order_key(), 1, COUNTS, sale(500));
    assert_eq!(story.due("us"), []);
}

#[test]
fn an_order_that_comes_back_from_another_ledger_is_booked_again() {
    let mut story = Story::sold();
    story.tell_mapped(elsewhere(&order_key(), 3, COUNTS, sale(500)));
    story.post("us");
    story.target(&order_key(), 4, COUNTS, sale(500));
    assert_eq!(story.due_net("us"), [500, -500]);
    assert_eq!(story.due("us")[0].key.as_str(), "us-1001-3");
}

#[test]
fn what_left_is_converted_as_it_was_booked_and_a_hold_keeps_it() {
    let mut story = Story::default();
    let conversion = Conversion {
        kind: "Spot".into(),
        rate: None,
    };
    story.tell_mapped(Mapped {
        conversion: Some(conversion.clone()),
        ..mapped(&order_key(), 1, COUNTS, sale(500))
    });
    story.post("us");
    let mut held = story.clone();
    held.tell_mapped(elsewhere(&order_key(), 3, HOLD, sale(500)));
    assert_eq!(held.due("us"), []);
    story.tell_mapped(elsewhere(&order_key(), 3, OUT, sale(1)));
    assert_eq!(story.due_net("us"), [-500, 500]);
    assert_eq!(story.due("us")[0].conversion, Some(conversion));
}
