//! The commands, one module each.

mod data_folder;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod explain;
mod health;
mod journals;
mod log;
mod map;
mod replay;
mod report;
mod rules;
mod run;
#[cfg(feature = "demo")]
mod sandbox;
mod secrets;
mod stream;
mod trace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::exit::Outcome;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 it could not be done; 2 wrong arguments or configuration; \
                          3 done, and what was checked is not in order.";
#[cfg(feature = "demo")]
const BEGIN: &str =
    "Begin with `counterfoil demo`, then `counterfoil doctor` on your own configuration.";
#[cfg(not(feature = "demo"))]
const BEGIN: &str = "Begin with `counterfoil doctor`.";

/// Posts every BigCommerce order and refund into Oracle Fusion's general ledger, and proves it
#[derive(Debug, Parser)]
#[command(
    name = "counterfoil",
    version,
    after_help = format!("{EXIT_CODES}\n\n{BEGIN}")
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[cfg(feature = "demo")]
    Demo(demo::Demo),
    Run(run::Run),
    #[cfg(feature = "demo")]
    Sandbox(sandbox::Sandbox),
    Doctor(doctor::Doctor),
    Map(map::Map),
    Rules(rules::RulesArgs),
    Secrets(secrets::SecretsArgs),
    Report(report::Report),
    Trace(trace::TraceArgs),
    Journals(journals::JournalsArgs),
    Explain(explain::Explain),
    Log(log::LogArgs),
    Stream(stream::StreamArgs),
    Replay(replay::Replay),
    Health(health::Health),
}

/// Carries out a command and says how it ended.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    // Commands hold secrets and write files, too.
    service::process_limits::set();
    let outcome = match arguments.command {
        #[cfg(feature = "demo")]
        Command::Demo(command) => block_on(command.run()),
        Command::Run(command) => return command.run(),
        #[cfg(feature = "demo")]
        Command::Sandbox(command) => block_on(command.run()),
        Command::Doctor(command) => block_on(command.run()),
        Command::Map(command) => command.run(),
        Command::Rules(command) => command.run(),
        Command::Secrets(command) => command.run(),
        Command::Report(command) => command.run(),
        Command::Trace(command) => command.run(),
        Command::Journals(command) => block_on(command.run()),
        Command::Explain(command) => command.run(),
        Command::Log(command) => block_on(command.run()),
        Command::Stream(command) => block_on(command.run()),
        Command::Replay(command) => block_on(command.run()),
        Command::Health(command) => block_on(command.run()),
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(error) => service::process::fail(error, 1),
    }
}

fn block_on<F: Future<Output = anyhow::Result<Outcome>>>(future: F) -> anyhow::Result<Outcome> {
    tokio::runtime::Runtime::new()?.block_on(future)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_well_formed() {
        super::Arguments::command().debug_assert();
    }
}
