//! The lifecycle, fact by fact.

use schemas::Digest;

use super::*;
use crate::testing::{Story, ledger, mapped, order_key, refund_key, sale};

const COUNTS: Recognition = Recognition::Recognised;

fn us(story: &mut Story) -> Holding {
    let holding = story.lifecycle(&order_key()).holding(&ledger("us"));
    holding.cloned().unwrap()
}

#[test]
fn an_older_target_never_replaces_a_newer_one() {
    let mut story = Story::mapped();
    story.target(&order_key(), 2, COUNTS, sale(600));
    story.target(&order_key(), 1, COUNTS, sale(1));
    assert_eq!(story.due_net("us"), [600, -600]);
}

#[test]
fn a_copy_of_a_target_that_other_rules_replaced_does_not_come_back() {
    let mut story = Story::default();
    let first = story.target(&order_key(), 1, COUNTS, sale(500));
    let other_rules = schemas::Mapped {
        rule_set: Digest::of(b"other rules"),
        ..mapped(&order_key(), 1, COUNTS, sale(600))
    };
    story.tell_mapped(other_rules);
    assert_eq!(story.tell(&first), [Booked::Taken, Booked::Nothing]);
    assert_eq!(story.due_net("us"), [600, -600]);
}

#[test]
fn a_target_of_an_older_state_stands_although_a_newer_one_is_parked() {
    let mut story = Story::default();
    let received = crate::Verdict {
        offset: 1,
        cause: None,
        modified: Some(Timestamp::from_second(9).unwrap()),
        is_parked: true,
        value: None,
        date: None,
    };
    story.hold(&order_key());
    story
        .lifecycle(&order_key())
        .fold(Fact::Judged(None, received));
    story.release(&order_key());
    story.target(&order_key(), 2, COUNTS, sale(500));
    assert_eq!(story.due_net("us"), [500, -500]);
    assert_eq!(story.standing(&order_key()).state, crate::State::Parked);
}

#[test]
fn a_journal_is_booked_once() {
    let mut story = Story::mapped();
    let sent = story.send("us").remove(0);
    assert!(us(&mut story).is_in_flight());
    assert_eq!(story.posted("us", &sent), [Booked::Taken]);
    let once = story.lifecycle(&order_key()).balance(&ledger("us"));
    assert_eq!(story.posted("us", &sent), [Booked::Nothing]);
    assert_eq!(story.lifecycle(&order_key()).deviation, 0);
    for booked in [Booked::Twice, Booked::Nothing] {
        assert_eq!(story.posted_in("us", &sent, 6), [booked]);
        let lifecycle = story.lifecycle(&order_key());
        assert_eq!(lifecycle.balance(&ledger("us")), once);
        assert_eq!(lifecycle.deviation, 500, "it is there twice");
    }
}

#[test]
fn a_journal_that_nobody_meant_is_not_booked() {
    let mut story = Story::mapped();
    let mut sent = story.clone().send("us").remove(0);
    assert_eq!(story.posted("us", &sent), [Booked::Unmeant]);
    story.send("us");
    sent.key = order_key().journal_key(9);
    assert_eq!(story.posted("us", &sent), [Booked::Unmeant]);
    assert!(
        story
            .lifecycle(&order_key())
            .balance(&ledger("us"))
            .is_zero()
    );
    assert_eq!(story.lifecycle(&order_key()).deviation, 1000);
}

#[test]
fn what_an_abandoned_attempt_had_is_due_again() {
    let mut story = Story::mapped();
    story.send("us");
    assert_eq!(story.due("us"), []);
    story.abandon("us");
    assert_eq!(story.due("us").len(), 1);
    assert_eq!(us(&mut story).released, Some(3));
}

#[test]
fn a_rejection_stands_until_it_is_taken_back() {
    let mut story = Story::mapped();
    let sent = story.send("us").remove(0);
    story.rejected("us", &sent, Some(1), None);
    assert_eq!(us(&mut story).rejection.unwrap().code, "EF04");
    story.abandon("us");
    assert_eq!(story.due("us"), []);
    story.retry("us", 1);
    assert_eq!(story.due("us").len(), 1);
}

#[test]
fn a_rejection_of_another_attempt_comes_late() {
    let mut story = Story::mapped();
    let sent = story.send("us").remove(0);
    let event = story.rejected("us", &sent, Some(1), None);
    story.abandon("us");
    story.retry("us", 1);
    // The same journals make the same batch, in another attempt.
    let intent = schemas::Step::Intended {
        postings: vec![sent],
    };
    story.step("us", 2, intent);
    assert_eq!(story.tell(&event), [Booked::Nothing]);
    assert!(us(&mut story).is_in_flight());
}

#[test]
fn a_copy_of_a_rejection_undoes_no_retry_and_a_new_one_counts() {
    let mut story = Story::mapped();
    let posting = story.refuse("us");
    let again = story.retry("us", 1);
    let copy = story.rejected("us", &posting, None, None);
    assert_eq!(story.due("us").len(), 1);
    story.rejected("us", &posting, None, Some(again));
    assert_eq!(story.due("us"), []);
    let rejection = us(&mut story).rejection;
    assert_eq!(story.tell(&copy), [Booked::Nothing]);
    assert_eq!(us(&mut story).rejection, rejection);
}

#[test]
fn a_copy_of_a_rejection_of_an_older_target_hides_none_of_the_newest() {
    let mut story = Story::mapped();
    let first = story.refuse("us");
    story.target(&order_key(), 2, COUNTS, sale(600));
    story.refuse("us");
    let standing = us(&mut story).rejection;
    assert!(standing.is_some());
    story.rejected("us", &first, None, None);
    assert_eq!(us(&mut story).rejection, standing);
}

#[test]
fn a_retry_takes_back_what_stands_and_nothing_else() {
    let mut story = Story::mapped();
    story.retry("us", 1);
    assert_eq!(us_retried(&mut story), None);
    let posting = story.refuse("us");
    story.retry("eu", 2);
    assert_eq!(story.due("us"), []);
    story.retry("us", 3);
    let by = us_retried(&mut story);
    story.rejected("us", &posting, None, by);
    story.retry("us", 4);
    assert_ne!(us_retried(&mut story), by);
    // Another target has never been refused.
    story.target(&order_key(), 2, COUNTS, sale(600));
    assert_eq!(us_retried(&mut story), None);
}

fn us_retried(story: &mut Story) -> Option<EventId> {
    let holding = story.lifecycle(&order_key()).holding(&ledger("us"));
    holding?.retried.as_ref().map(|it| it.by)
}

#[test]
fn a_journal_that_was_refused_and_is_posted_all_the_same_is_booked() {
    let mut story = Story::mapped();
    let sent = story.send("us").remove(0);
    story.rejected("us", &sent, Some(1), None);
    assert_eq!(story.posted("us", &sent), [Booked::Taken]);
    assert_eq!(us(&mut story).rejection, None);
    story.target(&refund_key(), 2, COUNTS, sale(200).reversed());
    assert_eq!(story.due("us").len(), 1, "its refunds need not wait");
}

#[test]
fn written_and_read_back_it_is_the_same() {
    let mut story = Story::sold();
    story.target(&order_key(), 2, COUNTS, sale(600));
    story.send("us");
    story.hold(&order_key());
    let lifecycle = story.lifecycle(&order_key());
    let text = serde_json::to_string(lifecycle).unwrap();
    assert_eq!(
        serde_json::from_str::<Lifecycle>(&text).unwrap(),
        *lifecycle
    );
}
