//! The service: read from the stream, map, write to the stream.

use std::{sync::Arc, time::Duration};

use schemas::{EncodedEvent, Subjects};
use service::{CancellationToken, config::Config, health};
use stream::{Delivered, Stream, StreamError};

use mapping::{Cause, RuleSet, map_event};

use crate::{load_rules, metrics, rules_file::RulesFileError};

/// The durable name of the mapper's consumer.
const CONSUMER: &str = "mapper";
/// As many events as one atomic batch of the broker can hold.
const BATCH: usize = 500;
const WAIT: Duration = Duration::from_millis(500);
const RETRY: Duration = Duration::from_secs(1);

/// The mapper cannot start.
#[derive(Debug, thiserror::Error)]
pub enum MapperError {
    #[error("the rules are not usable")]
    Rules(#[from] RulesFileError),
    #[error("the rules lead to ledger `{0}`, which the configuration does not have")]
    UnknownLedger(String),
    #[error("the mapper cannot begin to read the stream")]
    Consume(#[source] StreamError),
}

/// Maps until shut down. A stream that is away is waited for.
pub async fn run(
    config: Arc<Config>,
    stream: Stream,
    shutdown: CancellationToken,
) -> Result<(), MapperError> {
    let rules = load_rules(&config.rules)?;
    if let Some(unknown) = rules
        .ledgers()
        .find(|ledger| !config.ledgers.contains_key(ledger))
    {
        return Err(MapperError::UnknownLedger(unknown.to_string()));
    }
    tracing::info!(rule_set = %rules.digest().short(), "the rules are loaded");
    let health = health::component("mapper");
    let subjects: Vec<Subjects> = Cause::TYPES.iter().map(|it| Subjects::all(*it)).collect();
    let patterns: Vec<&str> = subjects.iter().map(Subjects::pattern).collect();
    let mut consumer = stream
        .consumer(CONSUMER, &patterns)
        .await
        .map_err(MapperError::Consume)?;
    while !shutdown.is_cancelled() {
        let step = async {
            let batch = consumer.next_batch(BATCH, WAIT).await?;
            let Some(last) = batch.last().map(|delivered| delivered.offset) else {
                return Ok(());
            };
            stream.publish_all(map_batch(&batch, &rules)).await?;
            // Only now: a crash before this maps the batch again, to the same ids.
            consumer.ack(last).await
        };
        let outcome: Result<(), StreamError> = tokio::select! {
            outcome = step => outcome,
            () = shutdown.cancelled() => break,
        };
        match outcome {
            Ok(()) => health.ok(),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the stream is away; trying again"
                );
                health.failing(format!("the stream is away: {error}"));
                tokio::time::sleep(RETRY).await;
                // What was read and not acknowledged is read again.
                consumer.rewind();
            }
        }
    }
    Ok(())
}

fn map_batch(batch: &[Delivered], rules: &RuleSet) -> Vec<EncodedEvent> {
    let mut mapped = Vec::with_capacity(batch.len());
    for delivered in batch {
        match delivered.event.decode() {
            Ok(event) => {
                if let Some(next) = map_event(&event, rules) {
                    metrics::mapped(&next);
                    mapped.push(next.encode());
                }
            }
            // The projector shows it among the exceptions; nothing else stops for it.
            Err(error) => tracing::error!(
                offset = delivered.offset,
                error = &error as &dyn std::error::Error,
                "an event cannot be read and is passed over"
            ),
        }
    }
    mapped
}
