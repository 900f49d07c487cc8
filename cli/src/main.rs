//! The `counterfoil` command.

mod commands;
mod exit;
mod inbox;
mod progress;
mod services;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    commands::run(commands::Arguments::parse())
}
