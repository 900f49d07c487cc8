//! From webhooks to orders and refunds: what a webhook says is only that
//! something changed, so what it is about is fetched as a whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use schemas::{
    BroughtBy, EventId, EventType, OrderId, Payload, RefundId, Subjects, WebhookEntity, causes,
};
use service::{
    CancellationToken,
    follow::{Follower, Pace, Undone},
    health,
};
use stream::{Delivered, Stream, StreamError};

use crate::{
    intake::{Intake, IntakeError},
    origin::Origin,
    retry::until_done,
};

/// The most webhooks handled together.
const BATCH: usize = 500;
/// An action in the store sends several webhooks within a moment: wait for
/// them, and fetch its order once.
const MOMENT: Duration = Duration::from_millis(100);
const IDLE: Duration = Duration::from_secs(1);

/// Follows the webhooks of one store until shut down.
pub(crate) async fn run(
    intake: Arc<Intake>,
    stream: Stream,
    shutdown: CancellationToken,
) -> Result<(), StreamError> {
    let store = &intake.store;
    let health = health::component(format!("ingest/{store}/webhooks"));
    let subject = Subjects::of(EventType::WebhookReceived, store);
    let follower = Follower {
        stream: &stream,
        health: &health,
        shutdown: &shutdown,
        pace: Pace {
            most: BATCH,
            wait: IDLE,
            moment: Some(MOMENT),
        },
    };
    let (intake, health, shutdown) = (&intake, &health, &shutdown);
    let fetch = |batch: Vec<Delivered>| async move {
        let work = Work::of(&batch);
        // A store can be away for long: it is asked with growing pauses, and the
        // webhooks stay in hand.
        let done = until_done(health, shutdown, || work.fetch(intake)).await;
        done.ok_or(Undone::Stopped)
    };
    follower
        .consume(&format!("ingest-{store}"), &[subject.pattern()], fetch)
        .await
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
                    let sequence = delivered.sequence;
                    let error = causes(&error);
                    tracing::error!(%sequence, %error, "an event of the stream cannot be read, it is passed over");
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
    async fn fetch(&self, intake: &Intake) -> Result<(), IntakeError> {
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
