//! The commands that documents, help and remedies name exist, and `README.md` names
//! them all. What exists is asked of the program itself.

use std::{collections::BTreeMap, process::Command};

use regex::Regex;
use tidy::{
    documents::Document,
    source::Source,
    workspace::{Workspace, root},
};

/// A command, by the words behind `counterfoil`, and its help.
type Commands = BTreeMap<Vec<String>, String>;

/// What the program's help lists, down to the last command.
fn commands() -> Commands {
    let mut found = Commands::new();
    let mut next = vec![Vec::new()];
    while let Some(path) = next.pop() {
        let help = help(&path);
        for name in listed(&help) {
            next.push(path.iter().cloned().chain([name]).collect());
        }
        found.insert(path, help);
    }
    found
}

fn help(path: &[String]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(path)
        .arg("--help")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "counterfoil {} --help",
        path.join(" ")
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that a help lists beneath `Commands:`.
fn listed(help: &str) -> Vec<String> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let list = list.take_while(|line| !line.is_empty());
    let names = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|it| *it != "help")
        .map(str::to_owned)
        .collect()
}

/// The commands and flags that a line such as `counterfoil log read|verify --data D`
/// names, and what of it does not exist.
fn named(commands: &Commands, line: &str) -> (Vec<Vec<String>>, Vec<String>) {
    let mut paths = vec![Vec::new()];
    let mut wrong = Vec::new();
    // What follows in a pipe, a list or an ellipsis is not ours.
    let words = line.split_whitespace().skip(1);
    for word in words.take_while(|it| !["|", "&&", ";", "…", "\\", "#"].contains(it)) {
        if let Some(flag) = word.strip_prefix("--") {
            let flag = flag.split(['=', '…', ',', ')']).next().unwrap_or_default();
            let known = |path: &Vec<String>| commands[path].contains(&format!("--{flag}"));
            if !flag.is_empty() && !paths.iter().any(known) {
                wrong.push(format!("--{flag}"));
            }
            continue;
        }
        let is_name = word
            .chars()
            .all(|it| it.is_ascii_lowercase() || "-|".contains(it));
        let takes_more = paths.iter().any(|path| !listed(&commands[path]).is_empty());
        if !is_name || !takes_more {
            continue;
        }
        let longer = paths.iter().flat_map(|path| {
            word.split('|').map(move |name| {
                path.iter()
                    .cloned()
                    .chain([name.to_owned()])
                    .collect::<Vec<_>>()
            })
        });
        let (there, missing): (Vec<_>, Vec<_>) =
            longer.partition(|path| commands.contains_key(path));
        wrong.extend(missing.into_iter().map(|it| it.join(" ")));
        paths = there;
    }
    (paths, wrong)
}

/// Where commands are named: each document, each help, and the texts and comments
/// of the product's sources. With the name of the place.
fn lines(commands: &Commands) -> Vec<(String, String)> {
    let workspace = Workspace::read();
    let mut lines = Vec::new();
    for document in Document::all(&workspace.root) {
        lines.extend(
            document
                .code()
                .map(|it| (document.path.clone(), it.trim().to_owned())),
        );
    }
    for (path, help) in commands {
        let place = format!("the help of `counterfoil {}`", path.join(" "));
        lines.extend(help.lines().map(|it| (place.clone(), it.trim().to_owned())));
    }
    let ticked = Regex::new("`(counterfoil [^`]+)`").unwrap();
    for member in workspace.product() {
        for source in Source::beneath(&workspace, &format!("{}/src", member.folder)) {
            let found = ticked.captures_iter(&source.text);
            lines.extend(found.map(|it| (source.path.clone(), it[1].to_owned())));
        }
    }
    lines.retain(|(_, line)| line.starts_with("counterfoil "));
    lines
}

#[test]
fn commands_that_are_named_exist() {
    let commands = commands();
    let lines = lines(&commands);
    assert!(
        lines.len() > 50,
        "only {} commands are found in the texts",
        lines.len()
    );
    let mut wrong = Vec::new();
    for (place, line) in lines {
        for missing in named(&commands, &line).1 {
            wrong.push(format!("{place}: `{line}`: there is no `{missing}`"));
        }
    }
    assert!(
        wrong.is_empty(),
        "\n{}\nWhat to do: name the command as `counterfoil --help` has it",
        wrong.join("\n")
    );
}

#[test]
fn the_readme_names_every_command() {
    let commands = commands();
    let document = Document::read(&root(), "README.md");
    let table = document
        .tables
        .iter()
        .find(|it| it.heading == "Commands")
        .unwrap();
    let first: Vec<&String> = table.rows.iter().filter_map(|row| row.first()).collect();
    let code = first.iter().flat_map(|cell| tidy::documents::ticked(cell));
    let named: Vec<Vec<String>> = code.flat_map(|it| named(&commands, it).0).collect();
    let ends = commands.iter().filter(|(_, help)| listed(help).is_empty());
    let missing: Vec<String> = ends
        .filter(|(path, _)| !named.contains(path))
        .map(|(path, _)| format!("counterfoil {}", path.join(" ")))
        .collect();
    assert!(
        missing.is_empty(),
        "README.md's table of commands does not name {missing:?}"
    );
}

#[test]
fn every_command_has_an_example() {
    let commands = commands();
    let ends = commands.iter().filter(|(_, help)| listed(help).is_empty());
    let without: Vec<String> = ends
        .map(|(path, help)| (format!("counterfoil {}", path.join(" ")), help))
        .filter(|(name, help)| !help.contains(&format!("\n  {name}")))
        .map(|(name, _)| name)
        .collect();
    assert!(without.is_empty(), "the help of {without:?} has no example");
}

#[test]
fn what_does_not_exist_is_noticed() {
    let commands = commands();
    let wrong = |line: &str| named(&commands, line).1;
    assert!(wrong("counterfoil log read|verify --data D").is_empty());
    assert_eq!(wrong("counterfoil log read|burn"), ["log burn"]);
    assert_eq!(
        wrong("counterfoil trace order 1001 --nonsense"),
        ["--nonsense"]
    );
}
