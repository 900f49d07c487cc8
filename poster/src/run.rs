//! One task for each ledger: what stops one does not stop another.

use std::sync::Arc;

use fusion::{Fusion, Options};
use schemas::causes;
use service::{CancellationToken, Clock, Service, config::Config};
use stream::Stream;
use tokio::task::JoinSet;

use crate::{error::PosterError, metrics, work::Opening};

/// The poster, for its own program and for `counterfoil run`.
pub static SERVICE: Service = Service {
    name: "poster",
    about: "Posts journals to Fusion's general ledger, each exactly once",
    admin: |admin| admin.poster,
    metrics: &[metrics::METRICS, fusion::METRICS],
    run: |config, stream, shutdown| {
        Box::pin(async move { Ok(run(config, stream, shutdown).await?) })
    },
};

/// Posts what is due of every configured ledger until shut down. Ends early only
/// when every ledger has stopped for a reason of its own; the first of these is
/// the error.
pub async fn run(
    config: Arc<Config>,
    stream: Stream,
    shutdown: CancellationToken,
) -> Result<(), PosterError> {
    run_by(config, stream, shutdown, Clock::System).await
}

/// The same, by another clock.
pub async fn run_by(
    config: Arc<Config>,
    stream: Stream,
    shutdown: CancellationToken,
    clock: Clock,
) -> Result<(), PosterError> {
    let mut tasks = JoinSet::new();
    for work in ledgers(&config, &stream, &shutdown, &clock).await? {
        tasks.spawn(work);
    }
    let mut first = Ok(());
    while let Some(ended) = tasks.join_next().await {
        let outcome = ended.unwrap_or_else(|error| {
            Err(PosterError::Task {
                ledger: "one of them".to_owned(),
                reason: error.to_string(),
            })
        });
        if let Err(error) = &outcome {
            tracing::error!(error = %causes(error), "a ledger has stopped");
        }
        first = first.and(outcome);
    }
    first
}

/// The work on each ledger, opened and not yet begun: for whoever runs it in a task
/// of its own, or by another clock.
pub async fn ledgers(
    config: &Config,
    stream: &Stream,
    shutdown: &CancellationToken,
    clock: &Clock,
) -> Result<Vec<impl Future<Output = Result<(), PosterError>> + Send + use<>>, PosterError> {
    if config.ledgers.is_empty() {
        return Err(PosterError::NoLedger(config.data_dir.clone()));
    }
    let options = Options {
        clock: clock.clone(),
        ..(&config.fusion).into()
    };
    let fusion = Arc::new(Fusion::new(options).map_err(PosterError::Client)?);
    let mut works = Vec::new();
    for key in config.ledgers.keys() {
        let opening = Opening::of(
            key,
            config,
            Arc::clone(&fusion),
            stream.clone(),
            shutdown.clone(),
            clock.clone(),
        );
        works.push(opening.await?.run());
    }
    Ok(works)
}
