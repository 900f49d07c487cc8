//! The frame of a process: arguments, configuration, telemetry, health, and a
//! shutdown that lets work in hand be finished.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::Args;
use schemas::causes;
use tokio_util::sync::CancellationToken;

use crate::{admin, config::Config, data_folder, metrics, process_limits, telemetry, tls};

/// The arguments of every service.
#[derive(Debug, Clone, Args)]
pub struct ServiceArgs {
    /// The configuration file
    #[arg(
        long,
        short,
        env = "COUNTERFOIL_CONFIG",
        default_value = "counterfoil.toml"
    )]
    pub config: PathBuf,
}

/// Where a process answers for its health and metrics, and the key in the configuration
/// that says so.
pub struct Admin {
    /// Where it listens.
    pub address: SocketAddr,
    /// The configuration's key, such as `admin.poster`.
    pub key: String,
}

/// A process that has read its configuration and begun to log.
pub struct Process {
    /// What was configured.
    pub config: Arc<Config>,
    /// Cancelled when the process is to end.
    pub shutdown: CancellationToken,
}

impl Process {
    /// Starts logs, metrics and TLS, serves health and metrics on `admin`, where the
    /// configuration has it for this program, and turns SIGTERM and Ctrl-C into a
    /// shutdown.
    async fn start(config: Config, program: &str, admin: Admin) -> anyhow::Result<Process> {
        tls::init();
        telemetry::init_logs(&config.telemetry)?;
        data_folder::prepare(&config.data_dir)?;
        let rendered = telemetry::init_metrics()?;
        metrics::describe(metrics::METRICS);
        metrics::record_build(program);
        let shutdown = CancellationToken::new();
        let listener = admin::listen(admin.address, &admin.key).await?;
        tracing::info!(address = %listener.local_addr()?, "health and metrics are served");
        let names = config.admin.hosts.clone().into();
        let served = admin::serve(listener, names, rendered, shutdown.clone());
        tokio::spawn(served);
        tokio::spawn(cancel_on_signal(shutdown.clone()));
        Ok(Process {
            config: Arc::new(config),
            shutdown,
        })
    }
}

/// Runs the `main` of a program and turns its outcome into an exit code: 0 when it
/// was asked to stop, 1 when it failed, 2 when its configuration is unusable.
pub fn run<F, S>(
    args: ServiceArgs,
    program: &str,
    admin: impl FnOnce(&Config) -> Admin,
    service: S,
) -> ExitCode
where
    S: FnOnce(Process) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    process_limits::set();
    let config = match Config::load(&args.config) {
        Ok(config) => config,
        Err(error) => return fail(error.into(), 2),
    };
    let runtime = match tokio::runtime::Runtime::new().context("cannot start the async runtime") {
        Ok(runtime) => runtime,
        Err(error) => return fail(error, 1),
    };
    let admin = admin(&config);
    let outcome = runtime.block_on(async {
        let process = Process::start(config, program, admin).await?;
        service(process).await
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error, 1),
    }
}

/// Prints an error with all its causes, once.
pub fn fail(error: anyhow::Error, code: u8) -> ExitCode {
    eprintln!("error: {}", causes(error.as_ref()));
    ExitCode::from(code)
}

async fn cancel_on_signal(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("asked to stop: finishing what is in hand");
    shutdown.cancel();
}
