//! Export, and the same log from it again.

use eventlog::{ClosedLog, EventLog, LogError, LogOptions, Offset};

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
async fn a_log_comes_out_of_its_export_as_the_same_stream() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    log.append_all(events(0..3)).await.unwrap();
    let mut export = Vec::new();
    log.export(&mut export).unwrap();
    let text = String::from_utf8(export).unwrap();
    assert_eq!(text.matches("\"stream\":").count(), 1, "{text}");
    assert_eq!(rebuilt_id(&text).await, log.stream_id());

    // Exports of before do not say it: then it follows from the first record.
    let id = format!(",\"stream\":\"{}\"", log.stream_id());
    let of_before = text.replace(&id, "");
    assert_ne!(of_before, text);
    assert_eq!(rebuilt_id(&of_before).await, rebuilt_id(&of_before).await);
    assert_ne!(rebuilt_id(&of_before).await, log.stream_id());
}

/// Anyone may have written anything to the log; it comes back byte by byte.
#[tokio::test]
async fn what_is_no_line_of_json_comes_out_of_an_export_too() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let odd: [&[u8]; 6] = [
        b"",
        b"no json",
        b" {} ",
        b"{\n}",
        b"\xff\x00",
        b"{\"a\":\r1}",
    ];
    for bytes in odd {
        let mut event = event(&format!("{bytes:?}"));
        event.bytes = bytes.to_vec();
        log.append(event).await.unwrap();
    }
    let mut export = Vec::new();
    log.export(&mut export).unwrap();
    let report = rebuild(&export).await.unwrap();
    assert_eq!(report, log.verify(|_, _| {}).unwrap());
}

/// The id of the log that an export gives, opened once more.
async fn rebuilt_id(export: &str) -> eventlog::StreamId {
    let dir = tempfile::tempdir().unwrap();
    EventLog::rebuild_from_export(export.as_bytes(), dir.path(), LogOptions::default())
        .await
        .unwrap();
    open(dir.path()).stream_id()
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
    assert_eq!(open(dir.path()).last_offset(), Offset(1));
}

#[tokio::test]
async fn a_log_is_held_only_while_nobody_has_it_open() {
    let dir = tempfile::tempdir().unwrap();
    assert!(ClosedLog::hold(&dir.path().join("none")).unwrap().is_none());
    let log = open(dir.path());
    log.append_all(events(0..3)).await.unwrap();
    let refused = ClosedLog::hold(dir.path());
    assert!(
        matches!(refused, Err(LogError::Locked { .. })),
        "{refused:?}"
    );
    drop(log);
    // The log lets go of its folder a moment after it is dropped.
    drop(open(dir.path()));
    let held = loop {
        match ClosedLog::hold(dir.path()) {
            Ok(held) => break held.unwrap(),
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    };
    assert_eq!(held.last_offset(), Offset(3));
    let refused = EventLog::open(dir.path(), LogOptions::default()).err();
    assert!(matches!(refused, Some(LogError::Locked { .. })));
    drop(held);

    // Damage does not hide how long it was.
    std::fs::write(dir.path().join("db"), "nonsense").unwrap();
    let held = ClosedLog::hold(dir.path()).unwrap().unwrap();
    assert_eq!(held.last_offset(), Offset(3));
}
