//! The task that publishes: one message when it is alone, an atomic batch when
//! a queue has formed.
//!
//! With `sync_interval: always` each message costs the server a sync, and a
//! batch costs one for all of it. One id that the server knows already rejects
//! the whole batch; then its messages go one by one, in order.

use std::collections::{HashMap, HashSet};

use eventlog::Sequence;
use schemas::{EncodedEvent, EventId};
use tokio::sync::{mpsc, oneshot};

use super::{
    batch::{self, MAX_BATCH, message_id},
    link::{Link, PublishError},
    place,
    publications::Publications,
};
use crate::{Receipt, StreamError};

/// Ids remembered, so that a sender's retry does not spoil a batch: about 4 MB.
const RECENT: usize = 50_000;

/// Events that were handed in together, and who waits for them.
pub(super) struct Job {
    /// At most [`MAX_BATCH`].
    pub events: Vec<EncodedEvent>,
    pub reply: oneshot::Sender<Result<Vec<Receipt>, StreamError>>,
}

pub(super) struct Publisher {
    link: Link,
    publications: Publications,
    /// The connection for which `publications` holds.
    generation: u64,
}

impl Publisher {
    pub(super) fn new(link: Link) -> Publisher {
        let generation = link.generation();
        Publisher {
            link,
            publications: Publications::new(RECENT),
            generation,
        }
    }

    /// Serves jobs until the last handle of the stream is dropped.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut next = jobs.recv().await;
        while let Some(first) = next.take() {
            let mut group = vec![first];
            let mut size = group[0].events.len();
            while let Ok(job) = jobs.try_recv() {
                size += job.events.len();
                if size > MAX_BATCH {
                    next = Some(job);
                    break;
                }
                group.push(job);
            }
            self.serve(group).await;
            if next.is_none() {
                next = jobs.recv().await;
            }
        }
    }

    async fn serve(&mut self, mut group: Vec<Job>) {
        // Whoever does not wait any more has given up, and will publish again.
        group.retain(|job| !job.reply.is_closed());
        let events: Vec<_> = group.iter().flat_map(|job| &job.events).cloned().collect();
        match self.publish(events).await {
            Ok(receipts) => {
                let mut receipts = receipts.into_iter();
                for job in group {
                    let own = receipts.by_ref().take(job.events.len()).collect();
                    let _ = job.reply.send(Ok(own));
                }
            }
            Err(error) => {
                for job in group {
                    let _ = job.reply.send(Err(error.clone()));
                }
            }
        }
    }

    /// Publishes the events in this order, each id once.
    async fn publish(&mut self, events: Vec<EncodedEvent>) -> Result<Vec<Receipt>, StreamError> {
        if self.generation != self.link.generation() {
            // Another connection may mean another server, or one that lost its disk.
            self.generation = self.link.generation();
            self.publications.clear();
        }
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let mut seen = HashSet::new();
        let fresh: Vec<EncodedEvent> = events
            .into_iter()
            .filter(|event| self.publications.get(event.id).is_none() && seen.insert(event.id))
            .collect();
        place::verify(&self.link).await?;
        let mut first = self.publish_fresh(fresh).await?;
        let mut stored: Vec<_> = first.iter().filter(|(_, it)| !it.duplicate).collect();
        stored.sort_by_key(|(_, receipt)| receipt.sequence);
        for (id, receipt) in stored {
            self.link.guard.stored(receipt.sequence, *id);
        }
        // What was stored at a place that was passed is in another stream.
        place::verify(&self.link).await?;
        ids.into_iter()
            .map(|id| {
                let copy = |sequence| Receipt {
                    sequence,
                    duplicate: true,
                };
                let receipt = first.remove(&id);
                receipt.or_else(|| self.publications.get(id).map(copy))
            })
            .collect::<Option<_>>()
            .ok_or_else(|| StreamError::Unavailable("more ids than can be remembered".to_owned()))
    }

    /// Publishes events whose ids differ.
    async fn publish_fresh(
        &mut self,
        events: Vec<EncodedEvent>,
    ) -> Result<HashMap<EventId, Receipt>, StreamError> {
        let mut receipts = HashMap::with_capacity(events.len());
        if events.len() > 1 {
            match batch::publish(&self.link, &events).await {
                Ok(first) => {
                    for (sequence, event) in (first.0..).map(Sequence).zip(&events) {
                        let receipt = Receipt {
                            sequence,
                            duplicate: false,
                        };
                        self.publications.insert(event.id, sequence);
                        receipts.insert(event.id, receipt);
                    }
                    return Ok(receipts);
                }
                Err(PublishError::Server(error)) => {
                    tracing::debug!(%error, events = events.len(), "atomic batch refused, publishing one by one");
                }
                Err(PublishError::Other(error)) => return Err(error),
            }
        }
        for event in events {
            let id = event.id;
            let ack = self
                .link
                .publish(event.subject, message_id(id), event.bytes)
                .await?;
            let receipt = Receipt {
                sequence: Sequence(ack.sequence),
                duplicate: ack.duplicate,
            };
            self.publications.insert(id, receipt.sequence);
            receipts.insert(id, receipt);
        }
        Ok(receipts)
    }
}
