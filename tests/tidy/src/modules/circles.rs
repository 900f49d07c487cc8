//! Circles in what files use.

use std::collections::{BTreeMap, BTreeSet};

use super::uses::Uses;

/// The groups of files of which each comes to use itself by way of the others.
pub fn circles<'a>(uses: &Uses<'a>) -> Vec<BTreeSet<&'a str>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = uses
        .keys()
        .map(|file| (*file, reached(uses, file)))
        .collect();
    let mut circles: Vec<BTreeSet<&str>> = reach
        .iter()
        .filter(|(file, reached)| reached.contains(*file))
        .map(|(file, reached)| {
            let back = reached.iter().copied();
            back.filter(|it| reach[it].contains(file)).collect()
        })
        .collect();
    circles.sort();
    circles.dedup();
    circles
}

fn reached<'a>(uses: &Uses<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = uses[from].iter().copied().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(&uses[file]);
        }
    }
    reached
}
