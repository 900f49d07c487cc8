//! The `counterfoil` command.

mod commands;
mod exit;
mod format;
mod progress;
mod services;
mod tables;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    commands::run(commands::Arguments::parse())
}
