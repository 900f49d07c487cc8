//! Every reader of a log reads events of an older version of the contract as it reads
//! those of today: the mapping, the views, the traces and the replays. The poster's
//! own tests do the same with a target that it posts.

#[path = "../../crates/mapping/tests/mapping/common.rs"]
#[allow(dead_code, reason = "shared with the tests of the mapping")]
mod common;
#[path = "../../crates/replay/tests/replay/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the replays")]
mod support;

use std::process::Command;

use common::RULES;
use eventlog::EventLog;
use mapping::map_event;
use schemas::{EncodedEvent, Event, v0};
use support::{order, other_rules, received, refunded, rules, with_verdict};
use tempfile::TempDir;

const DAY: &str = "2026-11-02T10:00:00Z";

/// Two orders, a refund, and an order that other rules parked.
fn story() -> Vec<Event> {
    let unmapped = other_rules("category = 20", "category = 77");
    let second = order(2, 11, DAY);
    [
        with_verdict(received(&order(1, 11, DAY)), &rules()),
        with_verdict(received(&second), &rules()),
        with_verdict(refunded(&second), &rules()),
        with_verdict(received(&order(3, 11, DAY)), &unmapped),
    ]
    .concat()
}

/// The event as a program of old would have written it.
fn of_old(event: &Event) -> EncodedEvent {
    v0::as_written(event).unwrap_or_else(|| event.encode())
}

/// A data folder with a log and the views that follow from it.
struct Data(TempDir);

impl Data {
    async fn with(events: Vec<EncodedEvent>) -> Data {
        let folder = TempDir::new().unwrap();
        let log = EventLog::open_in(folder.path()).unwrap();
        log.append_all(events).await.unwrap();
        drop(log);
        let unmapped = RULES.replace("category = 20", "category = 77");
        let moved = RULES.replace(r#"product = "110""#, r#"product = "150""#);
        for (name, text) in [("used", RULES), ("unmapped", &unmapped), ("moved", &moved)] {
            std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
        }
        let data = Data(folder);
        data.shows("replay");
        data
    }

    /// What a command shows of it, with its exit code.
    fn shows(&self, command: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
            .args(command.split(' '))
            .args(["--data", "."])
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        format!("{:?}\n{text}", output.status.code())
    }
}

#[test]
fn what_is_written_in_an_older_version_is_mapped_to_the_same_bytes() {
    let story = story();
    let old: Vec<EncodedEvent> = story.iter().filter_map(v0::as_written).collect();
    assert_eq!(old.len(), 6);
    for cause in story.iter().filter(|event| event.causation.is_none()) {
        let read = of_old(cause).decode().unwrap();
        let verdict = map_event(&read, &rules()).unwrap();
        let expected = map_event(cause, &rules()).unwrap();
        assert_eq!(verdict.encode(), expected.encode());
    }
}

#[tokio::test]
async fn a_log_of_an_older_version_shows_what_one_of_today_shows() {
    let now = Data::with(story().iter().map(Event::encode).collect()).await;
    let old = Data::with(story().iter().map(of_old).collect()).await;
    for (command, part) in [
        ("trace us/1", "target in ledger us"),
        ("trace us/1 --format json", "order.mapped"),
        ("trace us/3", "parked [unmapped"),
        ("report exceptions", "us/3"),
        ("report reconciliation", "USD"),
        (
            "replay --rules moved.toml --all",
            "101.10.41000.100.150.000",
        ),
        (
            "replay --verify --rules used.toml --rules unmapped.toml",
            "4 verdicts follow from their causes",
        ),
    ] {
        let shown = now.shows(command);
        assert!(
            shown.contains(part),
            "{command}: `{part}` is not in\n{shown}"
        );
        assert_eq!(old.shows(command), shown, "{command}");
    }
}

#[tokio::test]
async fn a_verdict_of_an_older_version_that_was_tampered_with_is_found() {
    let mut events: Vec<EncodedEvent> = story().iter().map(of_old).collect();
    let text = String::from_utf8(events[1].bytes.clone()).unwrap();
    assert!(text.contains("order.mapped:v0"));
    events[1].bytes = text.replacen("21500", "21510", 1).into_bytes();
    let data = Data::with(events).await;
    let shown = data.shows("replay --verify --rules used.toml --rules unmapped.toml");
    assert!(shown.starts_with("Some(3)"), "{shown}");
    assert!(shown.contains("3 verdicts follow"), "{shown}");
}
