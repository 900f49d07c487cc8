//! The kinds of events, and which crate's code makes them.

use std::collections::BTreeSet;

use syn::visit::Visit;

use crate::{
    source::Source,
    workspace::{Member, Workspace},
};

/// All kinds, from the names of their schemas: `order.received`.
///
/// # Panics
///
/// If the folder of schemas cannot be read.
pub fn kinds(workspace: &Workspace) -> BTreeSet<String> {
    let folder = workspace.root.join("schemas/json");
    let files = std::fs::read_dir(folder).expect("schemas/json can be read");
    let mut kinds = BTreeSet::new();
    for file in files {
        let file = file.expect("schemas/json can be read").file_name();
        let name = file.into_string().expect("our paths are UTF-8");
        let parts: Vec<&str> = name.split('.').collect();
        if let [thing, happened, _version, "json"] = parts[..] {
            kinds.insert(format!("{thing}.{happened}"));
        }
    }
    kinds
}

/// The kinds that a crate's code makes: it names their variant of `Payload` as an
/// expression, not as a pattern.
pub fn made_by(workspace: &Workspace, member: &Member) -> BTreeSet<String> {
    let mut search = Search::default();
    for source in Source::product(workspace, member) {
        search.visit_file(&source.code());
    }
    search.found
}

#[derive(Default)]
struct Search {
    found: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Search {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let mut names = path
            .path
            .segments
            .iter()
            .rev()
            .map(|it| it.ident.to_string());
        if let (Some(variant), Some(of)) = (names.next(), names.next())
            && of == "Payload"
        {
            self.found.extend(kind(&variant));
        }
    }
}

/// `OrderReceived` as `order.received`; nothing for a function's name.
fn kind(variant: &str) -> Option<String> {
    let second = variant
        .char_indices()
        .skip(1)
        .find(|(_, it)| it.is_ascii_uppercase());
    let (thing, happened) = variant.split_at(second?.0);
    Some(format!("{thing}.{happened}").to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_made_by_an_expression() {
        let text = "fn f(p: Payload) -> Payload {
            match p { Payload::OrderReceived(it) => Payload::OrderMapped(it), _ => Payload::from_json() }
        }";
        let mut search = Search::default();
        search.visit_file(&syn::parse_file(text).unwrap());
        assert_eq!(search.found, ["order.mapped".to_owned()].into());
    }
}
