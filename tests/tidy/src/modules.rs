//! Which file of a crate uses which.
//!
//! A file uses another if its code outside of tests names something that the other
//! defines: by a path, by a `use`, or as a method of its own type (`self.send()`)
//! that is written in the other file. Where a name is re-exported, the file counts
//! that defines it. Declaring a module and re-exporting its names is not use, so a
//! parent that does no more is no part of a circle.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Item, UseTree, Visibility};

use crate::{
    source::{Source, own_methods, paths},
    workspace::{Member, Workspace},
};

/// So many re-exports may follow one another before we give up.
const DEPTH: u32 = 32;

/// The modules of a crate.
#[derive(Default)]
pub struct Modules {
    modules: Vec<Module>,
}

#[derive(Default)]
struct Module {
    file: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// What it defines itself.
    items: BTreeSet<String>,
    /// What it names by `use`: the name, the path, whether it is re-exported.
    uses: BTreeMap<String, (Vec<String>, bool)>,
    globs: Vec<(Vec<String>, bool)>,
    code: Vec<Item>,
}

/// What a path leads to: a module, or something in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Module(usize),
    Within(usize),
}

impl Modules {
    /// Reads the modules of a crate: of its library, or of its program if it has
    /// no library.
    ///
    /// # Panics
    ///
    /// If a file cannot be read, or is not Rust.
    pub fn read(workspace: &Workspace, member: &Member) -> Modules {
        let sources = Source::beneath(workspace, &format!("{}/src", member.folder));
        Modules::of(&member.folder, &sources)
    }

    fn of(folder: &str, sources: &[Source]) -> Modules {
        let root = ["lib", "main"]
            .map(|it| format!("{folder}/src/{it}.rs"))
            .into_iter()
            .find(|path| sources.iter().any(|it| it.path == *path))
            .unwrap_or_else(|| panic!("{folder} has neither src/lib.rs nor src/main.rs"));
        let mut modules = Modules::default();
        let inside = format!("{folder}/src");
        modules.add_file(sources, &root, &inside, None);
        modules
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
    fn follow(
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
            "crate" if first => return self.follow(0, rest, false, strict, depth),
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

    /// Each file, and the files that it uses.
    pub fn uses(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let methods = self.methods();
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (number, module) in self.modules.iter().enumerate() {
            let mut used = self.used_by_paths(number);
            used.extend(self.used_by_methods(number, &methods));
            let files = uses.entry(&module.file).or_default();
            let others = used.into_iter().map(|it| self.modules[it].file.as_str());
            files.extend(others.filter(|it| *it != module.file));
        }
        uses
    }

    fn used_by_paths(&self, number: usize) -> BTreeSet<usize> {
        let module = &self.modules[number];
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
                && let Some(Target::Within(it)) = self.follow(number, path, true, false, 0)
            {
                used.insert(it);
            }
        }
        for (path, exported) in &module.globs {
            if let (false, Some(Target::Module(it) | Target::Within(it))) =
                (exported, self.follow(number, path, true, false, 0))
            {
                used.insert(it);
            }
        }
        for path in written.iter().filter(|it| it.len() > 1) {
            if let Some(Target::Within(it)) = self.follow(number, path, true, false, 0) {
                used.insert(it);
            }
        }
        used
    }

    /// The methods of each type and the modules that define them. A type is known
    /// by its module and name.
    fn methods(&self) -> BTreeMap<(usize, String, String), usize> {
        let mut methods = BTreeMap::new();
        for (number, module) in self.modules.iter().enumerate() {
            for item in &module.code {
                let Item::Impl(it) = item else { continue };
                if let (None, Some((home, name))) = (&it.trait_, self.type_of(number, it)) {
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

    fn used_by_methods(
        &self,
        number: usize,
        methods: &BTreeMap<(usize, String, String), usize>,
    ) -> BTreeSet<usize> {
        let mut used = BTreeSet::new();
        for item in &self.modules[number].code {
            let Item::Impl(it) = item else { continue };
            let Some((home, name)) = self.type_of(number, it) else {
                continue;
            };
            for method in own_methods(it.to_token_stream()) {
                used.extend(methods.get(&(home, name.clone(), method)));
            }
        }
        used
    }

    /// The module and name of the type that an `impl` is for.
    fn type_of(&self, number: usize, it: &syn::ItemImpl) -> Option<(usize, String)> {
        let syn::Type::Path(path) = &*it.self_ty else {
            return None;
        };
        let names: Vec<String> = path
            .path
            .segments
            .iter()
            .map(|it| it.ident.to_string())
            .collect();
        match self.follow(number, &names, true, true, 0)? {
            Target::Within(home) => Some((home, names.last()?.clone())),
            Target::Module(_) => None,
        }
    }

    /// The circles: groups of files of which each comes to use itself by way of
    /// the others.
    pub fn circles(&self) -> Vec<BTreeSet<&str>> {
        let uses = self.uses();
        let reach: BTreeMap<&str, BTreeSet<&str>> = uses
            .keys()
            .map(|file| (*file, reached(&uses, file)))
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
}

fn reached<'a>(uses: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = uses[from].iter().copied().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(&uses[file]);
        }
    }
    reached
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

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(files: &[(&str, &str)]) -> Modules {
        let source = |(path, text): &(&str, &str)| Source {
            path: format!("c/src/{path}"),
            text: (*text).to_owned(),
        };
        Modules::of("c", &files.iter().map(source).collect::<Vec<_>>())
    }

    fn circles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let modules = modules(files);
        let short = |it: &&str| it.trim_start_matches("c/src/").to_owned();
        let circles = modules.circles();
        circles
            .iter()
            .map(|it| it.iter().map(short).collect())
            .collect()
    }

    #[test]
    fn a_parent_that_declares_and_re_exports_is_no_part_of_a_circle() {
        let files = [
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
            ("a.rs", "use crate::B; pub struct A(B);"),
            ("b.rs", "pub struct B;"),
        ];
        assert!(circles(&files).is_empty());
        assert!(modules(&files).uses()["c/src/a.rs"].contains("c/src/b.rs"));
    }

    #[test]
    fn a_parent_that_uses_its_child_and_is_used_by_it_is_one() {
        let files = [
            ("lib.rs", "mod a; pub struct P; fn f() { a::g() }"),
            ("a.rs", "use super::P; pub fn g() -> P { P }"),
        ];
        assert_eq!(circles(&files), [["a.rs", "lib.rs"]]);
    }

    #[test]
    fn a_re_export_that_is_used_is_use() {
        let files = [
            ("lib.rs", "mod a; pub use a::A; pub fn f(_: A) {}"),
            ("a.rs", "pub struct A; fn g() { crate::f(A) }"),
        ];
        assert_eq!(circles(&files).len(), 1);
    }

    #[test]
    fn circles_lead_through_re_exports() {
        let files = [
            ("lib.rs", "mod m; mod a;"),
            ("m/mod.rs", "mod b; pub use b::B;"),
            ("m/b.rs", "use crate::a::A; pub struct B(A);"),
            ("a.rs", "pub struct A; fn f() -> crate::m::B { todo!() }"),
        ];
        assert_eq!(circles(&files), [["a.rs", "m/b.rs"]]);
    }

    #[test]
    fn a_type_whose_methods_are_in_several_files_is_followed() {
        let files = [
            (
                "lib.rs",
                "mod a; pub struct T; impl T { fn run(&self) { self.send() } }",
            ),
            ("a.rs", "use super::T; impl T { pub fn send(&self) {} }"),
        ];
        assert_eq!(circles(&files), [["a.rs", "lib.rs"]]);
    }

    #[test]
    fn tests_and_other_crates_do_not_count() {
        let files = [
            ("lib.rs", "mod a; pub struct P; fn f() { a::g() }"),
            (
                "a.rs",
                "pub fn g() { serde::x() } #[cfg(test)] mod tests { use crate::P; }",
            ),
        ];
        assert!(circles(&files).is_empty());
    }

    #[test]
    fn paths_in_documents_lead_to_what_is_defined() {
        let modules = modules(&[("lib.rs", "mod a;"), ("a.rs", "fn next() {} enum E { V }")]);
        let defines = |it: &[&str]| {
            modules.defines(&it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
        };
        assert!(defines(&["a", "next"]) && defines(&["a"]) && defines(&["a", "E", "V"]));
        assert!(!defines(&["a", "last"]) && !defines(&["b"]) && !defines(&["a", "E", "W"]));
    }
}
