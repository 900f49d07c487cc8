//! `docs/asyncapi.yaml` follows from the definitions of the events.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{check, event, update};
use crate::{Event, EventType, Reader, Writer, events};

/// The document around what follows from the events.
const TEMPLATE: &str = include_str!("asyncapi.yaml");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// `orderReceived`, or `OrderReceived` with a capital.
fn camel(kind: EventType, capital: bool) -> String {
    let mut upper = capital;
    let mut name = String::new();
    for letter in kind.as_str().chars() {
        match letter {
            '.' => upper = true,
            _ if upper => {
                name.extend(letter.to_uppercase());
                upper = false;
            }
            _ => name.push(letter),
        }
    }
    name
}

fn writer(writer: Writer) -> &'static str {
    match writer {
        Writer::Ingest => "ingest",
        Writer::Mapper => "mapper",
        Writer::Poster => "poster",
        Writer::Operator => "operator",
    }
}

fn reader(reader: Reader) -> &'static str {
    match reader {
        Reader::Ingest => "ingest",
        Reader::Mapper => "mapper",
        Reader::Poster => "poster",
    }
}

fn channel(kind: EventType) -> String {
    let (name, key) = (camel(kind, false), kind.key_names());
    format!(
        "  {name}:
    address: {kind}.{{{key}}}
    parameters:
      {key}:
        $ref: '#/components/parameters/{key}'
    messages:
      {name}:
        $ref: '#/components/messages/{name}'
"
    )
}

fn operations(kind: EventType) -> String {
    let operation = |service: &str, action: &str, does: &str| {
        format!(
            "  {service}{does}{}:
    action: {action}
    channel:
      $ref: '#/channels/{}'
    tags:
      - name: {service}
",
            camel(kind, true),
            camel(kind, false)
        )
    };
    let sent = kind
        .writers()
        .iter()
        .map(|it| operation(writer(*it), "send", "Sends"));
    let readers = kind.readers().iter().map(|it| reader(*it));
    let received = readers
        .chain(["projector"])
        .map(|it| operation(it, "receive", "Receives"));
    sent.chain(received).collect()
}

/// The example as its writer would have written it.
fn written(kind: EventType) -> Event {
    let example = events::examples(kind).remove(0);
    let event = Event::of(kind.writers()[0], crate::example::time(), example.says);
    match example.cause {
        Some(cause) => event.caused_by(cause),
        None => event,
    }
}

fn message(kind: EventType) -> String {
    let bytes = written(kind).encode().bytes;
    // By way of YAML, for JSON's own values do not keep the order of members.
    let example: serde_yaml_ng::Value = serde_yaml_ng::from_slice(&bytes).unwrap();
    let example = serde_yaml_ng::to_string(&example).unwrap();
    let example: String = example
        .lines()
        .map(|line| format!("            {line}\n"))
        .collect();
    format!(
        "    {}:
      name: {kind}
      title: {}
      contentType: application/json
      headers:
        $ref: '#/components/schemas/Headers'
      payload:
        schemaFormat: application/schema+json;version=draft-2020-12
        schema:
          allOf:
            - $ref: '#/components/schemas/Envelope'
            - properties:
                type:
                  const: {kind}
                dataschema:
                  const: {}
                data:
                  $ref: ../schemas/json/{kind}.v{}.json
      examples:
        - payload:
{example}",
        camel(kind, false),
        kind.title(),
        kind.dataschema(),
        kind.version(),
    )
}

pub(super) fn path() -> PathBuf {
    folder().join("asyncapi.yaml")
}

pub(super) fn generated() -> String {
    let of_all = |part: fn(EventType) -> String| -> String {
        EventType::ALL.iter().map(|kind| part(*kind)).collect()
    };
    TEMPLATE
        .replace("{channels}\n", &of_all(channel))
        .replace("{operations}\n", &of_all(operations))
        .replace("{messages}\n", &of_all(message))
}

fn document() -> Value {
    serde_yaml_ng::from_str(&generated()).unwrap()
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

#[test]
fn the_document_follows_from_the_events() {
    check(path(), &generated());
}

#[test]
fn every_reference_leads_somewhere() {
    update();
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
fn every_event_has_a_channel_and_is_sent_by_somebody() {
    let document = document();
    let channels = document["channels"].as_object().unwrap();
    assert_eq!(channels.len(), EventType::ALL.len());
    let operations = document["operations"].as_object().unwrap();
    for (name, channel) in channels {
        let address = channel["address"].as_str().unwrap();
        let kind = EventType::on(address).unwrap();
        let filled = address.replace("{store}", "us").replace("{ledger}", "us");
        assert_eq!(filled, written(kind).encode().subject);
        let is_of = |operation: &&Value| {
            operation["channel"]["$ref"] == format!("#/channels/{name}")
                && operation["action"] == "send"
        };
        assert!(
            operations.values().any(|it| is_of(&it)),
            "nobody sends {kind}"
        );
    }
}

#[test]
fn every_event_fits_its_message() {
    let document = document();
    for kind in EventType::ALL {
        let message = &document["components"]["messages"][camel(*kind, false)];
        let mut schema = message["payload"]["schema"].clone();
        let data = &mut schema["allOf"][1]["properties"]["data"];
        *data = serde_json::to_value(kind.schema()).unwrap();
        // A schema with an id of its own resolves its own references.
        data["$id"] = kind.dataschema().into();
        schema["components"] = document["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let fits = |written: &Value| {
            if let Err(error) = validator.validate(written) {
                panic!("{kind} at {}: {error}", error.instance_path());
            }
        };
        fits(&message["examples"][0]["payload"]);
        for example in events::examples(*kind) {
            fits(&serde_json::from_slice(&event(example).encode().bytes).unwrap());
        }
    }
}

/// What an example's envelope says is what its writer says: the document shows it.
#[test]
fn the_shown_example_reads_back_as_it_was_written() {
    let document = document();
    for kind in EventType::ALL {
        let message = &document["components"]["messages"][camel(*kind, false)];
        let shown = message["examples"][0]["payload"].to_string();
        assert_eq!(Event::decode(shown.as_bytes()).unwrap(), written(*kind));
    }
}
