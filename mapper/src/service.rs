//! The service: read from the stream, map, write to the stream.

use std::{sync::Arc, time::Duration};

use mapping::{Cause, RuleSet, map_event, park_oversized};
use schemas::{EncodedEvent, Event, Subjects, causes};
use service::{
    CancellationToken, Service,
    config::Config,
    follow::{Follower, Pace},
    health,
};
use stream::{Delivered, Stream, StreamError};

use crate::{load_rules, metrics, rules_file::RulesFileError};

/// The mapper, for its own program and for `counterfoil run`.
pub static SERVICE: Service = Service {
    name: "mapper",
    about: "Turns orders and refunds into the journals that the ledger should hold",
    admin: |admin| admin.mapper,
    metrics: &[metrics::METRICS],
    run: |config, stream, shutdown| {
        Box::pin(async move { Ok(run(config, stream, shutdown).await?) })
    },
};

/// The durable name of the mapper's consumer.
const CONSUMER: &str = "mapper";
/// As many events as one atomic batch of the broker can hold.
const BATCH: usize = 500;
const WAIT: Duration = Duration::from_millis(500);

/// The mapper cannot start.
#[expect(missing_docs, reason = "each message says what it is about")]
#[derive(Debug, thiserror::Error)]
pub enum MapperError {
    #[error("the rules are not usable")]
    Rules(#[from] RulesFileError),
    #[error("the rules lead to ledger `{0}`, which the configuration does not have")]
    UnknownLedger(String),
    #[error("the mapper cannot begin to read the stream")]
    Consume(#[from] StreamError),
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
    let subjects: Vec<Subjects> = Cause::TYPES.iter().map(|it| Subjects::all(*it)).collect();
    let patterns: Vec<&str> = subjects.iter().map(Subjects::pattern).collect();
    let follower = Follower {
        stream: &stream,
        health: &health::component("mapper"),
        shutdown: &shutdown,
        pace: Pace {
            most: BATCH,
            wait: WAIT,
            moment: None,
        },
    };
    // It is acknowledged only when it is published: a crash before that maps the batch
    // again, to the same ids.
    let (stream, rules) = (&stream, &rules);
    let map = |batch: Vec<Delivered>| async move {
        stream
            .publish_all(map_batch(&batch, rules, stream.max_event()))
            .await?;
        Ok(())
    };
    follower.consume(CONSUMER, &patterns, map).await
}

fn map_batch(batch: &[Delivered], rules: &RuleSet, max_event: usize) -> Vec<EncodedEvent> {
    let mut mapped = Vec::with_capacity(batch.len());
    for delivered in batch {
        match delivered.event.decode() {
            Ok(event) => mapped.extend(map_one(&event, rules, max_event)),
            // The projector shows it among the exceptions; nothing else stops for it.
            Err(error) => tracing::error!(
                sequence = %delivered.sequence,
                error = %causes(&error),
                "an event cannot be read and is passed over"
            ),
        }
    }
    mapped
}

/// What follows from an event, or what parks it if that cannot be written. The poster
/// writes a target into an event of its own, with as much around it as it leaves here.
fn map_one(event: &Event, rules: &RuleSet, max_event: usize) -> Option<EncodedEvent> {
    let next = map_event(event, rules)?;
    let encoded = next.encode();
    let bytes = encoded.bytes.len();
    let (next, encoded) = match bytes > max_event / 4 * 3 {
        false => (next, encoded),
        true => {
            let parked = park_oversized(event, rules, bytes)?;
            let encoded = parked.encode();
            (parked, encoded)
        }
    };
    metrics::EVENTS.add([next.payload.event_type().as_str()], 1);
    Some(encoded)
}

#[cfg(test)]
mod tests {
    use schemas::{EventType, Payload};

    use super::*;

    #[test]
    fn a_target_that_the_stream_does_not_take_is_parked() {
        let received = include_bytes!("../../schemas/tests/golden/order.received.v1.json");
        let rules = include_str!("../../rules.example.toml");
        let rules = RuleSet::parse(rules, "rules.example.toml").unwrap();
        let event = Event::decode(received).unwrap();
        let follows = |max_event| map_one(&event, &rules, max_event).unwrap();
        let whole = follows(1 << 20);
        let too_large = follows(whole.bytes.len());
        assert_eq!(too_large.event_type(), Some(EventType::OrderParked));
        match too_large.decode().unwrap().payload {
            Payload::OrderParked(parked) => {
                assert_eq!(parked.code, "TOO_LARGE");
                assert!(parked.reason.contains(&whole.bytes.len().to_string()));
            }
            other => panic!("{other:?}"),
        }
    }
}
