//! What each crate's `Cargo.toml` must say.

use tidy::{
    findings::{Finding, settle},
    workspace::Workspace,
};

#[test]
fn every_crate_has_the_lints_of_the_workspace() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for member in &workspace.members {
        let path = format!("{}/Cargo.toml", member.folder);
        let manifest: toml::Table = workspace.text(&path).parse().expect("cargo has read it");
        let lints = manifest.get("lints").and_then(|it| it.get("workspace"));
        if lints.and_then(toml::Value::as_bool) != Some(true) {
            let text = format!("{path} does not take the lints of the workspace");
            findings.push(Finding::new(path, text));
        }
    }
    settle("lints", "add `[lints]` with `workspace = true`", &findings);
}
