//! `counterfoil log rebuild`: what is put in the place of a log, and what is not.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use eventlog::{EventLog, Offset};
use schemas::{EncodedEvent, EventId};
use tempfile::TempDir;

const CONFIGURATION: &str = r#"
data_dir = "data"
[fusion]
url = "http://127.0.0.1:1"
token_url = "http://127.0.0.1:1/token"
client_id = "counterfoil"
client_secret = "a-secret"
scope = "all"
"#;

/// A data folder with a log of so many events, and the configuration for it.
async fn folder(events: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("counterfoil.toml");
    fs::write(file, CONFIGURATION).unwrap();
    append(&folder, 0..events).await;
    folder
}

async fn append(folder: &TempDir, numbers: std::ops::Range<usize>) {
    let event = |number: usize| EncodedEvent {
        id: EventId::derive(&[&number.to_string()]),
        subject: "order.received.us.1".to_owned(),
        bytes: format!("{{\"number\":{number}}}").into_bytes(),
    };
    open(folder)
        .append_all(numbers.map(event).collect())
        .await
        .unwrap();
}

fn open(folder: &TempDir) -> EventLog {
    EventLog::open_in(&folder.path().join("data")).unwrap()
}

fn log(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
    command.arg("log").args(arguments);
    command.current_dir(folder).output().unwrap()
}

fn export(folder: &TempDir) {
    let output = log(folder.path(), &["export"]);
    assert!(output.status.success());
    fs::write(folder.path().join("events.jsonl"), output.stdout).unwrap();
}

/// Rebuilds, and returns whether that was done and what was said.
fn rebuild(folder: &TempDir, arguments: &[&str]) -> (bool, String) {
    let output = log(folder.path(), &[&["rebuild"], arguments].concat());
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success(), said)
}

#[tokio::test]
async fn a_shorter_log_takes_the_place_of_a_longer_one_only_when_told_to() {
    let folder = folder(3).await;
    export(&folder);
    append(&folder, 3..5).await;
    for (source, says) in [("/dev/null", "no events"), ("events.jsonl", "--shorter")] {
        let (done, said) = rebuild(&folder, &["--export", source]);
        assert!(!done && said.contains(says), "{said}");
        assert_eq!(open(&folder).last_offset(), Offset(5));
    }
    let (done, said) = rebuild(&folder, &["--export", "events.jsonl", "--shorter"]);
    assert!(done && said.contains("3 records rebuilt"), "{said}");
    assert_eq!(open(&folder).last_offset(), Offset(3));
}

#[tokio::test]
async fn a_log_is_not_replaced_under_its_owner_and_is_when_it_is_damaged() {
    let folder = folder(3).await;
    export(&folder);
    let owner = open(&folder);
    let (done, said) = rebuild(&folder, &["--export", "events.jsonl"]);
    assert!(!done && said.contains("process"), "{said}");
    drop(owner);
    // The log lets go of its folder a moment after it is dropped.
    drop(open(&folder));
    std::thread::sleep(std::time::Duration::from_millis(200));
    fs::write(folder.path().join("data/log/db"), "nonsense").unwrap();
    let (done, said) = rebuild(&folder, &["--export", "events.jsonl"]);
    assert!(done && said.contains("3 records rebuilt"), "{said}");
    assert_eq!(open(&folder).last_offset(), Offset(3));
}
