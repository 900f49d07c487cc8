//! `counterfoil replay` on a real log: what other rules would change, and whether
//! verdicts follow from their causes.

#[path = "../../crates/mapping/tests/mapping/common.rs"]
#[allow(dead_code, reason = "shared with the tests of the mapping")]
mod common;
#[path = "../../crates/replay/tests/replay/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the replays")]
mod support;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use common::RULES;
use eventlog::EventLog;
use schemas::{EncodedEvent, Event};
use support::{order, received, refunded, rules, with_verdict};
use tempfile::TempDir;

const DAY: &str = "2026-11-02T10:00:00Z";

/// A data folder with a log of these events.
async fn data(events: Vec<EncodedEvent>) -> TempDir {
    let folder = TempDir::new().unwrap();
    let log = EventLog::open_in(folder.path()).unwrap();
    log.append_all(events).await.unwrap();
    folder
}

/// Two orders, and a refund of half of the second.
async fn two_orders() -> TempDir {
    let (first, second) = (order(1, 11, DAY), order(2, 11, DAY));
    let causes = [received(&first), received(&second), refunded(&second)];
    let events = causes.map(|cause| with_verdict(cause, &rules()));
    data(events.iter().flatten().map(Event::encode).collect()).await
}

fn rules_file(data: &TempDir, name: &str, text: &str) -> PathBuf {
    let file = data.path().join(name);
    std::fs::write(&file, text).unwrap();
    file
}

/// The example rules with apparel's revenue on another product segment.
fn new_rules(data: &TempDir) -> PathBuf {
    let text = RULES.replace(r#"product = "110""#, r#"product = "150""#);
    rules_file(data, "new.toml", &text)
}

fn replay(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
    command.arg("replay").arg("--data").arg(data);
    command.args(arguments).current_dir(data).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[tokio::test]
async fn the_difference_is_shown_by_account_by_order_and_in_total() {
    let data = two_orders().await;
    let new = new_rules(&data);
    let new = new.to_str().unwrap();
    let output = replay(data.path(), &["--rules", new]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let shown = text(&output);
    for part in [
        "3 orders and refunds compared, 3 would be booked otherwise",
        "USD: targets of 270.00 in all, would be 270.00; 250.00 would move between accounts",
        "101.10.41000.100.110.000",
        "-150.00",
        "us/2/refund/7",
    ] {
        assert!(shown.contains(part), "`{part}` is not in\n{shown}");
    }

    let output = replay(data.path(), &["--rules", new, "--top", "1"]);
    assert!(text(&output).contains("2 more: --all shows them"));
    let output = replay(data.path(), &["--rules", new, "--format", "csv", "--all"]);
    let rows = text(&output);
    assert!(
        rows.contains("account,,us,USD,101.10.41000.100.150.000,0.00,-150.00,-150.00,"),
        "{rows}"
    );
    let output = replay(data.path(), &["--rules", new, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["totals"][0]["moved"], "250.00");
    let output = replay(data.path(), &["--rules", new, "--from", "3", "--to", "4"]);
    assert!(text(&output).contains("1 orders and refunds compared"));
}

#[tokio::test]
async fn what_if_writes_nothing() {
    let data = two_orders().await;
    let new = new_rules(&data);
    let before = EventLog::open_in(data.path()).unwrap().last_offset();
    replay(data.path(), &["--rules", new.to_str().unwrap()]);
    assert_eq!(
        EventLog::open_in(data.path()).unwrap().last_offset(),
        before
    );
    assert!(!data.path().join("projector").exists());
}

#[tokio::test]
async fn verdicts_that_follow_from_their_causes_are_in_order() {
    let data = two_orders().await;
    let used = rules_file(&data, "rules.toml", RULES);
    let output = replay(
        data.path(),
        &["--verify", "--rules", used.to_str().unwrap()],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("3 verdicts follow from their causes to the byte, 0 do not"));
}

#[tokio::test]
async fn verdicts_by_rules_that_are_not_there_are_named_and_not_in_order() {
    let data = two_orders().await;
    let new = new_rules(&data);
    let output = replay(data.path(), &["--verify", "--rules", new.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let digest = rules().digest().to_string();
    assert!(text(&output).contains(&format!("3 verdicts are by the rule set {digest}")));
}

#[tokio::test]
async fn a_verdict_that_was_tampered_with_is_shown_with_its_offset() {
    let [cause, verdict] = with_verdict(received(&order(1, 11, DAY)), &rules());
    let mut tampered = verdict.encode();
    let changed = String::from_utf8(tampered.bytes).unwrap();
    tampered.bytes = changed.replacen("21500", "21510", 1).into_bytes();
    let data = data(vec![cause.encode(), tampered]).await;
    let used = rules_file(&data, "rules.toml", RULES);
    let output = replay(
        data.path(),
        &["--verify", "--rules", used.to_str().unwrap()],
    );
    assert_eq!(output.status.code(), Some(3));
    assert!(
        text(&output).contains("offset 2 (order.mapped.us)"),
        "{}",
        text(&output)
    );
}

#[test]
fn wrong_arguments_and_folders_say_what_to_do() {
    let data = TempDir::new().unwrap();
    let new = new_rules(&data);
    let new = new.to_str().unwrap();
    let output = replay(data.path(), &["--rules", new]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).contains("there is no log in"),
        "{}",
        text(&output)
    );
    assert!(!data.path().join("log").exists(), "nothing was made there");
    let output = replay(data.path(), &["--from", "3"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let output = replay(data.path(), &["--rules", new, "--rules", new]);
    assert!(
        text(&output).contains("one file of rules"),
        "{}",
        text(&output)
    );
}
