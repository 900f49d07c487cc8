//! Which file of a crate uses which.
//!
//! A file uses another if its code outside of tests names something that the other
//! defines: by a path, by a `use`, or as a method of its own type (`self.send()`)
//! that is written in the other file. Where a name is re-exported, the file counts
//! that defines it. Declaring a module and re-exporting its names is not use, so a
//! parent that does no more is no part of a circle.

mod circles;
mod tree;
mod uses;

pub use circles::circles;
pub use tree::Modules;
pub use uses::{Uses, uses};

use crate::{
    source::Source,
    workspace::{Member, Workspace},
};

/// The files of a crate that go to production, in the order of their paths.
///
/// # Panics
///
/// As [`Modules::read`].
pub fn product(workspace: &Workspace, member: &Member) -> Vec<Source> {
    let mut sources = Source::beneath(workspace, &format!("{}/src", member.folder));
    let modules = Modules::read(workspace, member);
    sources.retain(|it| modules.files().any(|file| file == it.path));
    sources
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
        let uses = uses(&modules);
        let circles = super::circles(&uses);
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
        assert!(uses(&modules(&files))["c/src/a.rs"].contains("c/src/b.rs"));
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
