//! The figures that each state comes to.

use schemas::{EventId, Mapped, Recognition};

use super::*;
use crate::{
    Fact, Received, Verdict,
    testing::{Story, ledger, mapped, nothing, order_key, refund_key, sale, two_lines},
};

const COUNTS: Recognition = Recognition::Recognised;
const OUT: Recognition = Recognition::NotRecognised;
const HOLD: Recognition = Recognition::Hold;

fn received(second: i64, value: i64) -> Fact {
    let received = Received {
        id: EventId::derive(&["received", &second.to_string()]),
        offset: 1,
        modified: jiff::Timestamp::from_second(second).unwrap(),
        date: "2026-11-02".parse().unwrap(),
        value,
        status: Some(11),
        lacks_refund: false,
    };
    Fact::Received(crate::testing::usd(), received)
}

fn state(story: &Story) -> State {
    story.standing(&order_key()).state
}

/// The store tells of a state, whose target came before or not.
fn receive(story: &mut Story, second: i64, value: i64) {
    let lifecycle = story.lifecycle(&order_key());
    lifecycle.fold(received(second, value));
    if let Some(verdict) = &mut lifecycle.source.verdict {
        verdict.cause = None;
    }
}

#[test]
fn an_older_state_replaces_nothing() {
    let mut story = Story::mapped();
    receive(&mut story, 9, 700);
    receive(&mut story, 1, 500);
    let standing = story.standing(&order_key());
    assert_eq!(
        (standing.state, standing.store_value),
        (State::Received, 700)
    );
}

#[test]
fn a_newer_state_is_open_until_it_has_a_verdict_of_its_own() {
    let mut story = Story::sold();
    receive(&mut story, 1, 500);
    assert_eq!(state(&story), State::Posted);
    assert!(!story.standing(&order_key()).differs);
    receive(&mut story, 2, 700);
    let standing = story.standing(&order_key());
    assert_eq!((standing.state, standing.figure), (State::Received, 700));
}

#[test]
fn posted_means_that_the_ledger_holds_the_target() {
    let mut story = Story::mapped();
    assert_eq!(state(&story), State::Mapped);
    assert_eq!(story.standing(&order_key()).since, Some(1));
    let sent = story.send("us").remove(0);
    let standing = story.standing(&order_key());
    assert_eq!(
        (standing.state, standing.since),
        (State::Submitted, Some(2))
    );
    story.posted("us", &sent);
    assert_eq!(state(&story), State::Posted);
    story.target(&order_key(), 2, COUNTS, sale(499));
    assert_eq!(state(&story), State::Mapped);
}

#[test]
fn a_journal_that_nets_to_nothing_is_posted_when_it_is() {
    let mut story = Story::default();
    let journal = two_lines("101.22200", "101.22200", 2500);
    story.target(&order_key(), 1, COUNTS, journal);
    assert_eq!(state(&story), State::Mapped);
    story.post("us");
    assert_eq!(state(&story), State::Posted);
}

#[test]
fn what_an_abandoned_attempt_had_waits_again() {
    let mut story = Story::mapped();
    story.send("us");
    story.abandon("us");
    let standing = story.standing(&order_key());
    assert_eq!((standing.state, standing.since), (State::Mapped, Some(3)));
}

#[test]
fn a_rejection_stands_until_the_journal_goes_again() {
    let mut story = Story::mapped();
    let sent = story.send("us").remove(0);
    story.rejected("us", &sent, Some(1), None);
    let standing = story.standing(&order_key());
    assert_eq!(
        (standing.state, standing.exception, standing.since),
        (State::Rejected, Some(3), Some(3))
    );
    story.retry("us", 1);
    let standing = story.standing(&order_key());
    assert_eq!((standing.state, standing.since), (State::Mapped, Some(4)));
    story.send("us");
    assert_eq!(state(&story), State::Submitted);
}

#[test]
fn no_rejection_stands_of_an_older_target_or_under_a_status_that_decides_nothing() {
    let mut story = Story::mapped();
    story.refuse("us");
    assert_eq!(state(&story), State::Rejected);
    let mut held = story.clone();
    held.target(&order_key(), 2, HOLD, sale(500));
    assert_eq!(state(&held), State::Mapped);
    story.target(&order_key(), 2, COUNTS, sale(600));
    assert_eq!(state(&story), State::Mapped);
}

#[test]
fn a_hold_keeps_the_books_and_an_edit_under_it_is_open() {
    let mut story = Story::default();
    story.target(&order_key(), 1, HOLD, sale(500));
    assert_eq!(state(&story), State::Held);
    let mut story = Story::sold();
    story.target(&order_key(), 2, HOLD, sale(500));
    assert_eq!(state(&story), State::Posted);
    story.target(&order_key(), 3, HOLD, sale(600));
    let standing = story.standing(&order_key());
    assert_eq!((standing.state, standing.figure), (State::Mapped, 600));
}

#[test]
fn what_no_longer_counts_is_open_until_it_is_taken_back() {
    let mut story = Story::sold();
    story.target(&order_key(), 2, OUT, nothing());
    assert_eq!(state(&story), State::Mapped);
    story.post("us");
    assert_eq!(state(&story), State::NotDue);
}

#[test]
fn what_no_longer_counts_is_not_due_once_its_refunds_have_taken_it_back() {
    let mut story = Story::sold();
    story.target(&refund_key(), 2, COUNTS, sale(500).reversed());
    story.post("us");
    story.target(&order_key(), 3, OUT, nothing());
    assert_eq!(state(&story), State::NotDue);
    assert_eq!(story.standing(&refund_key()).state, State::Posted);
}

#[test]
fn a_refund_is_not_due_where_the_order_gave_it_back() {
    let mut story = Story::sold();
    story.target(&order_key(), 2, OUT, nothing());
    story.post("us");
    story.target(&refund_key(), 3, COUNTS, sale(200).reversed());
    assert_eq!(story.standing(&refund_key()).state, State::NotDue);
    // It counts again, and so does the refund.
    story.target(&order_key(), 4, COUNTS, sale(500));
    assert_eq!(story.standing(&refund_key()).state, State::Mapped);
}

#[test]
fn an_unreadable_answer_stands_until_a_newer_one_can_be_read() {
    let mut story = Story::sold();
    receive(&mut story, 1, 500);
    let unreadable = Verdict {
        offset: 9,
        cause: None,
        modified: None,
        is_parked: true,
        value: None,
        date: None,
    };
    let lifecycle = story.lifecycle(&order_key());
    lifecycle.fold(Fact::Unreadable(None, unreadable));
    let standing = story.standing(&order_key());
    assert_eq!(
        (standing.state, standing.exception),
        (State::Parked, Some(9))
    );
    assert_eq!((standing.figure, standing.differs), (500, false));
    receive(&mut story, 1, 500);
    assert_eq!(state(&story), State::Posted);
}

#[test]
fn what_went_to_another_ledger_is_posted_once_the_first_holds_nothing() {
    let mut story = Story::sold();
    story.tell_mapped(Mapped {
        ledger: ledger("eu"),
        ..mapped(&order_key(), 2, COUNTS, sale(500))
    });
    assert_eq!(state(&story), State::Mapped);
    story.post("eu");
    let standing = story.standing(&order_key());
    assert_eq!(
        (standing.state, standing.ledger),
        (State::Mapped, Some(ledger("us")))
    );
    story.post("us");
    assert_eq!(state(&story), State::Posted);
}

#[test]
fn a_rejection_in_the_ledger_that_is_left_shows_whatever_the_other_does() {
    let mut story = Story::sold();
    story.tell_mapped(Mapped {
        ledger: ledger("eu"),
        ..mapped(&order_key(), 2, COUNTS, sale(500))
    });
    story.refuse("us");
    story.send("eu");
    let standing = story.standing(&order_key());
    assert_eq!(
        (standing.state, standing.ledger),
        (State::Rejected, Some(ledger("us")))
    );
}

#[test]
fn opposite_deviations_do_not_hide_each_other() {
    let mut story = Story::sold();
    receive(&mut story, 1, 503);
    story.lifecycle(&order_key()).deviation = 3;
    let standing = story.standing(&order_key());
    assert_eq!((standing.store_value, standing.figure), (503, 503));
    assert!(standing.differs);
}
