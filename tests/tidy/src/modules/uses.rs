//! From the tree of modules to what each file uses.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::Item;

use super::tree::{Modules, Target};
use crate::source::{own_methods, paths};

/// Each file, and the files that it uses.
pub type Uses<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Each file, and the files that it uses.
pub fn uses(tree: &Modules) -> Uses<'_> {
    let methods = methods(tree);
    let mut uses = Uses::new();
    for (number, module) in tree.modules.iter().enumerate() {
        let mut used = used_by_paths(tree, number);
        used.extend(used_by_methods(tree, number, &methods));
        let files = uses.entry(&module.file).or_default();
        let others = used.into_iter().map(|it| tree.modules[it].file.as_str());
        files.extend(others.filter(|it| *it != module.file));
    }
    uses
}

fn used_by_paths(tree: &Modules, number: usize) -> BTreeSet<usize> {
    let module = &tree.modules[number];
    let written: Vec<Vec<String>> = module
        .code
        .iter()
        .filter(|item| !matches!(item, Item::Use(_) | Item::Mod(_)))
        .flat_map(|item| paths(item.to_token_stream()))
        .collect();
    let spoken: BTreeSet<&str> = written.iter().map(|path| path[0].as_str()).collect();
    let mut used = BTreeSet::new();
    for (name, (path, exported)) in &module.uses {
        if (!exported || spoken.contains(name.as_str()))
            && let Some(Target::Within(it)) = tree.follow(number, path, true, false, 0)
        {
            used.insert(it);
        }
    }
    for (path, exported) in &module.globs {
        if let (false, Some(Target::Module(it) | Target::Within(it))) =
            (exported, tree.follow(number, path, true, false, 0))
        {
            used.insert(it);
        }
    }
    for path in written.iter().filter(|it| it.len() > 1) {
        if let Some(Target::Within(it)) = tree.follow(number, path, true, false, 0) {
            used.insert(it);
        }
    }
    used
}

/// A type's module and name, the name of a method: the module that defines it.
type Methods = BTreeMap<(usize, String, String), usize>;

/// The methods of each type.
fn methods(tree: &Modules) -> Methods {
    let mut methods = BTreeMap::new();
    for (number, module) in tree.modules.iter().enumerate() {
        for item in &module.code {
            let Item::Impl(it) = item else { continue };
            if let (None, Some((home, name))) = (&it.trait_, type_of(tree, number, it)) {
                for item in &it.items {
                    if let syn::ImplItem::Fn(function) = item {
                        let method = function.sig.ident.to_string();
                        methods.insert((home, name.clone(), method), number);
                    }
                }
            }
        }
    }
    methods
}

fn used_by_methods(tree: &Modules, number: usize, methods: &Methods) -> BTreeSet<usize> {
    let mut used = BTreeSet::new();
    for item in &tree.modules[number].code {
        let Item::Impl(it) = item else { continue };
        let Some((home, name)) = type_of(tree, number, it) else {
            continue;
        };
        for method in own_methods(it.to_token_stream()) {
            used.extend(methods.get(&(home, name.clone(), method)));
        }
    }
    used
}

/// The module and name of the type that an `impl` is for.
fn type_of(tree: &Modules, number: usize, it: &syn::ItemImpl) -> Option<(usize, String)> {
    let syn::Type::Path(path) = &*it.self_ty else {
        return None;
    };
    let names: Vec<String> = path
        .path
        .segments
        .iter()
        .map(|it| it.ident.to_string())
        .collect();
    match tree.follow(number, &names, true, true, 0)? {
        Target::Within(home) => Some((home, names.last()?.clone())),
        Target::Module(_) => None,
    }
}
