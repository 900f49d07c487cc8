//! The frame of a process: arguments, configuration, telemetry, health, and a
//! shutdown that lets work in hand be finished.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::Args;
use tokio_util::sync::CancellationToken;

use crate::{admin, config::Config, inbox::Inbox, telemetry, tls};

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

/// A process that has read its configuration and begun to log.
pub struct Process {
    pub config: Arc<Config>,
    pub shutdown: CancellationToken,
    /// What people hand over, if the process opens it.
    pub inbox: Inbox,
}

impl Process {
    /// Starts logs, metrics and TLS, serves health and metrics on `admin`, and
    /// turns SIGTERM and Ctrl-C into a shutdown.
    pub async fn start(config: Config, admin: SocketAddr, key: &str) -> anyhow::Result<Process> {
        tls::init();
        telemetry::init_logs(&config.telemetry)?;
        let metrics = telemetry::init_metrics()?;
        let shutdown = CancellationToken::new();
        let listener = admin::listen(admin, key).await?;
        tracing::info!(address = %listener.local_addr()?, "health and metrics are served");
        let inbox = Inbox::default();
        let served = admin::serve(listener, metrics, inbox.clone(), shutdown.clone());
        tokio::spawn(served);
        tokio::spawn(cancel_on_signal(shutdown.clone()));
        Ok(Process {
            config: Arc::new(config),
            shutdown,
            inbox,
        })
    }
}

/// Runs a service's `main` and turns its outcome into an exit code: 0 when it
/// was asked to stop, 1 when it failed, 2 when its configuration is unusable.
pub fn run<F, S>(
    args: ServiceArgs,
    admin: fn(&Config) -> (SocketAddr, &'static str),
    service: S,
) -> ExitCode
where
    S: FnOnce(Process) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    let config = match Config::load(&args.config) {
        Ok(config) => config,
        Err(error) => return fail(error.into(), 2),
    };
    let runtime = match tokio::runtime::Runtime::new().context("cannot start the async runtime") {
        Ok(runtime) => runtime,
        Err(error) => return fail(error, 1),
    };
    let (address, key) = admin(&config);
    let outcome = runtime.block_on(async {
        let process = Process::start(config, address, key).await?;
        service(process).await
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error, 1),
    }
}

/// Prints an error with all its causes, once.
pub fn fail(error: anyhow::Error, code: u8) -> ExitCode {
    eprintln!("error: {error:#}");
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
