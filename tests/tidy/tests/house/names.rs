//! Names that say nothing, and words that do not belong in the project's files.

use regex::Regex;
use tidy::{
    findings::{Finding, settle},
    modules::product,
    workspace::Workspace,
};
use walkdir::WalkDir;

/// Names that fit any module and so tell nothing of this one.
const EMPTY: &[&str] = &[
    "base", "common", "core", "data", "general", "helper", "helpers", "info", "internal",
    "manager", "misc", "other", "shared", "stuff", "types", "util", "utils",
];

/// Adjectives, participles and pictures: they do not say what a module holds.
const RIDDLES: &[&str] = &[
    "deciding",
    "explained",
    "known",
    "left",
    "net",
    "pace",
    "patience",
    "recent",
    "room",
    "shown",
    "taken",
];

/// What a line of the project's files does not say, as patterns, and why. The
/// letters in brackets keep this file from finding itself.
const WORDS: &[(&str, &str)] = &[
    (
        r"\b[T]ODO\b|\b[F]IXME\b|\bX[X]X:",
        "do it now, or leave it out",
    ),
    (
        r"(?i)\b[i]ssue (no\.? ?)?#?\d",
        "say what is so, not where it was asked for",
    ),
    (
        r"(?i)\bas [r]equested\b|\b[r]efactoring step\b",
        "say what is so, not how it came about",
    ),
    (
        r"(?i)\b[t]his session\b|\bsession of the project\b",
        "say what is so, not who did it",
    ),
    (
        r#"(^|[\s"'`(=])/([w]ork|[h]ome/\w|[R]oot|[U]sers/)\b"#,
        "paths are from the repository's root on",
    ),
    (
        r"\b(static|index)\.[c]rates\.io|\b[p]roxy\.golang|\b[p]ypi\.org",
        "registries are a matter of the machine",
    ),
];

/// What is built, installed or not ours.
const NOT_OURS: &[&str] = &[".git", ".tools", "target", "node_modules"];

#[test]
fn modules_are_called_by_what_they_hold() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for member in workspace.product() {
        for source in product(&workspace, member) {
            let path = source
                .path
                .trim_end_matches("/mod.rs")
                .trim_end_matches(".rs");
            let name = path.rsplit('/').next().unwrap_or_default();
            if EMPTY.contains(&name) || RIDDLES.contains(&name) {
                let text = format!(
                    "{}: `{name}` does not say what the module holds",
                    source.path
                );
                findings.push(Finding::new(&source.path, text));
            }
        }
    }
    settle(
        "module-names",
        "call it by the trade's noun: docs/glossary.md",
        &findings,
    );
}

#[test]
fn files_speak_of_counterfoil_alone() {
    let workspace = Workspace::read();
    let patterns: Vec<(Regex, &str)> = WORDS
        .iter()
        .map(|(pattern, why)| {
            (
                Regex::new(pattern).expect("the pattern is well-formed"),
                *why,
            )
        })
        .collect();
    let ours = |entry: &walkdir::DirEntry| !NOT_OURS.iter().any(|it| entry.file_name() == *it);
    let mut findings = Vec::new();
    let mut files = 0;
    for entry in WalkDir::new(&workspace.root).into_iter().filter_entry(ours) {
        let entry = entry.expect("the tree can be read");
        let path = entry
            .path()
            .strip_prefix(&workspace.root)
            .expect("it is beneath the root");
        let path = path.to_str().expect("our paths are UTF-8").to_owned();
        if !entry.file_type().is_file() || path.ends_with(".lock") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(entry.path()) else {
            continue;
        };
        files += 1;
        for (number, line) in text.lines().enumerate() {
            for (pattern, why) in &patterns {
                if let Some(found) = pattern.find(line) {
                    let text = format!("{path}:{}: `{}`: {why}", number + 1, found.as_str().trim());
                    findings.push(Finding::new(&path, text));
                }
            }
        }
    }
    assert!(files > 300, "the project's files are found");
    settle("words", "reword the line", &findings);
}
