//! The contract on disk: JSON Schemas that follow from the types, and the bytes
//! of one event of each kind. Both are kept in the repository, and a difference
//! is a change of what is already in somebody's log.
//!
//! `UPDATE_CONTRACT=1 cargo test -p schemas` writes them anew, for review.

mod examples;

use std::{fs, path::PathBuf};

use schemas::{Event, EventType};

fn kept(folder: &str, kind: EventType) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("{folder}/{kind}.v1.json"))
}

/// Compares with what is kept, or keeps it when asked to.
fn check(path: PathBuf, now: &str) {
    if std::env::var_os("UPDATE_CONTRACT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, now).unwrap();
    }
    let kept = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run with UPDATE_CONTRACT=1", path.display()));
    assert!(
        kept == now,
        "{} has drifted from the types. If the change only adds, run with UPDATE_CONTRACT=1 and \
         review the difference; if not, it needs a new version.\nnow:\n{now}",
        path.display()
    );
}

#[test]
fn the_json_schemas_follow_from_the_types() {
    for kind in EventType::ALL {
        let mut schema = serde_json::to_string_pretty(&kind.schema()).unwrap();
        schema.push('\n');
        check(kept("json", *kind), &schema);
    }
}

#[test]
fn the_bytes_of_each_event_stay_as_they_are() {
    let examples = examples::all();
    for kind in EventType::ALL {
        let event = examples
            .iter()
            .find(|event| event.payload.event_type() == *kind)
            .unwrap_or_else(|| panic!("no example of {kind}"));
        let encoded = event.encode();
        check(
            kept("tests/golden", *kind),
            std::str::from_utf8(&encoded.bytes).unwrap(),
        );
    }
}

#[test]
fn events_written_long_ago_can_be_read() {
    let examples = examples::all();
    for kind in EventType::ALL {
        let bytes = fs::read(kept("tests/golden", *kind)).unwrap();
        let event = Event::decode(&bytes).unwrap();
        assert!(
            examples.contains(&event),
            "{kind} reads back as another event"
        );
    }
}

#[test]
fn the_examples_fit_their_schemas() {
    for event in examples::all() {
        let schema = serde_json::to_value(event.payload.event_type().schema()).unwrap();
        let bytes = event.encode().bytes;
        let envelope: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&envelope["data"])
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(
            errors.is_empty(),
            "{}: {errors:?}",
            event.payload.event_type()
        );
    }
}

#[test]
fn what_is_not_ours_is_refused_by_name() {
    let event = examples::all().remove(0);
    let text = String::from_utf8(event.encode().bytes).unwrap();
    let refusal = |text: String| Event::decode(text.as_bytes()).unwrap_err().to_string();
    assert!(refusal(text.replace("webhook.received\"", "webhook.sent\"")).contains("webhook.sent"));
    assert!(refusal(text.replace(":v1\"", ":v9\"")).contains("v9"));
    assert!(refusal(text.replace("\"store\"", "\"shop\"")).contains("do not fit"));
    assert!(refusal("{}".into()).contains("CloudEvents"));
}
