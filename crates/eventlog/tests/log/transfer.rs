//! Export, and the same log from it again.

use eventlog::{EventLog, LogError, LogOptions};

use crate::{event, events, open};

async fn exported() -> (Vec<u8>, eventlog::VerifyReport) {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    log.append_all(events(0..2500)).await.unwrap();
    let mut export = Vec::new();
    assert_eq!(log.export(&mut export).unwrap(), 2500);
    (export, log.verify(|_, _| {}).unwrap())
}

async fn rebuild(export: &[u8]) -> Result<eventlog::VerifyReport, LogError> {
    let dir = tempfile::tempdir().unwrap();
    EventLog::rebuild_from_export(export, dir.path(), LogOptions::default()).await
}

#[tokio::test]
async fn a_log_comes_out_of_its_export_with_the_same_hashes() {
    let (export, report) = exported().await;
    assert_eq!(rebuild(&export).await.unwrap(), report);
}

#[tokio::test]
async fn a_changed_export_is_refused_with_its_line() {
    let (export, _) = exported().await;
    let text = String::from_utf8(export).unwrap();
    for (from, to, line) in [
        (r#"{"name":"6"}"#, r#"{"name":"9999"}"#, 7),
        (r#""offset":1500,"#, r#""offset":1501,"#, 1500),
        (r#"{"offset":2000,"#, r#"{"offset":,"#, 2000),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        match rebuild(changed.as_bytes()).await {
            Err(LogError::Import { line: found, .. }) => assert_eq!(found, line),
            other => panic!("{other:?}"),
        }
    }
    // A line that is missing breaks the count at its place.
    let shorter: String = text
        .lines()
        .filter(|line| !line.contains(r#""offset":42,"#))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(matches!(
        rebuild(shorter.as_bytes()).await,
        Err(LogError::Import { line: 42, .. })
    ));
}

#[tokio::test]
async fn a_log_is_not_rebuilt_over_another() {
    let (export, _) = exported().await;
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    log.append(event("a")).await.unwrap();
    drop(log);
    let refused =
        EventLog::rebuild_from_export(export.as_slice(), dir.path(), LogOptions::default()).await;
    assert!(
        matches!(refused, Err(LogError::Folder { .. })),
        "{refused:?}"
    );
    assert_eq!(open(dir.path()).last_offset(), 1);
}
