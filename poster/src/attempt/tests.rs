use super::*;

fn intended() -> Step {
    Step::Intended { postings: vec![] }
}

fn import_started(round: u32) -> Step {
    Step::ImportStarted { round, request: 9 }
}

fn found() -> Found {
    Found {
        batch_id: 5,
        batch_name: "CF-us-1-1".into(),
        is_posted: false,
        posted: None,
        journals: vec![],
    }
}

fn ledger(found: Option<Found>, settled: bool, after: After) -> Knowledge {
    Knowledge::Ledger {
        found,
        settled,
        after,
    }
}

fn failure() -> After {
    After::Failure {
        report: "it failed".into(),
    }
}

fn is_abandoned(action: &Action) -> bool {
    matches!(action, Action::Record(Step::Abandoned { .. }))
}

/// Each round was seen to be started.
fn next(step: &Step, known: &Knowledge, journals: usize) -> Action {
    let imports = match step {
        Step::ImportStarted { round, .. } => *round,
        _ => 0,
    };
    super::next(step, known, Tally { journals, imports })
}

#[test]
fn the_good_case_goes_step_by_step() {
    let nothing = &Knowledge::Nothing;
    assert_eq!(next(&intended(), nothing, 2), Action::Upload);
    let uploaded = Step::Uploaded {
        document: "d".into(),
    };
    assert_eq!(
        next(&intended(), &Knowledge::Uploaded("d".into()), 2),
        Action::Record(uploaded.clone())
    );
    assert_eq!(
        next(&uploaded, nothing, 2),
        Action::Record(Step::LoadRequested)
    );
    assert_eq!(
        next(&Step::LoadRequested, &Knowledge::Fresh, 2),
        Action::CallLoad
    );
    let started = Step::LoadStarted { request: 8 };
    assert_eq!(
        next(&Step::LoadRequested, &Knowledge::Submitted(8), 2),
        Action::Record(started.clone())
    );
    assert_eq!(next(&started, nothing, 2), Action::Watch { request: 8 });
    let done = Knowledge::Job(Verdict::Succeeded);
    assert_eq!(next(&started, &done, 2), Action::Record(Step::Loaded));
    let requested = Step::ImportRequested { round: 1 };
    assert_eq!(
        next(&Step::Loaded, nothing, 2),
        Action::Record(requested.clone())
    );
    assert_eq!(next(&requested, &Knowledge::Fresh, 2), Action::CallImport);
    assert_eq!(
        next(&requested, &Knowledge::Submitted(9), 2),
        Action::Record(import_started(1))
    );
    assert_eq!(
        next(&import_started(1), &done, 2),
        Action::ReadBack(After::Success)
    );
    let seen = ledger(Some(found()), false, After::Success);
    assert_eq!(
        next(&import_started(1), &seen, 2),
        Action::Imported(found())
    );
}

#[test]
fn a_load_of_unknown_outcome_is_never_called_again() {
    for known in [Knowledge::Nothing, Knowledge::Unknown] {
        assert_eq!(next(&Step::LoadRequested, &known, 2), Action::FindLoad);
    }
    let unseen = |settled| Knowledge::Scheduler {
        request: None,
        settled,
    };
    assert_eq!(
        next(&Step::LoadRequested, &unseen(false), 2),
        Action::FindLoad
    );
    assert!(is_abandoned(&next(&Step::LoadRequested, &unseen(true), 2)));
}

#[test]
fn a_request_that_is_found_is_adopted() {
    let seen = Knowledge::Scheduler {
        request: Some(9),
        settled: false,
    };
    assert_eq!(
        next(&Step::LoadRequested, &seen, 2),
        Action::Record(Step::LoadStarted { request: 9 })
    );
    assert_eq!(
        next(&Step::ImportRequested { round: 1 }, &seen, 2),
        Action::Record(import_started(1))
    );
}

#[test]
fn an_import_of_unknown_outcome_is_looked_for_before_the_group_is_imported_again() {
    let requested = Step::ImportRequested { round: 1 };
    assert_eq!(next(&requested, &Knowledge::Unknown, 2), Action::FindImport);
    let unseen = Knowledge::Scheduler {
        request: None,
        settled: true,
    };
    assert_eq!(
        next(&requested, &unseen, 2),
        Action::ReadBack(After::Search)
    );
    let absent = |settled| ledger(None, settled, After::Search);
    assert_eq!(next(&requested, &absent(false), 2), Action::FindImport);
    assert_eq!(
        next(&requested, &absent(true), 2),
        Action::Record(Step::ImportRequested { round: 2 })
    );
    let seen = ledger(Some(found()), false, After::Search);
    assert_eq!(next(&requested, &seen, 2), Action::Imported(found()));
}

#[test]
fn an_import_that_ended_well_is_never_given_up_while_the_ledger_is_blind() {
    let absent = |settled| ledger(None, settled, After::Success);
    assert_eq!(
        next(&import_started(1), &absent(false), 2),
        Action::ReadBack(After::Success)
    );
    assert_eq!(
        next(&import_started(1), &absent(true), 2),
        Action::ReadEmptyReport { request: 9 }
    );
    // Rows that were never there can be sent again …
    assert!(is_abandoned(&next(
        &import_started(1),
        &Knowledge::NoRows,
        2
    )));
    // … rows that an earlier round may have taken cannot.
    assert_eq!(
        next(&import_started(2), &Knowledge::NoRows, 2),
        Action::ReadBack(After::Success)
    );
}

#[test]
fn culprits_are_rejected_at_once() {
    let culprits = vec![Culprit {
        place: 1,
        reason: Reason::unknown("r"),
    }];
    let failed = Knowledge::Failed {
        culprits: culprits.clone(),
        report: String::new(),
    };
    assert_eq!(
        next(&import_started(1), &failed, 2),
        Action::Reject(culprits)
    );
}

#[test]
fn without_a_culprit_the_group_is_imported_again_and_then_halved() {
    let failed = Knowledge::Failed {
        culprits: vec![],
        report: "it failed".into(),
    };
    assert_eq!(
        next(&import_started(1), &failed, 8),
        Action::ReadBack(failure())
    );
    let absent = |settled| ledger(None, settled, failure());
    assert_eq!(
        next(&import_started(1), &absent(false), 8),
        Action::Record(Step::ImportRequested { round: 2 })
    );
    assert_eq!(
        next(&import_started(2), &absent(false), 8),
        Action::ReadBack(failure())
    );
    assert!(matches!(
        next(&import_started(2), &absent(true), 8),
        Action::Halve { .. }
    ));
    assert!(matches!(
        next(&import_started(2), &absent(true), 1),
        Action::Reject(_)
    ));
}

#[test]
fn a_failed_job_whose_batch_is_in_the_ledger_was_imported() {
    let seen = ledger(Some(found()), false, failure());
    assert_eq!(
        next(&import_started(1), &seen, 2),
        Action::Imported(found())
    );
}

#[test]
fn a_failed_load_is_given_up_under_its_group() {
    let failed = Knowledge::Job(Verdict::Failed("ERROR".into()));
    let action = next(&Step::LoadStarted { request: 8 }, &failed, 2);
    assert!(is_abandoned(&action));
}

#[test]
fn a_round_of_unknown_outcome_is_no_refusal() {
    let absent = Knowledge::Ledger {
        found: None,
        settled: true,
        after: After::Failure {
            report: "no word".into(),
        },
    };
    // The second round, and the first whose import was seen.
    let tally = Tally {
        journals: 1,
        imports: 1,
    };
    let action = super::next(&import_started(2), &absent, tally);
    assert_eq!(action, Action::Record(Step::ImportRequested { round: 3 }));
}
