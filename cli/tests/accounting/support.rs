//! Running the command in a folder of its own.

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

pub const RULES: &str = include_str!("../../../rules.example.toml");

/// A folder with the example rules in it.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Desk {
        let desk = Desk {
            folder: TempDir::new().unwrap(),
        };
        desk.write("rules.toml", RULES);
        desk
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub fn file(&self, name: &str, value: &Value) {
        self.write(name, &serde_json::to_string_pretty(value).unwrap());
    }

    /// Runs `counterfoil` here, with arguments as a shell would split them.
    pub fn run(&self, arguments: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_counterfoil"))
            .current_dir(self.folder.path())
            .args(arguments.split_whitespace())
            .output()
            .unwrap()
    }

    /// What it printed, when it ended well.
    pub fn told(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let told = all_of(&output);
        assert!(output.status.success(), "{arguments}:\n{told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// All that it printed, and how it ended.
    pub fn outcome(&self, arguments: &str) -> String {
        all_of(&self.run(arguments))
    }
}

fn all_of(output: &Output) -> String {
    format!(
        "exit {}\n{}{}",
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
