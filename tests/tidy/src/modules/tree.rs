//! The tree of a crate's modules, and where a path that is written in one leads.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Item, UseTree, Visibility};

use crate::{
    source::{Source, paths},
    workspace::{Member, Workspace},
};

/// So many re-exports may follow one another before we give up.
const DEPTH: u32 = 32;

/// The modules of a crate.
#[derive(Default)]
pub struct Modules {
    pub(super) modules: Vec<Module>,
}

/// A module: a file, or a part of one.
#[derive(Default)]
pub(super) struct Module {
    pub(super) file: String,
    /// The library or program that it is part of.
    root: usize,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// What it defines itself.
    items: BTreeSet<String>,
    /// What it names by `use`: the name, the path, whether it is re-exported.
    pub(super) uses: BTreeMap<String, (Vec<String>, bool)>,
    pub(super) globs: Vec<(Vec<String>, bool)>,
    pub(super) code: Vec<Item>,
}

/// What a path leads to: a module, or something in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Module(usize),
    Within(usize),
}

impl Modules {
    /// Reads the modules of a crate: of its library and its program, without those
    /// that are for tests only.
    ///
    /// # Panics
    ///
    /// If a file cannot be read, or is not Rust.
    pub fn read(workspace: &Workspace, member: &Member) -> Modules {
        let sources = Source::beneath(workspace, &format!("{}/src", member.folder));
        Modules::of(&member.folder, &sources)
    }

    pub(super) fn of(folder: &str, sources: &[Source]) -> Modules {
        let mut modules = Modules::default();
        let inside = format!("{folder}/src");
        for root in ["lib.rs", "main.rs"].map(|it| format!("{inside}/{it}")) {
            if sources.iter().any(|it| it.path == root) {
                modules.add_file(sources, &root, &inside, None);
            }
        }
        assert!(
            !modules.modules.is_empty(),
            "{folder} has neither src/lib.rs nor src/main.rs"
        );
        modules
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.modules.iter().map(|it| it.file.as_str())
    }

    /// Adds a file's module; those that it declares are beneath the folder `inside`.
    fn add_file(
        &mut self,
        sources: &[Source],
        path: &str,
        inside: &str,
        parent: Option<usize>,
    ) -> usize {
        let source = sources.iter().find(|it| it.path == path);
        let source = source.unwrap_or_else(|| panic!("{path} is declared and not there"));
        self.add(sources, path, inside, parent, source.code().items)
    }

    fn add(
        &mut self,
        sources: &[Source],
        file: &str,
        inside: &str,
        parent: Option<usize>,
        code: Vec<Item>,
    ) -> usize {
        let number = self.modules.len();
        self.modules.push(Module {
            file: file.to_owned(),
            root: parent.map_or(number, |it| self.modules[it].root),
            parent,
            ..Module::default()
        });
        for item in &code {
            match item {
                Item::Mod(it) => {
                    let name = it.ident.to_string();
                    let inside = format!("{inside}/{name}");
                    let child = match &it.content {
                        Some((_, items)) => {
                            self.add(sources, file, &inside, Some(number), items.clone())
                        }
                        None => {
                            let alone = format!("{inside}.rs");
                            let path = match sources.iter().any(|it| it.path == alone) {
                                true => alone,
                                false => format!("{inside}/mod.rs"),
                            };
                            self.add_file(sources, &path, &inside, Some(number))
                        }
                    };
                    self.modules[number].children.insert(name, child);
                }
                Item::Use(it) => {
                    let exported = !matches!(it.vis, Visibility::Inherited);
                    self.modules[number].take_use(&it.tree, &mut Vec::new(), exported);
                }
                _ => self.modules[number].items.extend(name(item)),
            }
        }
        self.modules[number].code = code;
        number
    }

    /// Whether a path from the crate's root on leads to something that is defined,
    /// be it private: `["attempt", "next"]`.
    pub fn defines(&self, path: &[String]) -> bool {
        let (Some(name), module) = (path.last(), &path[..path.len().saturating_sub(1)]) else {
            return true;
        };
        if matches!(
            self.follow(0, path, false, true, 0),
            Some(Target::Module(_))
        ) {
            return true;
        }
        let within = self.follow(0, module, false, true, 0);
        match within {
            Some(Target::Module(number)) => self.modules[number].knows(name),
            // A method, variant or field: we look for its name alone.
            Some(Target::Within(number)) => {
                let code = self
                    .modules
                    .iter()
                    .filter(|it| it.file == self.modules[number].file);
                let mut tokens = code.flat_map(|it| &it.code).map(ToTokens::to_token_stream);
                tokens.any(|it| paths(it).iter().any(|path| path.contains(name)))
            }
            None => false,
        }
    }

    /// Where a path that is written in a module leads; `None` if it leads out of
    /// the crate. With `strict`, only to names that are known to be defined: some
    /// are made by macros, which we do not see.
    pub(super) fn follow(
        &self,
        at: usize,
        path: &[String],
        first: bool,
        strict: bool,
        depth: u32,
    ) -> Option<Target> {
        let Some((head, rest)) = path.split_first() else {
            return Some(Target::Module(at));
        };
        if depth > DEPTH {
            return None;
        }
        let module = &self.modules[at];
        match head.as_str() {
            "crate" if first => return self.follow(module.root, rest, false, strict, depth),
            "self" if first => return self.follow(at, rest, false, strict, depth),
            "super" => return self.follow(module.parent?, rest, false, strict, depth),
            _ => {}
        }
        if let Some(child) = module.children.get(head) {
            return self.follow(*child, rest, false, strict, depth);
        }
        if module.items.contains(head) {
            return Some(Target::Within(at));
        }
        if let Some((used, _)) = module.uses.get(head) {
            let whole: Vec<String> = used.iter().chain(rest).cloned().collect();
            // A name that stands for itself is that of another crate.
            let itself = used.len() == 1 && used[0] == *head;
            return match itself {
                true => None,
                false => self.follow(at, &whole, true, strict, depth + 1),
            };
        }
        for (glob, _) in &module.globs {
            if let Some(Target::Module(other)) = self.follow(at, glob, true, true, depth + 1)
                && other != at
                && let Some(target) = self.follow(other, path, false, true, depth + 1)
            {
                return Some(target);
            }
        }
        (!first && !strict).then_some(Target::Within(at))
    }
}

impl Module {
    fn knows(&self, name: &str) -> bool {
        self.items.contains(name)
            || self.children.contains_key(name)
            || self.uses.contains_key(name)
    }

    fn take_use(&mut self, tree: &UseTree, before: &mut Vec<String>, exported: bool) {
        match tree {
            UseTree::Path(it) => {
                before.push(it.ident.to_string());
                self.take_use(&it.tree, before, exported);
                before.pop();
            }
            UseTree::Group(it) => {
                for tree in &it.items {
                    self.take_use(tree, before, exported);
                }
            }
            UseTree::Name(it) if it.ident == "self" => {
                if let Some(name) = before.last().cloned() {
                    self.uses.insert(name, (before.clone(), exported));
                }
            }
            UseTree::Name(it) => {
                let name = it.ident.to_string();
                let path = before.iter().cloned().chain([name.clone()]).collect();
                self.uses.insert(name, (path, exported));
            }
            UseTree::Rename(it) => {
                let path = before.iter().cloned().chain([it.ident.to_string()]);
                let path = path.filter(|it| it != "self").collect();
                self.uses.insert(it.rename.to_string(), (path, exported));
            }
            UseTree::Glob(_) => self.globs.push((before.clone(), exported)),
        }
    }
}

/// What an item is called, if it has a name.
fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(it) => &it.ident,
        Item::Enum(it) => &it.ident,
        Item::Fn(it) => &it.sig.ident,
        Item::Macro(it) => it.ident.as_ref()?,
        Item::Static(it) => &it.ident,
        Item::Struct(it) => &it.ident,
        Item::Trait(it) => &it.ident,
        Item::Type(it) => &it.ident,
        Item::Union(it) => &it.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
