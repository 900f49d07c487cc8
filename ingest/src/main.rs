//! Ingest as a process of its own.

use std::process::ExitCode;

use clap::Parser;
use service::ServiceArgs;

/// Brings every order and refund of the stores into the stream
#[derive(Parser)]
#[command(version, after_help = "Example:\n  ingest --config counterfoil.toml")]
struct Arguments {
    #[command(flatten)]
    service: ServiceArgs,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    service::process::run(
        arguments.service,
        |config| (config.admin.ingest, "admin.ingest"),
        async |process| {
            let stream = service::stream::open(&process.config.stream, &process.shutdown).await?;
            Ok(ingest::run(process.config, stream, process.shutdown).await?)
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
