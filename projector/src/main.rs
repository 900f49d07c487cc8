//! The projector as a process of its own.

use std::process::ExitCode;

use clap::Parser;
use service::ServiceArgs;

/// Writes every event to the log, and from the log the views that reports are made from
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  projector --config counterfoil.toml"
)]
struct Arguments {
    #[command(flatten)]
    service: ServiceArgs,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    service::process::run(
        arguments.service,
        |config| (config.admin.projector, "admin.projector"),
        async |process| {
            let stream = service::stream::open(&process.config.stream, &process.shutdown).await?;
            Ok(projector::run(process.config, stream, process.shutdown).await?)
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
