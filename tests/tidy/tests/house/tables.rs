//! Tables of the documents say the same as the code.

use std::collections::BTreeSet;

use regex::Regex;
use tidy::{
    documents::{Document, Table, ticked},
    events::{self, Action},
    findings::{Finding, settle},
    workspace::Workspace,
};

/// States of an import's diagram that are events of their own, not steps.
const NO_STEPS: [&str; 2] = ["imported", "posted"];

fn architecture(workspace: &Workspace) -> Document {
    Document::read(&workspace.root, "ARCHITECTURE.md")
}

fn table<'a>(document: &'a Document, first: &str) -> &'a Table {
    let begins = |it: &&Table| {
        it.rows
            .first()
            .and_then(|row| row.first())
            .is_some_and(|cell| cell == first)
    };
    let table = document.tables.iter().find(begins);
    table.unwrap_or_else(|| {
        panic!(
            "{} has a table whose first column is `{first}`",
            document.path
        )
    })
}

/// The rows of a table without its head: the first column's code, and the others.
fn rows(table: &Table) -> impl Iterator<Item = (&str, &[String])> {
    table.rows.iter().skip(1).filter_map(|row| {
        let (first, others) = row.split_first()?;
        Some((ticked(first).next()?, others))
    })
}

/// The kinds that a cell names: one by one, several as `journal.*`, or all in the
/// word "everything".
fn events_in(kinds: &BTreeSet<String>, cell: &str) -> BTreeSet<String> {
    let named = |kind: &&String| {
        ticked(cell).any(|it| match it.strip_suffix('*') {
            Some(family) => kind.starts_with(family),
            None => it == *kind,
        })
    };
    match cell {
        "everything" => kinds.clone(),
        _ => kinds.iter().filter(named).cloned().collect(),
    }
}

#[test]
fn every_service_has_a_row() {
    let workspace = Workspace::read();
    let document = architecture(&workspace);
    let rows: BTreeSet<&str> = rows(table(&document, "Service")).map(|it| it.0).collect();
    let services: BTreeSet<&str> = workspace
        .on("services")
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    let findings: Vec<Finding> = rows
        .symmetric_difference(&services)
        .map(|it| Finding::new(*it, format!("`{it}` is in only one of both: the table of services of ARCHITECTURE.md, the floor `services` of its code map")))
        .collect();
    settle("services", "let both name the same services", &findings);
}

#[test]
fn services_write_what_the_table_says() {
    let of_last = |cells: &[String]| cells.last().cloned().unwrap_or_default();
    settle(
        "writes",
        "correct the table of services in ARCHITECTURE.md",
        &differences(Action::Send, "writes", of_last),
    );
}

#[test]
fn services_read_what_the_table_says() {
    let of_first = |cells: &[String]| cells.first().cloned().unwrap_or_default();
    settle(
        "reads",
        "correct the table of services in ARCHITECTURE.md",
        &differences(Action::Receive, "reads", of_first),
    );
}

/// Compares a column of the table of services with the contract.
fn differences(action: Action, does: &str, column: fn(&[String]) -> String) -> Vec<Finding> {
    let workspace = Workspace::read();
    let document = architecture(&workspace);
    let kinds = events::kinds(&workspace);
    let services = events::by_service(&workspace, action);
    assert!(services.len() > 2, "the contract's services are found");
    let mut findings = Vec::new();
    for (service, cells) in rows(table(&document, "Service")) {
        let said = events_in(&kinds, &column(cells));
        let contract = services.get(service).cloned().unwrap_or_default();
        for event in contract.symmetric_difference(&said) {
            let item = format!("{service} {does} {event}");
            let text = match said.contains(event) {
                true => format!("ARCHITECTURE.md says that {item}; the contract does not"),
                false => format!("ARCHITECTURE.md does not say that {item}"),
            };
            findings.push(Finding::new(item, text));
        }
    }
    findings
}

#[test]
fn architecture_names_every_event_and_no_other() {
    let workspace = Workspace::read();
    let document = architecture(&workspace);
    let kinds = events::kinds(&workspace);
    let things: BTreeSet<&str> = kinds.iter().filter_map(|it| it.split('.').next()).collect();
    let shape = Regex::new(r"^([a-z]+)\.[a-z]+$").unwrap();
    let named: BTreeSet<String> = document
        .spans
        .iter()
        .filter(|span| {
            shape
                .captures(span)
                .is_some_and(|it| things.contains(&it[1]))
        })
        .cloned()
        .collect();
    let findings: Vec<Finding> = named
        .symmetric_difference(&kinds)
        .map(|it| {
            Finding::new(
                it,
                format!("`{it}` is in only one of both: ARCHITECTURE.md, schemas/json"),
            )
        })
        .collect();
    settle(
        "events",
        "name every event in ARCHITECTURE.md, by its name",
        &findings,
    );
}

#[test]
fn the_steps_of_an_import_are_those_of_the_contract() {
    let workspace = Workspace::read();
    let steps = steps(&workspace);
    let document = architecture(&workspace);
    let in_table: BTreeSet<String> = rows(table(&document, "Found recorded"))
        .map(|it| it.0.to_owned())
        .filter(|it| !it.contains('.'))
        .collect();
    let diagram = document.blocks.iter().find(|it| it.language == "mermaid");
    let diagram = diagram.expect("ARCHITECTURE.md has the diagram of an import");
    let state = Regex::new(r"\b([a-z_]{5,}) -->|--> ([a-z_]{5,})").unwrap();
    let in_diagram: BTreeSet<String> = state
        .captures_iter(&diagram.text)
        .filter_map(|it| Some(it.get(1).or(it.get(2))?.as_str().to_owned()))
        .filter(|it| !NO_STEPS.contains(&it.as_str()))
        .collect();
    let mut findings = Vec::new();
    for (place, named) in [("table", in_table), ("diagram", in_diagram)] {
        for step in named.symmetric_difference(&steps) {
            let text = format!(
                "step `{step}` is in only one of both: the {place} of the import in ARCHITECTURE.md, schemas::Step"
            );
            findings.push(Finding::new(format!("{place} {step}"), text));
        }
    }
    settle(
        "steps",
        "let the diagram and the table have a state for each step",
        &findings,
    );
}

/// The names of the steps, as the contract's schema has them.
fn steps(workspace: &Workspace) -> BTreeSet<String> {
    let text = workspace.text("schemas/json/journal.submitted.v1.json");
    let schema: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let steps = schema["$defs"]["Step"]["oneOf"].as_array();
    let steps = steps.expect("a step is one of several").iter();
    steps
        .map(|it| {
            it["properties"]["kind"]["const"]
                .as_str()
                .expect("a step has a kind")
                .to_owned()
        })
        .collect()
}
