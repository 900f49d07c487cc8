//! Named situations and their journals, each reviewed by hand.
//!
//! A situation is a TOML file in `cases`; beside it lies, as text, what comes of
//! it. `UPDATE_SITUATIONS=1` writes the texts and the book of them,
//! `docs/accounting.md`, anew, for review; without it, both must be as they are.

mod book;
mod file;
mod ledger;
mod render;
mod story;

use std::path::{Path, PathBuf};

use story::Story;

/// The folder of the situations.
fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/situations/cases")
}

/// The stories of a chapter, in the order of their files' names.
fn chapter(folder: &str) -> Vec<Story> {
    let folder = cases().join(folder);
    let entries = std::fs::read_dir(&folder).expect("the chapter has a folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        .collect();
    files.sort();
    files.iter().map(|file| Story::tell(file)).collect()
}

/// Compares a text with the file that has it, or writes it there if asked to.
/// Returns whether they differ.
fn differs(file: &Path, text: &str) -> bool {
    if std::env::var_os("UPDATE_SITUATIONS").is_some() {
        std::fs::write(file, text).expect("the file can be written");
        return false;
    }
    let checked_in = std::fs::read_to_string(file).unwrap_or_default();
    if checked_in == text {
        return false;
    }
    eprintln!(
        "{}\n--- is checked in:\n{checked_in}\n--- comes out:\n{text}",
        file.display()
    );
    true
}

#[test]
fn each_situation_has_the_journals_that_were_reviewed() {
    let stories = book::CHAPTERS.iter().flat_map(|it| chapter(it.folder));
    let (mut count, mut different) = (0, Vec::new());
    for story in stories {
        count += 1;
        if differs(&story.file.with_extension("txt"), &story.text) {
            different.push(story.title);
        }
    }
    assert!(count >= 40, "only {count} situations were found");
    assert!(
        different.is_empty(),
        "other journals come out of {different:#?}"
    );
}

#[test]
fn no_text_is_left_of_a_situation_that_is_gone() {
    for chapter in &book::CHAPTERS {
        for entry in std::fs::read_dir(cases().join(chapter.folder)).unwrap() {
            let path = entry.unwrap().path();
            assert!(path.with_extension("toml").exists(), "{}", path.display());
        }
    }
}

#[test]
fn every_folder_is_a_chapter() {
    for entry in std::fs::read_dir(cases()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_chapter = book::CHAPTERS.iter().any(|it| it.folder == name);
        assert!(is_chapter, "{name} is no chapter of the book");
    }
}

#[test]
fn the_book_has_not_drifted() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/accounting.md");
    assert!(
        !differs(&file, &book::text()),
        "docs/accounting.md is not what the situations say: UPDATE_SITUATIONS=1 writes it"
    );
}
