//! Whether what was mapped follows from its cause.

use mapping::{RuleSet, park_oversized};
use replay::{Range, RuleSets, Verification, verify};
use schemas::{Event, Payload};

use crate::support::{Log, order, other_rules, received, refunded, rules, with_verdict};

const DAY: &str = "2026-11-02T10:00:00Z";

fn sets(rules: impl IntoIterator<Item = RuleSet>) -> RuleSets {
    let sets = rules.into_iter();
    sets.map(|rules| (rules.digest().clone(), rules)).collect()
}

fn verified(log: &Log, sets: &RuleSets) -> Verification {
    let range = Range::of(&log.log, 1, None);
    verify(&log.log, range, sets, |_| {}).unwrap()
}

#[tokio::test]
async fn what_the_mapper_wrote_follows_from_its_causes() {
    let log = Log::new();
    for number in 1..=300 {
        let order = order(number, 11, DAY);
        log.append(&with_verdict(received(&order), &rules())).await;
        log.append(&with_verdict(refunded(&order), &rules())).await;
    }
    let parked = other_rules("category = 20", "category = 77");
    log.append(&with_verdict(received(&order(301, 11, DAY)), &parked))
        .await;
    let verification = verified(&log, &sets([rules(), parked]));
    assert!(verification.is_in_order());
    assert_eq!(verification.same, 601);
}

#[tokio::test]
async fn verdicts_by_other_rules_are_counted_and_named() {
    let log = Log::new();
    let other = other_rules("category = 20", "category = 77");
    log.append(&with_verdict(received(&order(1, 11, DAY)), &rules()))
        .await;
    log.append(&with_verdict(received(&order(2, 11, DAY)), &other))
        .await;
    let verification = verified(&log, &sets([rules()]));
    assert_eq!(verification.same, 1);
    assert_eq!(verification.unknown_rules[other.digest()], 1);
    assert_eq!(verification.deviating, 0);
    assert!(!verification.is_in_order());
}

#[tokio::test]
async fn verdicts_of_another_engine_are_counted_apart() {
    let log = Log::new();
    let [cause, mut verdict] = with_verdict(received(&order(1, 11, DAY)), &rules());
    if let Payload::OrderMapped(mapped) = &mut verdict.payload {
        mapped.engine = "0".to_owned();
    }
    log.append(&[cause, verdict]).await;
    // What is parked names its engine too, or a better wording would pass for a change.
    let unmapped = other_rules("category = 20", "category = 77");
    let parked = |number, engine: Option<&str>| {
        let [cause, mut verdict] = with_verdict(received(&order(number, 11, DAY)), &unmapped);
        if let Payload::OrderParked(parked) = &mut verdict.payload {
            parked.engine = engine.map(str::to_owned);
        }
        [cause, verdict]
    };
    log.append(&parked(2, Some("0"))).await;
    log.append(&parked(3, None)).await;
    let verification = verified(&log, &sets([rules(), unmapped]));
    assert_eq!((verification.same, verification.deviating), (0, 0));
    assert_eq!(verification.other_engines["0"], 2);
    assert_eq!(verification.other_engines["not named"], 1);
}

#[tokio::test]
async fn one_changed_account_in_the_log_is_found_with_its_offset() {
    let log = Log::new();
    log.append(&with_verdict(received(&order(1, 11, DAY)), &rules()))
        .await;
    let [cause, verdict] = with_verdict(received(&order(2, 11, DAY)), &rules());
    let mut tampered = verdict.encode();
    let text = String::from_utf8(tampered.bytes).unwrap();
    tampered.bytes = text.replacen("21500", "21510", 1).into_bytes();
    log.append(&[cause]).await;
    log.append_encoded(vec![tampered]).await;
    let verification = verified(&log, &sets([rules()]));
    assert_eq!((verification.same, verification.deviating), (1, 1));
    let deviation = &verification.deviations[0];
    assert_eq!(
        (deviation.offset, deviation.subject.as_str()),
        (4, "order.mapped.us")
    );
    assert!(deviation.what.contains("21510"), "{}", deviation.what);
    assert!(deviation.what.contains("21500"), "{}", deviation.what);
}

#[tokio::test]
async fn a_verdict_without_its_cause_deviates() {
    let log = Log::new();
    let [_, verdict] = with_verdict(received(&order(1, 11, DAY)), &rules());
    let orphan = Event {
        causation: None,
        ..verdict.clone()
    };
    log.append(&[verdict]).await;
    let verification = verified(&log, &sets([rules()]));
    assert!(verification.deviations[0].what.contains("not in the log"));

    let log = Log::new();
    log.append(&[orphan]).await;
    let verification = verified(&log, &sets([rules()]));
    assert!(verification.deviations[0].what.contains("names no cause"));
}

#[tokio::test]
async fn a_target_that_was_too_large_is_derived_as_such() {
    let log = Log::new();
    let [cause, verdict] = with_verdict(received(&order(1, 11, DAY)), &rules());
    let bytes = verdict.encode().bytes.len();
    let parked = park_oversized(&cause, &rules(), bytes).unwrap();
    log.append(&[cause, parked]).await;
    let [cause, _] = with_verdict(received(&order(2, 11, DAY)), &rules());
    let wrong = park_oversized(&cause, &rules(), bytes + 7).unwrap();
    log.append(&[cause, wrong]).await;
    let verification = verified(&log, &sets([rules()]));
    assert_eq!((verification.same, verification.deviating), (1, 1));
}
