//! The next step of an attempt, for all that can be known of it.

use super::*;

const FIRST: Import = Import {
    round: 1,
    request: 9,
};
const SECOND: Import = Import {
    round: 2,
    request: 9,
};
const UNSETTLED: Settled = Settled(false);
const SETTLED: Settled = Settled(true);

fn found() -> Found {
    Found {
        batch_id: 5,
        batch_name: "CF-us-1-1".into(),
        is_posted: false,
        posted: None,
        journals: vec![],
    }
}

fn import_requested(import: Submission<Sight>) -> Progress {
    Progress::ImportRequested(1, import)
}

fn started(import: Import, outcome: Outcome) -> Progress {
    Progress::ImportStarted(import, outcome)
}

fn unexplained(import: Import, sight: Sight) -> Progress {
    started(import, Outcome::Unexplained("it failed".into(), sight))
}

fn read_back_after_failure(import: Import) -> Action {
    Action::Call(Call::ReadBack(After::Failure(import, "it failed".into())))
}

fn is_abandoned(action: &Action) -> bool {
    matches!(action, Action::Abandon(_))
}

/// Each round was seen to be started.
fn next(progress: &Progress, journals: usize) -> Action {
    let imports = match progress {
        Progress::ImportStarted(import, _) => import.round,
        _ => 0,
    };
    super::next(progress, Tally { journals, imports })
}

#[test]
fn the_good_case_goes_step_by_step() {
    let calls = [
        (Progress::Intended(None), Call::Upload),
        (Progress::LoadRequested(Submission::Announced), Call::Load),
        (
            Progress::LoadStarted(8, Job::Unfinished),
            Call::WatchLoad(8),
        ),
        (import_requested(Submission::Announced), Call::Import(1)),
        (
            started(FIRST, Outcome::Unfinished),
            Call::WatchImport(FIRST),
        ),
        (
            started(FIRST, Outcome::Succeeded(Sight::Unread)),
            Call::ReadBack(After::Success(FIRST)),
        ),
    ];
    for (progress, call) in calls {
        assert_eq!(next(&progress, 2), Action::Call(call));
    }
    let steps = [
        (
            Progress::Intended(Some("d".into())),
            Step::Uploaded {
                document: "d".into(),
            },
        ),
        (Progress::Uploaded, Step::LoadRequested),
        (
            Progress::LoadRequested(Submission::Answered(8)),
            Step::LoadStarted { request: 8 },
        ),
        (Progress::LoadStarted(8, Job::Succeeded), Step::Loaded),
        (Progress::Loaded, Step::ImportRequested { round: 1 }),
        (
            import_requested(Submission::Answered(9)),
            Step::ImportStarted {
                round: 1,
                request: 9,
            },
        ),
    ];
    for (progress, step) in steps {
        assert_eq!(next(&progress, 2), Action::Record(step));
    }
    let seen = started(FIRST, Outcome::Succeeded(Sight::There(found())));
    assert_eq!(next(&seen, 2), Action::Imported(found()));
}

#[test]
fn only_who_recorded_an_intent_just_now_knows_that_it_was_not_submitted() {
    let requested = [Step::LoadRequested, Step::ImportRequested { round: 1 }];
    let calls = [
        (Call::Load, Call::FindLoad),
        (Call::Import(1), Call::FindImport(1)),
    ];
    for (step, (submit, find)) in requested.iter().zip(calls) {
        let ours = Progress::at(step, true).unwrap();
        assert_eq!(next(&ours, 2), Action::Call(submit));
        let found = Progress::at(step, false).unwrap();
        assert_eq!(next(&found, 2), Action::Call(find));
    }
    let abandoned = Step::Abandoned {
        reason: "r".into(),
        left: None,
    };
    assert_eq!(Progress::at(&abandoned, true), None);
}

#[test]
fn a_submission_that_failed_goes_again_only_if_it_was_certainly_not_done() {
    for (call, find) in [
        (Call::Load, Call::FindLoad),
        (Call::Import(1), Call::FindImport(1)),
    ] {
        let not_done = call.failed(false).unwrap();
        assert_eq!(next(&not_done, 2), Action::Call(call.clone()));
        let unknown = call.failed(true).unwrap();
        assert_eq!(next(&unknown, 2), Action::Call(find));
    }
    assert_eq!(Call::Upload.failed(true), None);
}

#[test]
fn a_load_of_unknown_outcome_is_never_called_again() {
    for load in [Submission::Unknown, Submission::Unseen(UNSETTLED)] {
        let action = next(&Progress::LoadRequested(load), 2);
        assert_eq!(action, Action::Call(Call::FindLoad));
    }
    let unseen = Progress::LoadRequested(Submission::Unseen(SETTLED));
    assert!(is_abandoned(&next(&unseen, 2)));
}

#[test]
fn a_request_that_is_found_is_adopted() {
    assert_eq!(
        next(&Progress::LoadRequested(Submission::Found(9)), 2),
        Action::Record(Step::LoadStarted { request: 9 })
    );
    assert_eq!(
        next(&import_requested(Submission::Found(9)), 2),
        Action::Record(Step::ImportStarted {
            round: 1,
            request: 9
        })
    );
}

#[test]
fn an_import_of_unknown_outcome_is_looked_for_before_the_group_is_imported_again() {
    let find = Action::Call(Call::FindImport(1));
    assert_eq!(next(&import_requested(Submission::Unknown), 2), find);
    let look = After::Search(1);
    assert_eq!(
        next(&import_requested(Submission::Unseen(Sight::Unread)), 2),
        Action::Call(Call::ReadBack(look.clone()))
    );
    assert_eq!(next(&look.clone().saw(Sight::Absent(UNSETTLED)), 2), find);
    assert_eq!(
        next(&look.clone().saw(Sight::Absent(SETTLED)), 2),
        Action::Record(Step::ImportRequested { round: 2 })
    );
    let seen = look.saw(Sight::There(found()));
    assert_eq!(next(&seen, 2), Action::Imported(found()));
}

#[test]
fn an_import_that_ended_well_is_never_given_up_while_the_ledger_is_blind() {
    let look = After::Success(FIRST);
    assert_eq!(
        next(&look.clone().saw(Sight::Absent(UNSETTLED)), 2),
        Action::Call(Call::ReadBack(look.clone()))
    );
    assert_eq!(
        next(&look.saw(Sight::Absent(SETTLED)), 2),
        Action::Call(Call::ReadEmptyReport(FIRST))
    );
    // Rows that were never there can be sent again …
    let never_came = started(FIRST, Outcome::NoRows);
    assert!(is_abandoned(&next(&never_came, 2)));
    assert!(!never_came.may_leave_rows());
    // … rows that an earlier round may have taken cannot.
    assert_eq!(
        next(&started(SECOND, Outcome::NoRows), 2),
        Action::Call(Call::ReadBack(After::Success(SECOND)))
    );
}

#[test]
fn culprits_are_rejected_at_once() {
    let failed = started(FIRST, Outcome::Failed);
    assert_eq!(next(&failed, 2), Action::Call(Call::ReadReport(FIRST)));
    let culprits = vec![Culprit {
        place: 1,
        reason: refusal::unknown("r"),
    }];
    let blamed = started(FIRST, Outcome::Blamed(culprits.clone()));
    assert_eq!(next(&blamed, 2), Action::Reject(culprits));
}

#[test]
fn without_a_culprit_the_group_is_imported_again_and_then_halved() {
    assert_eq!(
        next(&unexplained(FIRST, Sight::Unread), 8),
        read_back_after_failure(FIRST)
    );
    assert_eq!(
        next(&unexplained(FIRST, Sight::Absent(UNSETTLED)), 8),
        Action::Record(Step::ImportRequested { round: 2 })
    );
    assert_eq!(
        next(&unexplained(SECOND, Sight::Absent(UNSETTLED)), 8),
        read_back_after_failure(SECOND)
    );
    let settled = unexplained(SECOND, Sight::Absent(SETTLED));
    assert!(matches!(next(&settled, 8), Action::Halve(_)));
    assert!(matches!(next(&settled, 1), Action::Reject(_)));
}

#[test]
fn a_failed_job_whose_batch_is_in_the_ledger_was_imported() {
    let seen = unexplained(FIRST, Sight::There(found()));
    assert_eq!(next(&seen, 2), Action::Imported(found()));
}

#[test]
fn a_failed_load_is_given_up_under_its_group() {
    let failed = Progress::LoadStarted(8, Job::Failed("ERROR".into()));
    assert!(is_abandoned(&next(&failed, 2)));
    assert!(failed.may_leave_rows());
}

#[test]
fn a_round_of_unknown_outcome_is_no_refusal() {
    // The second round, and the first whose import was seen.
    let tally = Tally {
        journals: 1,
        imports: 1,
    };
    let absent = unexplained(SECOND, Sight::Absent(SETTLED));
    let action = super::next(&absent, tally);
    assert_eq!(action, Action::Record(Step::ImportRequested { round: 3 }));
}

/// To stop in between would leave an unknown outcome behind.
#[test]
fn what_is_announced_or_answered_is_in_hand_until_it_is_recorded() {
    let in_hand = [
        Progress::Intended(Some("d".into())),
        Progress::LoadRequested(Submission::Announced),
        Progress::LoadRequested(Submission::Answered(8)),
        import_requested(Submission::Announced),
        import_requested(Submission::Answered(9)),
    ];
    assert!(in_hand.iter().all(Progress::is_in_hand));
    let not = [
        Progress::Intended(None),
        Progress::LoadRequested(Submission::NotDone),
        import_requested(Submission::Unknown),
        import_requested(Submission::Found(9)),
        started(FIRST, Outcome::Unfinished),
    ];
    assert!(!not.iter().any(Progress::is_in_hand));
}

#[test]
fn a_look_that_shows_nothing_makes_the_pauses_grow() {
    let unseen = [
        Progress::LoadRequested(Submission::Unseen(SETTLED)),
        import_requested(Submission::Unseen(Sight::Unread)),
        started(FIRST, Outcome::Succeeded(Sight::Absent(UNSETTLED))),
        unexplained(FIRST, Sight::Absent(UNSETTLED)),
    ];
    assert!(unseen.iter().all(Progress::is_unseen));
    let seen = [
        Progress::LoadRequested(Submission::Found(8)),
        import_requested(Submission::Unseen(Sight::There(found()))),
        started(FIRST, Outcome::Succeeded(Sight::Unread)),
        started(FIRST, Outcome::NoRows),
        unexplained(FIRST, Sight::Unread),
    ];
    assert!(!seen.iter().any(Progress::is_unseen));
}
