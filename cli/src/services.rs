//! All four services in one process.

use std::{error::Error, sync::Arc};

use anyhow::Context;
use service::{CancellationToken, config::Config};
use stream::Stream;
use tokio::task::JoinSet;

/// Runs the services until they are shut down. The first that fails stops the
/// others and is named.
pub async fn run_all(
    config: Arc<Config>,
    stream: Stream,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let mut services = Services(JoinSet::new());
    let of = || (config.clone(), stream.clone(), shutdown.clone());
    let (config, stream, stop) = of();
    services.start("ingest stopped", ingest::run(config, stream, stop));
    let (config, stream, stop) = of();
    services.start("the mapper stopped", mapper::run(config, stream, stop));
    let (config, stream, stop) = of();
    services.start("the poster stopped", poster::run(config, stream, stop));
    let (config, stream, stop) = of();
    services.start(
        "the projector stopped",
        projector::run(config, stream, stop),
    );
    services.end(&shutdown).await
}

/// The services that run.
struct Services(JoinSet<anyhow::Result<()>>);

impl Services {
    /// Starts one; `stopped` names it in its error.
    fn start<E: Error + Send + Sync + 'static>(
        &mut self,
        stopped: &'static str,
        service: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        self.0.spawn(async move { service.await.context(stopped) });
    }

    /// Waits until all have ended, and ends the others with the first.
    async fn end(mut self, shutdown: &CancellationToken) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        while let Some(ended) = self.0.join_next().await {
            let ended = ended.context("a service died").and_then(|ended| ended);
            shutdown.cancel();
            if outcome.is_ok() {
                outcome = ended;
            }
        }
        outcome
    }
}
