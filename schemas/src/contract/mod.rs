//! The contract on disk: JSON Schemas and the AsyncAPI document that follow from the
//! definitions, and the bytes of one event of each type and version. All are kept in
//! the repository, and a difference is a change of what is already in somebody's log.
//!
//! `UPDATE_CONTRACT=1 cargo test -p schemas` writes them anew, for review.

mod asyncapi;

use std::{fs, path::PathBuf, sync::Once};

use crate::{Event, EventType, Payload, Writer, events, example::Example};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What is kept of the version that is written.
fn kept(name: &str, kind: EventType) -> PathBuf {
    folder(name).join(format!("{kind}.v{}.json", kind.version()))
}

/// Writes everything anew if it is asked for, once for all tests.
fn update() {
    static WRITTEN: Once = Once::new();
    WRITTEN.call_once(|| {
        if std::env::var_os("UPDATE_CONTRACT").is_none() {
            return;
        }
        for kind in EventType::ALL {
            fs::write(kept("json", *kind), schema(*kind)).unwrap();
            fs::write(kept("tests/golden", *kind), first(*kind).encode().bytes).unwrap();
        }
        fs::write(asyncapi::path(), asyncapi::generated()).unwrap();
    });
}

/// Compares with what is kept.
fn check(path: PathBuf, now: &str) {
    update();
    let kept = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run with UPDATE_CONTRACT=1", path.display()));
    assert!(
        kept == now,
        "{} has drifted from the types. If the change only adds, run with UPDATE_CONTRACT=1 and \
         review the difference; if not, it needs a new version.\nnow:\n{now}",
        path.display()
    );
}

/// The example as the bytes that are kept have it: all in one story, of one writer.
fn event(example: Example<Payload>) -> Event {
    let causation = example.cause.or_else(|| example.says.cause());
    Event {
        id: example.says.id(causation),
        source: "counterfoil/tests".into(),
        time: crate::example::time(),
        subject: "us/1001".into(),
        causation,
        correlation: "us/1001".into(),
        partition_key: "us/1001".into(),
        payload: example.says,
    }
}

fn first(kind: EventType) -> Event {
    event(events::examples(kind).remove(0))
}

fn schema(kind: EventType) -> String {
    let mut schema = serde_json::to_string_pretty(&kind.schema()).unwrap();
    schema.push('\n');
    schema
}

#[test]
fn the_json_schemas_follow_from_the_types() {
    for kind in EventType::ALL {
        check(kept("json", *kind), &schema(*kind));
    }
}

#[test]
fn the_bytes_of_each_event_stay_as_they_are() {
    for kind in EventType::ALL {
        let encoded = first(*kind).encode();
        check(
            kept("tests/golden", *kind),
            std::str::from_utf8(&encoded.bytes).unwrap(),
        );
    }
}

#[test]
fn what_is_written_reads_back() {
    for kind in EventType::ALL {
        for example in events::examples(*kind) {
            let event = event(example);
            assert_eq!(event.encode().decode().unwrap(), event);
            assert_eq!(event.encode().event_type(), Some(*kind));
        }
    }
}

/// What is kept of the version of today reads back as its example. Of an older one,
/// the test beside its `upcast()` says as what.
#[test]
fn events_written_long_ago_can_be_read() {
    update();
    for entry in fs::read_dir(folder("tests/golden")).unwrap() {
        let path = entry.unwrap().path();
        let event = Event::decode(&fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().unwrap().to_str().unwrap();
        let kind = event.payload.event_type();
        assert!(
            name.starts_with(&format!("{kind}.v")),
            "{name} is of {kind}"
        );
        if path == kept("tests/golden", kind) {
            assert_eq!(event, first(kind), "{name} reads back as another event");
        }
    }
}

/// As a version of old has it, it reads as it does in the version of today.
#[cfg(feature = "test-versions")]
#[test]
fn a_version_of_old_reads_as_the_current_one() {
    let mut read = 0;
    for kind in EventType::ALL {
        for example in events::examples(*kind) {
            let event = event(example);
            let Some(old) = crate::v0::as_written(&event) else {
                continue;
            };
            assert_ne!(old, event.encode());
            assert_eq!(old.decode().unwrap(), event);
            assert_eq!(
                (old.version().unwrap(), event.encode().version().unwrap()),
                (0, 1)
            );
            read += 1;
        }
    }
    assert_eq!(read, 4);
}

#[test]
fn every_version_that_is_read_is_kept() {
    update();
    for kind in EventType::ALL {
        for version in kind.versions().into_iter().filter(|it| *it > 0) {
            for folder in [folder("tests/golden"), folder("json")] {
                let path = folder.join(format!("{kind}.v{version}.json"));
                assert!(path.is_file(), "{} is gone", path.display());
            }
        }
    }
}

#[test]
fn the_examples_fit_their_schemas() {
    for kind in EventType::ALL {
        let schema = serde_json::to_value(kind.schema()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for example in events::examples(*kind) {
            let bytes = event(example).encode().bytes;
            let envelope: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            let errors: Vec<_> = validator
                .iter_errors(&envelope["data"])
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{kind}: {errors:?}");
        }
    }
}

#[test]
fn what_is_not_ours_is_refused_by_name() {
    let text = String::from_utf8(first(EventType::WebhookReceived).encode().bytes).unwrap();
    let refusal = |text: String| Event::decode(text.as_bytes()).unwrap_err().to_string();
    assert!(refusal(text.replace("webhook.received\"", "webhook.sent\"")).contains("webhook.sent"));
    let newer = refusal(text.replace(":v1\"", ":v9\""));
    assert!(
        newer.contains(":v9`, and this program reads v1:"),
        "{newer}"
    );
    assert!(refusal(text.replace("\"store\"", "\"shop\"")).contains("do not fit"));
    assert!(refusal("{}".into()).contains("CloudEvents"));
}

#[test]
fn what_follows_is_of_the_story_and_time_of_its_cause() {
    let cause = first(EventType::OrderReceived);
    let mapped = first(EventType::OrderMapped);
    let next = Event::following(&cause, Writer::Mapper, mapped.payload.clone());
    assert_eq!((next.id, next.causation), (mapped.id, Some(cause.id)));
    assert_eq!((next.time, &next.subject), (cause.time, &cause.subject));
    assert_eq!(next.correlation, cause.correlation);
    assert_eq!(next.partition_key, cause.partition_key);
    assert_eq!(next.source, "counterfoil/mapper");
}

#[test]
fn a_cause_is_part_of_an_id_only_where_it_makes_another_fact() {
    let cause = first(EventType::WebhookReceived).id;
    for kind in EventType::ALL {
        let payload = first(*kind).payload;
        let depends = payload.id(Some(cause)) != payload.id(None);
        let mapped = matches!(
            kind,
            EventType::OrderMapped | EventType::RefundMapped | EventType::OrderParked
        );
        assert_eq!(depends, mapped, "{kind}");
    }
}
