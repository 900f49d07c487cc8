//! `docs/asyncapi.yaml` tells of every event, and of nothing else.

mod examples;

use std::path::{Path, PathBuf};

use schemas::EventType;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn document() -> Value {
    let text = std::fs::read_to_string(folder().join("asyncapi.yaml")).unwrap();
    serde_yaml_ng::from_str(&text).unwrap()
}

/// Every `$ref` in the value.
fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(target)) => vec![target.as_str()],
                _ => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// The message of an event type, by its name.
fn message(document: &Value, kind: EventType) -> &Value {
    let messages = document["components"]["messages"].as_object().unwrap();
    messages
        .values()
        .find(|message| message["name"] == kind.as_str())
        .unwrap_or_else(|| panic!("{kind} has no message"))
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let references = references(&document);
    assert!(references.len() > EventType::ALL.len());
    for target in references {
        let found = match target.strip_prefix('#') {
            Some(pointer) => document.pointer(pointer).is_some(),
            None => folder().join(target).is_file(),
        };
        assert!(found, "{target} does not exist");
    }
}

#[test]
fn every_event_has_its_subject_and_message() {
    let document = document();
    let channels = document["channels"].as_object().unwrap();
    assert_eq!(channels.len(), EventType::ALL.len());
    for event in examples::all() {
        let kind = event.payload.event_type();
        let subject = event.encode().subject;
        let (name, channel) = channels
            .iter()
            .find(|(_, channel)| {
                channel["address"]
                    .as_str()
                    .unwrap()
                    .starts_with(kind.as_str())
            })
            .unwrap_or_else(|| panic!("{kind} has no channel"));
        let address = channel["address"].as_str().unwrap();
        let filled = address.replace("{store}", "us").replace("{ledger}", "us");
        assert_eq!(filled, subject);
        let [target] = references(&channel["messages"])[..] else {
            panic!("{name} has more than one message");
        };
        let target = document.pointer(target.trim_start_matches('#')).unwrap();
        assert_eq!(target, message(&document, kind));
    }
}

#[test]
fn every_event_is_sent_by_a_service_and_received_by_the_projector() {
    let document = document();
    let operations = document["operations"].as_object().unwrap();
    for name in document["channels"].as_object().unwrap().keys() {
        let of = |action: &str, service: Option<&str>| {
            operations.values().any(|operation| {
                operation["channel"]["$ref"] == format!("#/channels/{name}")
                    && operation["action"] == action
                    && service.is_none_or(|service| operation["tags"][0]["name"] == service)
            })
        };
        assert!(of("send", None), "nobody sends {name}");
        assert!(
            of("receive", Some("projector")),
            "the projector misses {name}"
        );
    }
}

#[test]
fn every_event_fits_its_message() {
    let document = document();
    for event in examples::all() {
        let kind = event.payload.event_type();
        let mut schema = message(&document, kind)["payload"]["schema"].clone();
        let data = &mut schema["allOf"][1]["properties"]["data"];
        assert_eq!(data["$ref"], format!("../schemas/json/{kind}.v1.json"));
        *data = serde_json::to_value(kind.schema()).unwrap();
        // A schema with an id of its own resolves its own references.
        data["$id"] = format!("urn:counterfoil:{kind}:v1").into();
        schema["components"] = document["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let written = serde_json::from_slice(&event.encode().bytes).unwrap();
        if let Err(error) = validator.validate(&written) {
            panic!("{kind} at {}: {error}", error.instance_path());
        }
    }
}
