use schemas::{EventId, JournalSubmitted, Mapped, Posting, Recognition};
use stream::Delivered;

use super::*;
use crate::{batch, events, readback::Found, testing::posting};

fn ledger() -> LedgerKey {
    "us".parse().unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn books(folder: &tempfile::TempDir) -> Books {
    Books::open(folder.path(), &ledger()).unwrap()
}

/// The target that a posting brings the books to.
fn mapped(posting: &Posting) -> schemas::Event {
    let data = Mapped {
        entity: posting.entity.clone(),
        ledger: ledger(),
        modified: now(),
        accounting_date: posting.accounting_date,
        change_date: posting.accounting_date,
        recognition: Recognition::Recognised,
        status: 11,
        value: posting.journal.total().amount(),
        journal: posting.journal.clone(),
        conversion: None,
        summary: None,
        rule_set: schemas::Digest::of(b"rules"),
        engine: "1".into(),
    };
    schemas::Event {
        id: posting.target,
        source: "counterfoil/mapper".into(),
        time: now(),
        subject: posting.entity.to_string(),
        causation: None,
        correlation: posting.entity.to_string(),
        partition_key: posting.entity.to_string(),
        payload: schemas::Payload::OrderMapped(data),
    }
}

/// Two orders mapped, in a batch, imported and posted: the whole story.
fn story() -> (BatchKey, Vec<Delivered>) {
    let postings = vec![posting(1, 500), posting(2, 700)];
    let intent = batch::intent(&ledger(), 1, postings.clone());
    let key = intent.batch.clone();
    let started = JournalSubmitted {
        step: Step::ImportStarted {
            round: 1,
            request: 9,
        },
        ..intent.clone()
    };
    let attempt = Attempt {
        batch: key.clone(),
        attempt: 1,
        group: intent.group,
        step: Step::Loaded,
        step_at: now(),
        intended_at: now(),
        document: None,
        last_import: None,
        batch_id: None,
        batch_name: None,
        imported_at: None,
        is_delayed: false,
        imports: 0,
    };
    let journals = postings.iter().map(|posting| schemas::ImportedJournal {
        key: posting.key.clone(),
        debits: posting.journal.total().amount(),
        credits: posting.journal.total().amount(),
    });
    let found = Found {
        batch_id: 5,
        batch_name: batch::name(&key, 1),
        is_posted: true,
        posted: None,
        journals: journals.collect(),
    };
    let mut story: Vec<schemas::Event> = postings.iter().map(mapped).collect();
    story.push(events::submitted(intent, now()));
    story.push(events::submitted(started, now()));
    story.push(events::imported(&ledger(), &attempt, &found, now()));
    for (posting, journal) in postings.iter().zip(&found.journals) {
        story.push(events::posted(
            &ledger(),
            &attempt,
            &found,
            posting,
            journal,
            now(),
        ));
    }
    (key, delivered(&story, 1))
}

fn delivered(events: &[schemas::Event], first: u64) -> Vec<Delivered> {
    let delivered = |(offset, event): (u64, &schemas::Event)| Delivered {
        offset,
        event: event.encode(),
    };
    (first..).zip(events).map(delivered).collect()
}

#[test]
fn a_target_is_due_until_it_is_in_a_batch_and_again_when_that_is_abandoned() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let (batch, story) = story();
    books.apply(&story[..2], now()).unwrap();
    assert_eq!(books.due_count(9).unwrap(), (2, Some(now())));
    assert_eq!(books.due_count(1).unwrap().0, 1);
    books.apply(&story[2..4], now()).unwrap();
    assert_eq!(books.due_count(9).unwrap().0, 0);
    assert_eq!(books.fence(), 4);
    let open = books.open_attempt().unwrap().unwrap();
    assert_eq!((open.batch, open.last_import), (batch.clone(), Some(9)));

    let abandoned = JournalSubmitted {
        step: Step::Abandoned {
            reason: "x".into(),
            left: None,
        },
        ..batch::intent(&ledger(), 1, vec![posting(1, 500), posting(2, 700)])
    };
    let event = events::submitted(abandoned, now());
    books.apply(&delivered(&[event], 5), now()).unwrap();
    assert_eq!(books.due_count(9).unwrap().0, 2);
    assert!(books.open_attempt().unwrap().is_none());
    assert_eq!(books.attempts_of(&batch).unwrap(), 1);
}

#[test]
fn events_that_come_again_are_applied_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let (_, story) = story();
    books.apply(&story, now()).unwrap();
    let family = |books: &Books| books.family(&posting(1, 500).entity).unwrap();
    let after_once = family(&books);
    assert_eq!(after_once.order.as_ref().unwrap().posted, 1);

    books.apply(&story, now()).unwrap();
    assert_eq!(family(&books), after_once, "the same offsets are skipped");
    // A copy that the broker no longer knew has an offset of its own.
    let copies: Vec<Delivered> = story[5..]
        .iter()
        .zip(100..)
        .map(|(it, offset)| Delivered {
            offset,
            ..it.clone()
        })
        .collect();
    books.apply(&copies, now()).unwrap();
    assert_eq!(
        family(&books),
        after_once,
        "the same journal is booked once"
    );
    assert_eq!(books.position(), 101);
}

#[test]
fn one_by_one_or_all_at_once_the_books_come_out_equal() {
    let (together, apart) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut left, mut right) = (books(&together), books(&apart));
    let (_, story) = story();
    left.apply(&story, now()).unwrap();
    for event in &story {
        right.apply(std::slice::from_ref(event), now()).unwrap();
    }
    for order in [1, 2] {
        let entity = posting(order, 500).entity;
        assert_eq!(
            left.family(&entity).unwrap(),
            right.family(&entity).unwrap()
        );
    }
    assert_eq!(left.fence(), right.fence());
    assert!(right.awaiting_posting().unwrap().is_empty());
}

#[test]
fn a_posted_journal_that_nobody_intended_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let (_, story) = story();
    let error = books.apply(&story[5..], now()).unwrap_err();
    assert!(matches!(error, BooksError::Unknown { .. }), "{error}");
    assert_eq!(books.position(), 0, "nothing of it is applied");
}

#[test]
fn a_rejected_target_is_not_due_but_another_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let posting = posting(1, 500);
    let reason = crate::refusal::Reason::no_open_period("Nov-26");
    let rejected = events::rejected(&ledger(), None, &posting, reason, now());
    books
        .apply(&delivered(&[mapped(&posting), rejected], 1), now())
        .unwrap();
    assert_eq!(books.due_count(9).unwrap().0, 0);
    let other = Posting {
        target: EventId::derive(&["other"]),
        ..posting
    };
    books
        .apply(&delivered(&[mapped(&other)], 3), now())
        .unwrap();
    assert_eq!(books.due_count(9).unwrap().0, 1);
}

#[test]
fn a_batch_is_whole_until_its_last_journal_is_posted() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let (batch, story) = story();
    let (last, before) = story.split_last().unwrap();
    books.apply(before, now()).unwrap();
    assert_eq!(books.awaiting_posting().unwrap().len(), 1);
    assert_eq!(books.postings(&batch).unwrap().len(), 2);
    assert_eq!(books.postings_left(&batch).unwrap(), [posting(2, 700)]);
    books.apply(std::slice::from_ref(last), now()).unwrap();
    assert!(books.awaiting_posting().unwrap().is_empty());
    assert!(books.postings(&batch).unwrap().is_empty());
}

fn decision() -> schemas::Decision {
    schemas::Decision {
        by: "controller".into(),
        reason: "as the auditor asked".into(),
        at: now(),
    }
}

fn event(id: EventId, source: &str, payload: schemas::Payload) -> schemas::Event {
    schemas::Event {
        id,
        source: source.into(),
        time: now(),
        subject: "us".into(),
        causation: None,
        correlation: "us".into(),
        partition_key: "us".into(),
        payload,
    }
}

fn hold(entity: Option<&EntityKey>) -> schemas::Event {
    let data = schemas::JournalHeld {
        ledger: ledger(),
        entity: entity.cloned(),
        decision: decision(),
    };
    event(data.event_id(), "cli", schemas::Payload::JournalHeld(data))
}

fn release(entity: Option<&EntityKey>) -> schemas::Event {
    let data = schemas::JournalReleased {
        ledger: ledger(),
        entity: entity.cloned(),
        decision: decision(),
    };
    event(
        data.event_id(),
        "cli",
        schemas::Payload::JournalReleased(data),
    )
}

fn retry(which: schemas::Retry, source: &str) -> schemas::Event {
    let data = schemas::JournalRetried {
        ledger: ledger(),
        which,
        decision: decision(),
    };
    event(
        data.event_id(),
        source,
        schemas::Payload::JournalRetried(data),
    )
}

fn refused(posting: &Posting) -> schemas::Event {
    let reason = crate::refusal::Reason::no_open_period("Nov-26");
    events::rejected(&ledger(), None, posting, reason, now())
}

fn due(books: &Books) -> usize {
    books.due_count(9).unwrap().0
}

#[test]
fn what_is_held_is_not_due_whatever_its_target_until_it_is_released() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let (one, two) = (posting(1, 500), posting(2, 700));
    // Held before anything is known of it.
    let events = [hold(Some(&one.entity)), mapped(&one), mapped(&two)];
    books.apply(&delivered(&events, 1), now()).unwrap();
    assert_eq!(books.due(9).unwrap(), std::slice::from_ref(&two.entity));
    let other = Posting {
        target: EventId::derive(&["other"]),
        ..one.clone()
    };
    let events = [mapped(&other), hold(None)];
    books.apply(&delivered(&events, 4), now()).unwrap();
    assert_eq!((due(&books), books.due(9).unwrap()), (0, vec![]));
    assert!(!books.is_due(&two.entity).unwrap());
    let events = [release(None), release(Some(&one.entity))];
    books.apply(&delivered(&events, 6), now()).unwrap();
    assert_eq!(due(&books), 2);
}

#[test]
fn what_is_on_its_way_is_not_affected_by_a_hold() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let (batch, story) = story();
    books.apply(&story[..4], now()).unwrap();
    let holds = [hold(Some(&posting(1, 500).entity)), hold(None)];
    books.apply(&delivered(&holds, 50), now()).unwrap();
    assert_eq!(books.open_attempt().unwrap().unwrap().batch, batch);
    assert_eq!(books.postings_left(&batch).unwrap().len(), 2);
}

#[test]
fn rejections_are_taken_back_by_code_by_journal_and_by_order() {
    use schemas::Retry;
    let (one, two) = (posting(1, 500), posting(2, 700));
    let code = Retry::Code {
        code: "NO_OPEN_PERIOD".into(),
    };
    let key = Retry::Journals {
        keys: vec![one.key.clone()],
    };
    let entity = Retry::Entity {
        entity: two.entity.clone(),
    };
    let other = Retry::Code {
        code: "EF04".into(),
    };
    for (which, expected) in [(code, 2), (key, 1), (entity, 1), (other, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let mut books = books(&folder);
        let events = [mapped(&one), mapped(&two), refused(&one), refused(&two)];
        books.apply(&delivered(&events, 1), now()).unwrap();
        assert_eq!(due(&books), 0);
        assert_eq!(books.rejection_codes().unwrap(), ["NO_OPEN_PERIOD"]);
        let event = retry(which, "cli");
        books
            .apply(&delivered(std::slice::from_ref(&event), 5), now())
            .unwrap();
        assert_eq!(due(&books), expected);
        let left = books.rejections("NO_OPEN_PERIOD", 9).unwrap();
        assert_eq!(left.len(), 2 - expected);
    }
}

#[test]
fn a_late_copy_of_a_rejection_does_not_undo_the_retry_and_a_new_one_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let one = posting(1, 500);
    let which = schemas::Retry::Journals {
        keys: vec![one.key.clone()],
    };
    let again = retry(which.clone(), events::SOURCE);
    let events = [mapped(&one), refused(&one), again.clone(), refused(&one)];
    books.apply(&delivered(&events, 1), now()).unwrap();
    assert_eq!(due(&books), 1);
    assert_eq!(books.retried(&one.entity).unwrap(), Some(again.id));
    let anew = events::rejected_after(refused(&one), again.id);
    assert_ne!(anew.id, refused(&one).id);
    books.apply(&delivered(&[anew], 5), now()).unwrap();
    assert_eq!(due(&books), 0);
    let rejections = books.rejections("NO_OPEN_PERIOD", 9).unwrap();
    assert_eq!((rejections.len(), rejections[0].retries), (1, 1));
    // What a person decides begins the count anew.
    let by_hand = retry(which, "cli");
    let anew = events::rejected_after(refused(&one), by_hand.id);
    books.apply(&delivered(&[by_hand, anew], 6), now()).unwrap();
    assert_eq!(books.rejections("NO_OPEN_PERIOD", 9).unwrap()[0].retries, 0);
}

#[test]
fn an_alarm_stands_until_exactly_it_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let alarm = |after| {
        let data = schemas::LedgerAlarmed {
            ledger: ledger(),
            batch: BatchKey("CF-us-1".into()),
            attempt: 1,
            code: "BATCH_TWICE".into(),
            cause: "twice".into(),
            remedy: "look".into(),
            after,
        };
        event(
            data.event_id(),
            events::SOURCE,
            schemas::Payload::LedgerAlarmed(data),
        )
    };
    let acknowledge = |alarm| {
        let data = schemas::LedgerAcknowledged {
            ledger: ledger(),
            alarm,
            decision: decision(),
        };
        event(
            data.event_id(),
            "cli",
            schemas::Payload::LedgerAcknowledged(data),
        )
    };
    let first = alarm(None);
    let other = acknowledge(EventId::derive(&["another"]));
    books
        .apply(&delivered(&[first.clone(), other], 1), now())
        .unwrap();
    assert_eq!(books.alarm().unwrap().unwrap().0, first.id);
    // A copy that comes late raises nothing.
    let events = [acknowledge(first.id), first.clone()];
    books.apply(&delivered(&events, 3), now()).unwrap();
    assert_eq!(books.alarm().unwrap(), None);
    assert_eq!(books.last_acknowledged().unwrap(), Some(first.id));
    let second = alarm(Some(first.id));
    assert_ne!(second.id, first.id);
    books.apply(&delivered(&[second], 5), now()).unwrap();
    assert!(books.alarm().unwrap().is_some());
}

#[test]
fn what_is_summed_up_waits_for_its_day_in_a_queue_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let summed_up = |order, from: &str| {
        let mut event = mapped(&posting(order, 500));
        let schemas::Payload::OrderMapped(mapped) = &mut event.payload else {
            panic!("an order's target");
        };
        mapped.summary = Some(schemas::SummaryRule {
            from: from.parse().unwrap(),
            time_zone: "America/New_York".into(),
        });
        event
    };
    let events = [
        mapped(&posting(1, 500)),
        summed_up(2, "2026-11-05"),
        summed_up(3, "2026-11-06"),
    ];
    books.apply(&delivered(&events, 1), now()).unwrap();
    // Order 3 is of the day before its route begins to be summed up.
    let due: Vec<u64> = books.due(9).unwrap().iter().map(|it| it.order.0).collect();
    assert_eq!((due, books.due_count(9).unwrap().0), (vec![1, 3], 2));

    let over: Timestamp = "2026-11-06T05:00:00Z".parse().unwrap();
    let before = over - jiff::SignedDuration::from_micros(1);
    let count = |at| books.summaries_due_beside(at, |_| false, 9).unwrap();
    assert_eq!(count(before).0, 0);
    assert_eq!(count(over), (1, Some(now())));
    let beside = books.summaries_due_beside(over, |key| key.order.0 == 2, 9);
    assert_eq!(beside.unwrap(), (0, None));
    assert_eq!(books.summaries_due(over, 9).unwrap()[0].order.0, 2);
}

#[test]
fn what_goes_to_another_ledger_is_due_back_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut story) = story();
    let last = story.len() as u64;
    let moved = |number, at: u64| {
        let mut event = mapped(&posting(number, 500));
        event.id = EventId::derive(&["moved", &number.to_string()]);
        if let schemas::Payload::OrderMapped(mapped) = &mut event.payload {
            mapped.ledger = "eu".parse().unwrap();
        }
        delivered(&[event], last + at)
    };
    // The first was posted here, the third never was.
    story.extend(moved(1, 1));
    story.extend(moved(3, 2));
    books(&folder).apply(&story, now()).unwrap();

    let books = books(&folder);
    let gone = posting(1, 500).entity;
    assert_eq!(books.due(9).unwrap(), std::slice::from_ref(&gone));
    let drafts = books.family(&gone).unwrap().due().unwrap();
    assert_eq!(
        drafts[0].journal.net_by_account(),
        posting(1, 500).journal.reversed().net_by_account()
    );
    let order = books.family(&gone).unwrap().order.unwrap();
    assert!(order.target.unwrap().is_elsewhere);
}
