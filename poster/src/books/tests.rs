//! Books that are opened, told, closed and taken over.

use schemas::{EventId, JournalSubmitted, Mapped, Posting, Recognition};
use stream::{Delivered, Sequence, Start, StreamId};

use super::*;
use crate::{batch, events, readback::Found, testing::posting};

mod decisions;

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
    let delivered = |(sequence, event): (u64, &schemas::Event)| Delivered {
        stream: StreamId::derive(&["tests"]),
        sequence: Sequence(sequence),
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
    assert_eq!(books.fence(), Sequence(4));
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
    let order = &after_once.order.as_ref().unwrap().lifecycle;
    assert_eq!(order.holding(&ledger()).unwrap().journals.len(), 1);

    books.apply(&story, now()).unwrap();
    assert_eq!(family(&books), after_once, "the same events are skipped");
    // A copy that the broker no longer knew has a sequence of its own.
    let copies: Vec<Delivered> = story[5..]
        .iter()
        .zip(100..)
        .map(|(it, sequence)| Delivered {
            sequence: Sequence(sequence),
            ..it.clone()
        })
        .collect();
    books.apply(&copies, now()).unwrap();
    assert_eq!(
        family(&books),
        after_once,
        "the same journal is booked once"
    );
    assert_eq!(books.position().sequence(), Sequence(101));
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
    assert_eq!(
        books.position(),
        Start::Beginning,
        "nothing of it is applied"
    );
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
    assert_eq!(
        books
            .draft(&gone)
            .unwrap()
            .unwrap()
            .journal
            .net_by_account(),
        posting(1, 500).journal.reversed().net_by_account()
    );
    let order = books.family(&gone).unwrap().order.unwrap();
    assert!(order.lifecycle.is_elsewhere(&ledger()));
}

#[test]
fn books_know_their_stream_and_event_when_they_are_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let (_, story) = story();
    books.apply(&story, now()).unwrap();
    let last = Start::After(story.last().unwrap().position());
    assert_eq!(books.position(), last);
    // An older event takes nothing back.
    books.apply(&story[..1], now()).unwrap();
    drop(books);
    let books = self::books(&folder);
    assert_eq!(books.position(), last);
    assert_eq!(books.reached().unwrap(), last);
}

/// They are rebuilt, and the stream must hold what they had seen.
#[test]
fn books_of_another_version_leave_how_far_they_had_come() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let (_, story) = story();
    books.apply(&story, now()).unwrap();
    drop(books);
    let age = |version: i64| {
        let file = folder.path().join(format!("{}.db", ledger()));
        let connection = Connection::open(file).unwrap();
        connection
            .pragma_update(None, "user_version", version)
            .unwrap();
    };
    let last = Start::After(story.last().unwrap().position());
    // Twice, without a single event between.
    for version in [VERSION + 1, VERSION + 2] {
        age(version);
        let books = self::books(&folder);
        assert_eq!(books.position(), Start::Beginning);
        assert_eq!(books.reached().unwrap(), last);
    }

    let mut books = self::books(&folder);
    books.apply(&story, now()).unwrap();
    assert_eq!(books.reached().unwrap(), last);
    drop(books);
    // Versions of before knew a number alone.
    age(6);
    let books = self::books(&folder);
    assert_eq!(books.position(), Start::Beginning);
    assert_eq!(
        books.reached().unwrap(),
        Start::AfterSequence(story.last().unwrap().sequence)
    );
}

/// What stands in a row is what was written to it, or nothing is made of it.
#[test]
fn a_row_that_was_changed_is_refused() {
    let changes = [
        "UPDATE lifecycle SET lifecycle = lifecycle || ' ' WHERE order_id = 1",
        "UPDATE lifecycle SET journal = journal || ' ' WHERE order_id = 1",
        "UPDATE lifecycle SET journal = (SELECT journal FROM lifecycle WHERE order_id = 2)",
        "UPDATE lifecycle SET lifecycle = '{}', journal = '' WHERE order_id = 1",
    ];
    for change in changes {
        let folder = tempfile::tempdir().unwrap();
        let mut books = books(&folder);
        let (_, story) = story();
        books.apply(&story[..2], now()).unwrap();
        let entity = posting(1, 500).entity;
        assert!(books.draft(&entity).unwrap().is_some());
        assert!(books.connection.execute(change, []).unwrap() > 0);
        let error = books.draft(&entity).unwrap_err();
        assert!(error.is_damage(), "{change}: {error}");
    }
}

#[test]
fn a_journal_that_was_sent_is_not_read_back_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let (batch, story) = story();
    books.apply(&story[..3], now()).unwrap();
    assert_eq!(books.postings(&batch).unwrap().len(), 2);
    let change = "UPDATE posting SET posting = posting || ' '";
    books.connection.execute(change, []).unwrap();
    assert!(books.postings(&batch).unwrap_err().is_damage());
}

#[test]
fn books_that_miss_an_order_are_not_opened_and_begin_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut whole = books(&folder);
    let (_, story) = story();
    whole.apply(&story, now()).unwrap();
    let reached = whole.position();
    drop(whole);
    let open = || Books::open(folder.path(), &ledger());
    let whole = open().unwrap();
    whole
        .connection
        .execute("DELETE FROM lifecycle WHERE order_id = 1", [])
        .unwrap();
    drop(whole);
    assert!(open().err().unwrap().is_damage());
    let (anew, aside) = Books::begin_anew(folder.path(), &ledger(), reached).unwrap();
    assert!(aside.is_file());
    assert_eq!(anew.position(), Start::Beginning);
    assert_eq!(anew.reached().unwrap(), reached);
}
