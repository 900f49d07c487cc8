//! Each code has one spelling and a page.

use std::collections::BTreeSet;

use regex::Regex;
use tidy::{
    codes::{self, Code},
    findings::{Finding, settle},
    workspace::Workspace,
};

/// Fusion's own codes and their families; all others are ours.
const FUSIONS: &str = "^[A-Z]{2}([0-9]{2})?$";
/// How ours are spelled.
const OURS: &str = "^([A-Z]{3,}|[A-Z]+(_[A-Z]+)+)$";

fn pages(workspace: &Workspace) -> BTreeSet<String> {
    let folder = std::fs::read_dir(workspace.root.join("docs/errors"));
    let files = folder.expect("docs/errors can be read");
    files
        .map(|it| it.expect("docs/errors can be read").path())
        .filter(|path| path.file_stem().is_some_and(|it| it != "README"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect()
}

fn written(workspace: &Workspace) -> Vec<Code> {
    let codes = codes::written(workspace);
    assert!(codes.len() > 20, "the codes in the sources are found");
    codes
}

#[test]
fn every_code_has_one_spelling() {
    let (fusions, ours) = (Regex::new(FUSIONS).unwrap(), Regex::new(OURS).unwrap());
    let mut findings = Vec::new();
    for Code { code, path } in written(&Workspace::read()) {
        if !fusions.is_match(&code) && !ours.is_match(&code) {
            let text = format!("{path}: code `{code}` is not spelled `LIKE_THIS`");
            findings.push(Finding::new(code, text));
        }
    }
    settle(
        "code-spelling",
        "spell it in capitals; if it stands in events of old, let codes::page find its page under both",
        &findings,
    );
}

#[test]
fn every_code_has_a_page() {
    let workspace = Workspace::read();
    let pages = pages(&workspace);
    let mut findings = Vec::new();
    for Code { code, path } in written(&workspace) {
        let page = code.to_uppercase();
        if !pages.contains(&page) {
            let text = format!("{path}: code `{code}` has no page docs/errors/{page}.md");
            findings.push(Finding::new(code, text));
        }
    }
    settle(
        "code-pages",
        "write the page: cause, remedy, who acts, how it goes again",
        &findings,
    );
}

#[test]
fn every_page_is_of_a_code() {
    let workspace = Workspace::read();
    let fusions = Regex::new(FUSIONS).unwrap();
    let written = written(&workspace);
    let is_written = |page: &str| written.iter().any(|it| it.code.to_uppercase() == page);
    let mut findings = Vec::new();
    for page in pages(&workspace) {
        if !fusions.is_match(&page) && !is_written(&page) {
            let text = format!("docs/errors/{page}.md is of a code that nobody writes");
            findings.push(Finding::new(page, text));
        }
    }
    settle(
        "pages-left-over",
        "delete the page, or mend the code's name",
        &findings,
    );
}
