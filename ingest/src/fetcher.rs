//! From webhooks to orders and refunds: what a webhook says is only that
//! something changed, so what it is about is fetched as a whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use schemas::{BroughtBy, EventId, EventType, OrderId, Payload, RefundId, Subjects, WebhookEntity};
use service::{CancellationToken, health};
use stream::{Consumer, Delivered, Stream, StreamError};

use crate::{
    intake::{Intake, IntakeError, Origin},
    patience::until_done,
};

/// The most webhooks handled together.
const BATCH: usize = 500;
/// An action in the store sends several webhooks within a moment: wait for
/// them, and fetch its order once.
const MOMENT: Duration = Duration::from_millis(100);
const IDLE: Duration = Duration::from_secs(1);

/// Follows the webhooks of one store until shut down.
pub async fn run(
    intake: Arc<Intake>,
    stream: Stream,
    shutdown: CancellationToken,
) -> Result<(), StreamError> {
    let store = &intake.store;
    let health = health::component(format!("ingest/{store}/webhooks"));
    let subject = Subjects::of(EventType::WebhookReceived, store);
    let consumer = stream
        .consumer(&format!("ingest-{store}"), &[subject.pattern()])
        .await?;
    // Behind a lock only because each try borrows it anew.
    let consumer = tokio::sync::Mutex::new(consumer);
    while !shutdown.is_cancelled() {
        let next = || async { next_batch(&mut *consumer.lock().await).await };
        let Some(batch) = until_done(&health, &shutdown, next).await else {
            break;
        };
        let Some(last) = batch.last().map(|delivered| delivered.offset) else {
            continue;
        };
        let work = Work::of(&batch);
        let Some(()) = until_done(&health, &shutdown, || work.done(&intake)).await else {
            break;
        };
        let acknowledge = || async { consumer.lock().await.ack(last).await };
        if until_done(&health, &shutdown, acknowledge).await.is_none() {
            break;
        }
    }
    Ok(())
}

async fn next_batch(consumer: &mut Consumer) -> Result<Vec<Delivered>, StreamError> {
    let mut batch = consumer.next_batch(BATCH, IDLE).await?;
    if !batch.is_empty() && batch.len() < BATCH {
        tokio::time::sleep(MOMENT).await;
        // What cannot be had now comes with the next batch. An error must not cost us
        // those in hand: the consumer is past them and would not hand them out again.
        let room = BATCH - batch.len();
        match consumer.next_batch(room, Duration::from_millis(1)).await {
            Ok(more) => batch.extend(more),
            Err(error) => tracing::debug!(%error, "no more webhooks of this moment can be read"),
        }
    }
    Ok(batch)
}

/// What a batch of webhooks asks for, each once, with the last webhook for it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Work {
    orders: BTreeMap<OrderId, EventId>,
    refunds: BTreeSet<(OrderId, RefundId)>,
}

impl Work {
    fn of(batch: &[Delivered]) -> Work {
        let mut work = Work::default();
        for delivered in batch {
            let event = match delivered.event.decode() {
                Ok(event) => event,
                Err(error) => {
                    let offset = delivered.offset;
                    tracing::error!(offset, %error, "an event of the stream cannot be read, it is passed over");
                    continue;
                }
            };
            if let Payload::WebhookReceived(webhook) = event.payload {
                work.add(webhook.entity, event.id);
            }
        }
        work
    }

    fn add(&mut self, entity: WebhookEntity, cause: EventId) {
        match entity {
            WebhookEntity::Order { order } => {
                self.orders.insert(order, cause);
            }
            WebhookEntity::Refund { order, refund } => {
                self.orders.insert(order, cause);
                self.refunds.insert((order, refund));
            }
            WebhookEntity::Other => {}
        }
    }

    /// Fetches it and makes it durable.
    async fn done(&self, intake: &Intake) -> Result<(), IntakeError> {
        if self.orders.is_empty() {
            return Ok(());
        }
        let origin = Origin {
            by: BroughtBy::Webhook,
            causes: &self.orders,
            asked: intake.ask(),
        };
        let orders = self.orders.keys().copied().collect();
        intake.take_told(orders, &self.refunds, &origin).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_webhooks_for_one_order_are_one_piece_of_work() {
        let mut work = Work::default();
        let (first, last) = (EventId::derive(&["1"]), EventId::derive(&["2"]));
        work.add(WebhookEntity::Order { order: OrderId(7) }, first);
        work.add(WebhookEntity::Other, first);
        work.add(WebhookEntity::Order { order: OrderId(7) }, last);
        let refund = WebhookEntity::Refund {
            order: OrderId(8),
            refund: RefundId(1),
        };
        work.add(refund, first);
        assert_eq!(
            work.orders,
            BTreeMap::from([(OrderId(7), last), (OrderId(8), first)])
        );
        assert_eq!(work.refunds, BTreeSet::from([(OrderId(8), RefundId(1))]));
    }
}
