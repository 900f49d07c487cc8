//! The crates of the workspace and what they need, as cargo tells it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::map::{CodeMap, Place};

/// A crate of the workspace.
#[derive(Debug)]
pub struct Member {
    pub name: String,
    /// Its folder from the workspace's root on: `crates/fusion`.
    pub folder: String,
    /// What it needs in production, and whether only with a feature. What its
    /// tests need is left out.
    pub needs: BTreeMap<String, Need>,
}

/// How a crate needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Always,
    /// Only where a feature asks for it.
    WithFeature,
}

/// All crates, and the floors they are on.
#[derive(Debug)]
pub struct Workspace {
    pub root: PathBuf,
    pub members: Vec<Member>,
    pub map: CodeMap,
}

impl Workspace {
    /// Reads the workspace that this crate belongs to.
    ///
    /// # Panics
    ///
    /// If cargo cannot read it, or `ARCHITECTURE.md` has no code map.
    pub fn read() -> Workspace {
        let root = root();
        let packages = packages(&root);
        let mut members: Vec<Member> = packages.iter().map(|it| member(&root, it)).collect();
        members.sort_by(|a, b| a.folder.cmp(&b.folder));
        let map = CodeMap::read(&root);
        Workspace { root, members, map }
    }

    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// Where the code map puts a crate; `None` if it does not name it.
    pub fn place(&self, member: &Member) -> Option<Place> {
        self.map.places.get(&member.folder).copied()
    }

    /// The crates on a floor: all that go to production.
    pub fn product(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|it| matches!(self.place(it), Some(Place::Floor(_))))
    }

    /// The crates on the floor of that name.
    pub fn on(&self, floor: &str) -> Vec<&Member> {
        let number = self.map.number(floor);
        self.members
            .iter()
            .filter(|it| self.place(it) == Some(Place::Floor(number)))
            .collect()
    }

    /// The crates that do no I/O: those of the floors `contract` and `cores`.
    pub fn pure(&self) -> Vec<&Member> {
        let mut pure = self.on("contract");
        pure.extend(self.on("cores"));
        pure
    }

    /// The text of a file.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    pub fn text(&self, path: &str) -> String {
        let path = self.root.join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// The workspace's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2).expect("the crate is in tests/tidy");
    root.to_owned()
}

/// What `cargo metadata` says of each crate of the workspace.
fn packages(root: &Path) -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .expect("cargo runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {complaint}");
    let mut metadata: Value = serde_json::from_slice(&output.stdout).expect("it answers in JSON");
    match metadata["packages"].take() {
        Value::Array(packages) => packages,
        other => panic!("cargo metadata lists no packages but {other}"),
    }
}

fn member(root: &Path, package: &Value) -> Member {
    let text = |value: &Value| value.as_str().expect("cargo names it").to_owned();
    let manifest = text(&package["manifest_path"]);
    let folder = Path::new(&manifest)
        .parent()
        .expect("a manifest is in a folder");
    let folder = folder
        .strip_prefix(root)
        .expect("members are below the root");
    let dependencies = package["dependencies"]
        .as_array()
        .expect("cargo lists them");
    // The kind of what production needs is null.
    let normal = dependencies.iter().filter(|it| it["kind"].is_null());
    let need = |it: &Value| match it["optional"] == true {
        true => Need::WithFeature,
        false => Need::Always,
    };
    Member {
        name: text(&package["name"]),
        folder: folder.to_str().expect("our paths are UTF-8").to_owned(),
        needs: normal.map(|it| (text(&it["name"]), need(it))).collect(),
    }
}
