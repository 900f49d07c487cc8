//! All four services in one process.

use std::sync::Arc;

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
    let mut services = JoinSet::new();
    {
        let (config, stream, shutdown) = (config.clone(), stream.clone(), shutdown.clone());
        services.spawn(async move {
            ingest::run(config, stream, shutdown)
                .await
                .context("ingest stopped")
        });
    }
    {
        let (config, stream, shutdown) = (config.clone(), stream.clone(), shutdown.clone());
        services.spawn(async move {
            mapper::run(config, stream, shutdown)
                .await
                .context("the mapper stopped")
        });
    }
    {
        let (config, stream, shutdown) = (config.clone(), stream.clone(), shutdown.clone());
        services.spawn(async move {
            poster::run(config, stream, shutdown)
                .await
                .context("the poster stopped")
        });
    }
    {
        let shutdown = shutdown.clone();
        services.spawn(async move {
            projector::run(config, stream, shutdown)
                .await
                .context("the projector stopped")
        });
    }
    let mut outcome = Ok(());
    while let Some(ended) = services.join_next().await {
        let ended = ended.context("a service died").and_then(|ended| ended);
        shutdown.cancel();
        if outcome.is_ok() {
            outcome = ended;
        }
    }
    outcome
}
