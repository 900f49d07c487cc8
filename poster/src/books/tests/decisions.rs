//! What people decide, and what Fusion refuses.

use super::*;

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
        decision: schemas::Decision {
            by: source.into(),
            ..decision()
        },
    };
    event(
        data.event_id(),
        source,
        schemas::Payload::JournalRetried(data),
    )
}

fn refused(posting: &Posting) -> schemas::Event {
    let reason = fusion::checks::Reason::no_open_period("Nov-26");
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
    let again = retry(which.clone(), schemas::Writer::Poster.as_str());
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
            schemas::Writer::Poster.as_str(),
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
fn a_copy_of_a_decision_that_comes_late_undoes_none_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = books(&folder);
    let one = posting(1, 500);
    let code = schemas::Retry::Code {
        code: "NO_OPEN_PERIOD".into(),
    };
    let (held, again) = (hold(Some(&one.entity)), retry(code, "cli"));
    let events = [
        mapped(&one),
        held.clone(),
        release(Some(&one.entity)),
        again.clone(),
        held,
    ];
    books.apply(&delivered(&events, 1), now()).unwrap();
    assert_eq!(due(&books), 1);
    books
        .apply(&delivered(&[refused(&one), again], 9), now())
        .unwrap();
    assert_eq!(due(&books), 0, "what was refused after it stands");
}
