//! What documents name exists: files, headings, targets of make, names in the code.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use tidy::{
    documents::Document,
    findings::{Finding, settle},
    modules::Modules,
    workspace::Workspace,
};

#[test]
fn links_lead_somewhere() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    let mut links = 0;
    for document in Document::all(&workspace.root) {
        for link in document.links.iter().filter(|it| !it.contains("://")) {
            links += 1;
            if !leads_somewhere(&workspace, &document, link) {
                let text = format!("{}: the link to `{link}` leads nowhere", document.path);
                findings.push(Finding::new(format!("{} {link}", document.path), text));
            }
        }
    }
    assert!(links > 10, "only {links} links are found");
    settle("links", "mend the link", &findings);
}

fn leads_somewhere(workspace: &Workspace, from: &Document, link: &str) -> bool {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let folder = from.path.rsplit_once('/').map_or("", |it| it.0);
    let target = match file {
        "" => workspace.root.join(&from.path),
        file => workspace.root.join(folder).join(file),
    };
    let Ok(target) = target.canonicalize() else {
        return false;
    };
    let Ok(path) = target.strip_prefix(workspace.root.canonicalize().expect("the root exists"))
    else {
        return false;
    };
    let path = path.to_str().expect("our paths are UTF-8");
    heading.is_empty()
        || path.ends_with(".md")
            && Document::read(&workspace.root, path)
                .headings
                .iter()
                .any(|it| anchor(it) == heading)
}

/// The name that a heading can be linked to by.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|it| it.is_alphanumeric() || " -_".contains(*it));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn targets_of_make_exist() {
    let workspace = Workspace::read();
    let makefile = workspace.text("Makefile");
    let targets: BTreeSet<&str> = makefile
        .lines()
        .filter(|line| line.starts_with(|it: char| it.is_ascii_lowercase()))
        .filter_map(|line| Some(line.split_once(':')?.0))
        .collect();
    assert!(targets.contains("test"), "the targets are found");
    let named = Regex::new(r"^make ([a-z-]+)").unwrap();
    let mut findings = Vec::new();
    for document in Document::all(&workspace.root) {
        for code in document.code() {
            let target = named.captures(code.trim()).map(|it| it[1].to_owned());
            if let Some(target) = target.filter(|it| !targets.contains(it.as_str())) {
                let text = format!("{}: `make {target}` does not exist", document.path);
                findings.push(Finding::new(format!("{} {target}", document.path), text));
            }
        }
    }
    settle(
        "make",
        "name a target of the Makefile: `make help` lists them",
        &findings,
    );
}

#[test]
fn files_and_folders_named_in_documents_exist() {
    let workspace = Workspace::read();
    let path = Regex::new(r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+/?$").unwrap();
    let mut findings = Vec::new();
    let mut paths = 0;
    for document in Document::all(&workspace.root) {
        for span in document.spans.iter().filter(|it| path.is_match(it)) {
            let top = span.split('/').next().unwrap_or_default();
            // What begins with none of our folders is no path of ours: `us/1001`.
            if !workspace.root.join(top).is_dir() {
                continue;
            }
            paths += 1;
            if !workspace.root.join(span).exists() {
                let text = format!("{}: `{span}` does not exist", document.path);
                findings.push(Finding::new(format!("{} {span}", document.path), text));
            }
        }
    }
    assert!(paths > 4, "only {paths} paths are found");
    settle("paths", "name the file where it is now", &findings);
}

#[test]
fn names_in_the_code_that_documents_name_exist() {
    let workspace = Workspace::read();
    let name = Regex::new(r"^[a-z_]+(::[A-Za-z0-9_]+)+(\(\))?$").unwrap();
    let mut read: BTreeMap<&str, Modules> = BTreeMap::new();
    let mut findings = Vec::new();
    for document in Document::all(&workspace.root) {
        for span in document.spans.iter().filter(|it| name.is_match(it)) {
            let path: Vec<String> = span
                .trim_end_matches("()")
                .split("::")
                .map(str::to_owned)
                .collect();
            let Some(member) = workspace.member(&path[0]) else {
                continue;
            };
            let modules = read
                .entry(&member.name)
                .or_insert_with(|| Modules::read(&workspace, member));
            if !modules.defines(&path[1..]) {
                let text = format!("{}: `{span}` is not in the code", document.path);
                findings.push(Finding::new(format!("{} {span}", document.path), text));
            }
        }
    }
    settle("code-names", "name what it is called now", &findings);
}
