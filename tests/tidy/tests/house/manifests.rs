//! Which lints each crate takes, in its `Cargo.toml` and in its root.

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

/// What the product's own code asks of itself beyond the workspace's lints, without
/// its tests: a test may panic.
const STRICT: &str = "\
#![cfg_attr(
    not(test),
    warn(
        missing_docs,
        unreachable_pub,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::float_arithmetic,
        clippy::get_unwrap,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]
";

#[test]
fn every_root_of_the_product_has_the_strict_lints() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for member in workspace.product() {
        // A program with a library is four lines, which have nothing to be strict about.
        let roots = ["lib.rs", "main.rs"].map(|it| format!("{}/src/{it}", member.folder));
        let root = roots.iter().find(|it| workspace.root.join(it).exists());
        let root = root.expect("a crate has a root");
        if !workspace.text(root).contains(STRICT) {
            let text = format!("{root} does not have the strict lints");
            findings.push(Finding::new(root, text));
        }
    }
    let remedy = format!("begin the root, after its head, with\n{STRICT}");
    settle("strict-lints", &remedy, &findings);
}
