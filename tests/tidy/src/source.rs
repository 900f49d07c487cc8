//! A crate's source files, and their code without what is for tests only.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, visit_mut::VisitMut};
use walkdir::WalkDir;

use crate::workspace::Workspace;

/// A source file.
#[derive(Debug)]
pub struct Source {
    /// From the workspace's root on.
    pub path: String,
    pub text: String,
}

impl Source {
    /// All Rust files beneath a folder, in the order of their paths; none if there
    /// is no such folder.
    ///
    /// # Panics
    ///
    /// If one cannot be read.
    pub fn beneath(workspace: &Workspace, folder: &str) -> Vec<Source> {
        let start = workspace.root.join(folder);
        if !start.is_dir() {
            return Vec::new();
        }
        let inner = workspace.members.iter().map(|it| it.folder.as_str());
        let inner: Vec<&str> = inner.filter(|it| it.len() > folder.len()).collect();
        let mut sources = Vec::new();
        for entry in WalkDir::new(&start).sort_by_file_name() {
            let entry = entry.expect("the tree can be read");
            let path = entry.path().strip_prefix(&workspace.root);
            let path = path.expect("it was found beneath the root").to_str();
            let path = path.expect("our paths are UTF-8").to_owned();
            let of_inner = inner.iter().any(|it| path.starts_with(&format!("{it}/")));
            if path.ends_with(".rs") && !of_inner {
                let text = workspace.text(&path);
                sources.push(Source { path, text });
            }
        }
        sources
    }

    /// The file's items, without those for tests only.
    ///
    /// # Panics
    ///
    /// If it is not Rust.
    pub fn code(&self) -> syn::File {
        let mut file = syn::parse_file(&self.text)
            .unwrap_or_else(|error| panic!("{} cannot be parsed: {error}", self.path));
        WithoutTests.visit_file_mut(&mut file);
        file
    }

    /// The lines of its head: what its `//!` comment says.
    pub fn head(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(str::trim).collect::<Vec<_>>().join("\n")
    }
}

/// Takes out whatever is `#[cfg(test)]`.
struct WithoutTests;

impl VisitMut for WithoutTests {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        file.items.retain(|item| !for_tests(attributes(item)));
        syn::visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !for_tests(attributes(item)));
        }
        syn::visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, implementation: &mut syn::ItemImpl) {
        implementation.items.retain(|item| match item {
            syn::ImplItem::Fn(function) => !for_tests(&function.attrs),
            syn::ImplItem::Const(constant) => !for_tests(&constant.attrs),
            _ => true,
        });
        syn::visit_mut::visit_item_impl_mut(self, implementation);
    }
}

/// Whether it is only compiled for tests, or for tests among others.
fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.to_token_stream().to_string().contains("test")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

/// The paths written in some code, of two names and more, and the single names.
/// Paths that begin with `::` lead out of the crate and are left out.
pub fn paths(code: TokenStream) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    collect_paths(code, &mut found);
    found
}

fn collect_paths(code: TokenStream, found: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    let mut at = 0;
    let mut outward = false;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(first) => {
                let mut path = vec![first.to_string()];
                while let (true, Some(TokenTree::Ident(next))) =
                    (is_colons(&tokens, at + 1), tokens.get(at + 3))
                {
                    path.push(next.to_string());
                    at += 3;
                }
                if !outward {
                    found.push(path);
                }
                at += 1;
                outward = false;
            }
            TokenTree::Group(group) => {
                collect_paths(group.stream(), found);
                at += 1;
                outward = false;
            }
            _ if is_colons(&tokens, at) => {
                at += 2;
                outward = true;
            }
            _ => {
                at += 1;
                outward = false;
            }
        }
    }
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(it)) if it.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// The methods that some code calls on `self` or names by `Self::`.
pub fn own_methods(code: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => found.extend(own_methods(group.stream())),
            TokenTree::Ident(ident) if ident == "self" => {
                let dot =
                    matches!(tokens.get(at + 1), Some(TokenTree::Punct(it)) if it.as_char() == '.');
                let called = match tokens.get(at + 3) {
                    Some(TokenTree::Group(it)) => it.delimiter() == Delimiter::Parenthesis,
                    _ => is_colons(&tokens, at + 3),
                };
                if let (true, true, Some(TokenTree::Ident(name))) =
                    (dot, called, tokens.get(at + 2))
                {
                    found.push(name.to_string());
                }
            }
            TokenTree::Ident(ident) if ident == "Self" && is_colons(&tokens, at + 1) => {
                if let Some(TokenTree::Ident(name)) = tokens.get(at + 3) {
                    found.push(name.to_string());
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source {
            path: "a.rs".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn what_is_for_tests_is_left_out() {
        let code = source("fn a() {} #[cfg(test)] mod tests { fn b() {} } #[cfg(test)] fn c() {}");
        assert_eq!(code.code().items.len(), 1);
        let code = source("impl A { fn a() {} #[cfg(test)] fn b() {} }").code();
        assert!(!code.to_token_stream().to_string().contains('b'));
    }

    #[test]
    fn paths_are_found_in_macros_too() {
        let code = "fn f() { println!(\"{}\", crate::a::B::new(super::c)); ::std::x() }";
        let found = paths(code.parse().unwrap());
        assert!(found.contains(&["crate", "a", "B", "new"].map(str::to_owned).to_vec()));
        assert!(found.contains(&["super", "c"].map(str::to_owned).to_vec()));
        assert!(!found.iter().any(|it| it.contains(&"std".to_owned())));
    }

    #[test]
    fn methods_of_oneself_are_found() {
        let code = "{ self.a(); self.field.b(); self.c::<u8>(); Self::d(); other.e() }";
        assert_eq!(own_methods(code.parse().unwrap()), ["a", "c", "d"]);
    }
}
