//! The mapper as a process of its own.

use std::process::ExitCode;

use clap::Parser;
use service::ServiceArgs;

/// Turns orders and refunds into the journals that the ledger should hold
#[derive(Parser)]
#[command(version, after_help = "Example:\n  mapper --config counterfoil.toml")]
struct Arguments {
    #[command(flatten)]
    service: ServiceArgs,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    service::process::run(
        arguments.service,
        |config| (config.admin.mapper, "admin.mapper"),
        async |process| {
            let stream = service::stream::open(&process.config.stream, &process.shutdown).await?;
            Ok(mapper::run(process.config, stream, process.shutdown).await?)
        },
    )
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_well_formed() {
        super::Arguments::command().debug_assert();
    }
}
