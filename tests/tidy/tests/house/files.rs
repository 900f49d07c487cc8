//! What a source file is like: it says in its head what it is, and is not long.

use tidy::{
    findings::{Finding, settle},
    source::Source,
    workspace::Workspace,
};

const LONGEST: usize = 500;

#[test]
fn a_file_says_first_what_it_is() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for member in workspace.product() {
        for source in Source::beneath(&workspace, &member.folder) {
            if !is_sentence(&source.head()) {
                let text = format!(
                    "{}: its first lines are no sentence after `//!`",
                    source.path
                );
                findings.push(Finding::new(&source.path, text));
            }
        }
    }
    settle(
        "heads",
        "begin the file with `//! What this is, in a sentence.`",
        &findings,
    );
}

/// A first paragraph that begins with a capital, a figure or code and ends as a
/// sentence does.
fn is_sentence(head: &str) -> bool {
    let paragraph = head.split("\n\n").next().unwrap_or_default();
    let begins = paragraph
        .starts_with(|it: char| it.is_uppercase() || it.is_ascii_digit() || "`[".contains(it));
    begins && paragraph.ends_with(['.', ':', '?', ')'])
}

#[test]
fn no_file_is_too_long() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    let mut product = Vec::new();
    for member in &workspace.members {
        for source in Source::beneath(&workspace, &member.folder) {
            let lines = source.text.lines().count();
            if lines > LONGEST {
                let text = format!("{}: {lines} lines, more than {LONGEST}", source.path);
                findings.push(Finding::new(&source.path, text));
            }
            let in_product = workspace.product().any(|it| it.name == member.name);
            if in_product && source.path.contains("/src/") {
                product.push(lines);
            }
        }
    }
    product.sort_unstable();
    println!(
        "{} files of the product, {} lines: {} at the median, {} at the ninetieth of a hundred",
        product.len(),
        product.iter().sum::<usize>(),
        product[product.len() / 2],
        product[product.len() * 9 / 10]
    );
    settle(
        "length",
        "cut the file in two, by what its parts are about",
        &findings,
    );
}

#[test]
fn a_sentence_is_told_from_what_is_none() {
    assert!(is_sentence("What the poster knows.\n\nmore"));
    assert!(is_sentence("Two kinds\nof things:\n\n- a"));
    assert!(!is_sentence("") && !is_sentence("what the poster knows") && !is_sentence("Poster"));
}
