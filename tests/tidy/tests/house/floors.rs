//! Which crate may use which: the code map of `ARCHITECTURE.md` says it.

use quote::ToTokens;
use tidy::{
    findings::{Finding, settle},
    map::Place,
    modules::product,
    source::paths,
    workspace::{Member, Need, Workspace},
};

/// What does I/O or reads a clock; a pure crate needs none of it.
const IMPURE_CRATES: &[&str] = &[
    "async-nats",
    "axum",
    "config",
    "fs-err",
    "getrandom",
    "metrics",
    "nix",
    "rand",
    "reqwest",
    "rusqlite",
    "sled",
    "tempfile",
    "tokio",
    "tokio-util",
    "tower",
    "tracing",
];

/// The same in the standard library and in what is pure apart from it.
const IMPURE_NAMES: &[&[&str]] = &[
    &["std", "env"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "process"],
    &["std", "thread"],
    &["Instant", "now"],
    &["SystemTime", "now"],
    &["Timestamp", "now"],
    &["Uuid", "new_v4"],
    &["Zoned", "now"],
];

/// At most this part of all possible pairs of product crates may be tied.
const TIED_PERCENT: usize = 40;

fn pair(from: &Member, to: &str) -> String {
    format!("{} -> {to}", from.name)
}

#[test]
fn the_code_map_names_every_crate_and_nothing_else() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for member in &workspace.members {
        if workspace.place(member).is_none() {
            let text = format!(
                "the code map of ARCHITECTURE.md does not name `{}`",
                member.folder
            );
            findings.push(Finding::new(&member.folder, text));
        }
    }
    for folder in workspace.map.places.keys() {
        if !workspace.members.iter().any(|it| it.folder == *folder) {
            let text =
                format!("the code map of ARCHITECTURE.md names `{folder}`, which is no crate");
            findings.push(Finding::new(folder, text));
        }
    }
    settle(
        "code-map",
        "put the crate on its floor in the code map, or take it off",
        &findings,
    );
}

#[test]
fn imports_go_down_a_floor() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for member in workspace.product() {
        let Some(Place::Floor(floor)) = workspace.place(member) else {
            continue;
        };
        for need in member.needs.keys() {
            let Some(other) = workspace.member(need) else {
                continue;
            };
            if let Some(Place::Floor(below)) = workspace.place(other)
                && below >= floor
            {
                let text = format!(
                    "{}/Cargo.toml: `{}` is on floor {floor} and needs `{need}` on floor {below}",
                    member.folder, member.name
                );
                findings.push(Finding::new(pair(member, need), text));
            }
        }
    }
    settle(
        "floors",
        "move what both need to a floor below, or hand it in from a floor above",
        &findings,
    );
}

#[test]
fn the_sandbox_and_the_product_do_not_know_each_other() {
    let workspace = Workspace::read();
    let doors = workspace.on("doors");
    let mut findings = Vec::new();
    let sandbox = workspace.member("sandbox").expect("there is a sandbox");
    for need in sandbox
        .needs
        .keys()
        .filter(|it| workspace.member(it).is_some())
    {
        let text = format!("{}/Cargo.toml: the sandbox needs `{need}`", sandbox.folder);
        findings.push(Finding::new(pair(sandbox, need), text));
    }
    for member in workspace.product() {
        let is_door = doors.iter().any(|it| it.name == member.name);
        for (need, how) in &member.needs {
            let beside = workspace
                .member(need)
                .is_some_and(|it| workspace.place(it) == Some(Place::Beside));
            if beside && !(is_door && *how == Need::WithFeature) {
                let text = format!(
                    "{}/Cargo.toml: `{}` goes to production and needs `{need}`",
                    member.folder, member.name
                );
                findings.push(Finding::new(pair(member, need), text));
            }
        }
    }
    settle(
        "sandbox",
        "the sandbox shares no code with the product, so that one misunderstanding cannot pass on \
         both sides; a door may have it behind a feature, tests under [dev-dependencies]",
        &findings,
    );
}

#[test]
fn pure_crates_need_nothing_that_does_io() {
    let workspace = Workspace::read();
    let pure = workspace.pure();
    assert!(
        pure.len() > 1,
        "the floors `contract` and `cores` have crates"
    );
    let mut findings = Vec::new();
    for member in pure {
        for need in member
            .needs
            .keys()
            .filter(|it| IMPURE_CRATES.contains(&it.as_str()))
        {
            let text = format!(
                "{}/Cargo.toml: `{}` needs `{need}`",
                member.folder, member.name
            );
            findings.push(Finding::new(pair(member, need), text));
        }
        for source in product(&workspace, member) {
            for path in paths(source.code().to_token_stream()) {
                let breach = IMPURE_NAMES
                    .iter()
                    .find(|name| path.windows(2).any(|pair| pair == **name));
                if let Some(name) = breach {
                    let text = format!("{}: {}", source.path, name.join("::"));
                    findings.push(Finding::new(&text, &text));
                }
            }
        }
    }
    settle(
        "pure",
        "take times, texts and randomness as arguments; I/O belongs to a floor above",
        &findings,
    );
}

#[test]
fn few_pairs_of_crates_are_tied() {
    let workspace = Workspace::read();
    let product: Vec<&Member> = workspace.product().collect();
    let tied = |member: &&Member| {
        let product = product.iter();
        product
            .filter(|it| member.needs.contains_key(&it.name))
            .count()
    };
    let ties: usize = product.iter().map(tied).sum();
    let pairs = product.len() * (product.len() - 1) / 2;
    let percent = ties * 100 / pairs;
    println!("{ties} of {pairs} pairs of crates are tied: {percent} %");
    let mut findings = Vec::new();
    if ties * 100 > pairs * TIED_PERCENT {
        let text = format!(
            "{ties} of {pairs} pairs of crates are tied ({percent} %), more than {TIED_PERCENT} %"
        );
        findings.push(Finding::new("pairs", text));
    }
    settle(
        "ties",
        "let one crate do what several reach through for",
        &findings,
    );
}
