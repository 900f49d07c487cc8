//! A service as a program of its own.

use std::{net::SocketAddr, pin::Pin, process::ExitCode, sync::Arc};

use clap::{Args, Command, FromArgMatches};
use stream::Stream;
use tokio_util::sync::CancellationToken;

use crate::{
    ServiceArgs,
    config::{AdminConfig, Config},
    metrics::{self, Table},
    process::{self, Admin},
};

/// A service: what it is called, what it counts and what it does.
pub struct Service {
    /// Its program's name, and its key under `admin` in the configuration.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// Where it answers for its health and metrics.
    pub admin: fn(&AdminConfig) -> SocketAddr,
    /// What it counts and measures.
    pub metrics: &'static [Table],
    /// Works until shut down.
    pub run: fn(Arc<Config>, Stream, CancellationToken) -> Running,
}

/// The work of a service, which ends when it is shut down or cannot go on.
pub type Running = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

impl Service {
    /// Describes its metrics and begins its work.
    pub fn start(
        &self,
        config: Arc<Config>,
        stream: Stream,
        shutdown: CancellationToken,
    ) -> Running {
        for table in self.metrics {
            metrics::describe(table);
        }
        (self.run)(config, stream, shutdown)
    }

    fn command(&self) -> Command {
        let name = self.name;
        // The arguments come first: they bring a text about themselves.
        ServiceArgs::augment_args(Command::new(name))
            .version(env!("CARGO_PKG_VERSION"))
            .about(self.about)
            .after_help(format!("Example:\n  {name} --config counterfoil.toml"))
    }
}

/// The `main` of a service's program. [`process::run`] says what the exit codes mean.
pub fn main(service: &'static Service) -> ExitCode {
    let matches = service.command().get_matches();
    let arguments = ServiceArgs::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    process::run(
        arguments,
        service.name,
        |config| Admin {
            address: (service.admin)(&config.admin),
            key: format!("admin.{}", service.name),
        },
        async |process| {
            let stream = crate::stream::open(&process.config, &process.shutdown).await?;
            service
                .start(process.config, stream, process.shutdown)
                .await
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: Service = Service {
        name: "ingest",
        about: "Brings something",
        admin: |admin| admin.ingest,
        metrics: &[],
        run: |_, _, _| Box::pin(async { Ok(()) }),
    };

    #[test]
    fn the_arguments_are_well_formed_and_the_help_has_an_example() {
        SERVICE.command().debug_assert();
        let help = SERVICE.command().render_help().to_string();
        assert!(help.starts_with("Brings something"), "{help}");
        assert!(help.contains("ingest --config counterfoil.toml"), "{help}");
    }

    #[test]
    fn the_configuration_is_an_argument() {
        let matches = SERVICE
            .command()
            .get_matches_from(["ingest", "-c", "a.toml"]);
        let arguments = ServiceArgs::from_arg_matches(&matches).unwrap();
        assert_eq!(arguments.config.to_str(), Some("a.toml"));
    }
}
