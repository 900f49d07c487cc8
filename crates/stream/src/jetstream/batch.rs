//! Several events in one atomic batch of the server.

use async_nats::{
    HeaderMap,
    header::{
        NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL, NATS_BATCH_ID, NATS_BATCH_SEQUENCE,
        NATS_MESSAGE_ID,
    },
};
use eventlog::Sequence;
use schemas::{EncodedEvent, EventId};
use tokio::time::Instant;
use uuid::Uuid;

use super::link::{Link, PublishError};
use crate::StreamError;

/// The most messages the server takes in one atomic batch.
pub(super) const MAX_BATCH: usize = 1000;

/// Publishes all of the events or none. Returns the sequence of the first.
pub(super) async fn publish(
    link: &Link,
    events: &[EncodedEvent],
) -> Result<Sequence, PublishError> {
    let batch = Uuid::new_v4().simple().to_string();
    let deadline = Instant::now() + link.timeout;
    link.connected(deadline)
        .await
        .map_err(PublishError::Other)?;
    let (last, others) = events.split_last().ok_or_else(|| {
        PublishError::Other(StreamError::Unavailable("an empty batch".to_owned()))
    })?;
    for (number, event) in (1..).zip(others) {
        let headers = batch_headers(&batch, number, event);
        link.send(event.subject.clone(), headers, event.bytes.clone())
            .await?;
    }
    let mut headers = batch_headers(&batch, events.len(), last);
    headers.insert(NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL);
    let ack = link
        .publish(last.subject.clone(), headers, last.bytes.clone())
        .await?;
    Ok(Sequence(ack.sequence + 1 - events.len() as u64))
}

/// The header by which the server recognises a copy.
pub(super) fn message_id(id: EventId) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(NATS_MESSAGE_ID, id.to_string());
    headers
}

fn batch_headers(batch: &str, number: usize, event: &EncodedEvent) -> HeaderMap {
    let mut headers = message_id(event.id);
    headers.insert(NATS_BATCH_ID, batch);
    headers.insert(NATS_BATCH_SEQUENCE, number.to_string());
    headers
}
