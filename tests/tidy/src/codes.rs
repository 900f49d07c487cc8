//! The codes that are written in the product's code: of rejections, alarms,
//! exceptions and parked orders.

use std::sync::LazyLock;

use quote::ToTokens;
use regex::Regex;
use syn::visit::Visit;

use crate::{modules::product, workspace::Workspace};

/// A text that may be a code.
static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#""([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)""#).expect("the pattern is well-formed")
});

/// A code where it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    pub code: String,
    pub path: String,
}

/// All codes of the product's code outside of tests. A code is a text that stands
/// in one of three places: in a function called `code`, in a constant of a module
/// called `code` or `codes`, or for a field called `code`.
pub fn written(workspace: &Workspace) -> Vec<Code> {
    let mut codes = Vec::new();
    for member in workspace.product() {
        for source in product(workspace, member) {
            let found = written_in(&source.code());
            codes.extend(found.into_iter().map(|code| Code {
                code,
                path: source.path.clone(),
            }));
        }
    }
    codes.sort();
    codes.dedup();
    codes
}

fn written_in(file: &syn::File) -> Vec<String> {
    let mut finding = Search::default();
    finding.visit_file(file);
    finding.found
}

#[derive(Default)]
struct Search {
    found: Vec<String>,
    /// How many modules called `code` we are inside.
    inside: u32,
}

impl Search {
    fn take(&mut self, tokens: impl ToTokens) {
        let text = tokens.to_token_stream().to_string();
        let codes = SHAPE.captures_iter(&text).map(|it| it[1].to_owned());
        self.found.extend(codes);
    }
}

impl<'ast> Visit<'ast> for Search {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let codes = module.ident == "code" || module.ident == "codes";
        self.inside += u32::from(codes);
        syn::visit::visit_item_mod(self, module);
        self.inside -= u32::from(codes);
    }

    fn visit_item_const(&mut self, constant: &'ast syn::ItemConst) {
        if self.inside > 0 {
            self.take(&constant.expr);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if function.sig.ident == "code" {
            self.take(&function.block);
        }
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if function.sig.ident == "code" {
            self.take(&function.block);
        }
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if matches!(&field.member, syn::Member::Named(name) if name == "code") {
            self.take(&field.expr);
        }
        syn::visit::visit_field_value(self, field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_three_places_and_nowhere_else() {
        let text = r#"
            mod code { pub const A: &str = "IN_MODULE"; }
            const B: &str = "ELSEWHERE";
            impl P { fn code(&self) -> &'static str { match self { P::X => "in_function" } } }
            fn f() -> E { E { code: "in_field".to_owned(), cause: "not_it" } }
        "#;
        let found = written_in(&syn::parse_file(text).unwrap());
        assert_eq!(found, ["IN_MODULE", "in_function", "in_field"]);
    }
}
