//! Events as ingest writes them: of a webhook as it is, of a state as a draft, since its
//! id depends on the state before.

use bigcommerce::Malformed;
use jiff::Timestamp;
use schemas::{
    EncodedEvent, EntityKey, Event, EventId, OrderReceived, Parked, RefundReceived, Stage,
    WebhookReceived, Writer, codes,
};

use crate::{
    chain::Chain,
    draft::{Draft, Says},
};

/// Codes that are known elsewhere.
pub(crate) mod code {
    /// More than is read, or than the stream takes.
    pub(crate) const TOO_LARGE: &str = "TOO_LARGE";
}

/// The most of a reason that is kept, in characters: it may repeat the store's words.
const MOST_REASON: usize = 2000;

/// A verified delivery, received `now`.
pub(crate) fn webhook(webhook: WebhookReceived, now: Timestamp) -> EncodedEvent {
    Event::of(Writer::Ingest, now, webhook).encode()
}

/// The time is that of the order's last change, not of our reading it: so the
/// poller, a webhook and a replay write the same.
pub(crate) fn order(order: OrderReceived, cause: Option<EventId>) -> Draft {
    let modified = order.order.modified;
    Draft {
        chain: Chain::of(&order.order.entity(), None),
        modified: Some(modified),
        time: modified,
        cause,
        says: Says::Order(Box::new(order)),
    }
}

/// The time is that of the refund's or its order's last change, for the same reason.
pub(crate) fn refund(refund: RefundReceived, cause: Option<EventId>) -> Draft {
    let modified = refund.modified();
    Draft {
        chain: Chain::of(&refund.entity(), None),
        modified: Some(modified),
        time: modified,
        cause,
        says: Says::Refund(Box::new(refund)),
    }
}

/// Why an order or refund could not be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obstacle {
    Malformed(Malformed),
    /// The store's answer is not even JSON.
    Unreadable(String),
    /// The store says that there is no such record.
    NotFound,
    /// The store does not hand it out, for a reason of its own.
    Refused(String),
    /// A refund whose order could not be taken in.
    OrderUnavailable(String),
    /// A refund of an order that the store does not have.
    UnknownOrder,
    /// A refund of an order that has an earlier one, which cannot be read.
    EarlierRefund(String),
}

impl Obstacle {
    fn code(&self) -> &'static str {
        match self {
            Obstacle::Malformed(malformed) if malformed.is_too_large => code::TOO_LARGE,
            Obstacle::Malformed(_) => "malformed",
            Obstacle::Unreadable(_) => "unreadable",
            Obstacle::NotFound => "not_found",
            Obstacle::Refused(_) => "refused",
            Obstacle::OrderUnavailable(_) => "order_unavailable",
            Obstacle::UnknownOrder => "unknown_order",
            Obstacle::EarlierRefund(_) => "earlier_refund_unreadable",
        }
    }

    pub(crate) fn reason(&self) -> String {
        match self {
            Obstacle::Malformed(malformed) => malformed.to_string(),
            Obstacle::Unreadable(why) | Obstacle::Refused(why) => why.clone(),
            Obstacle::NotFound => "the store says that it does not exist".to_owned(),
            Obstacle::OrderUnavailable(why) => format!("its order could not be read: {why}"),
            Obstacle::UnknownOrder => {
                "it is a refund of an order that the store says does not exist".to_owned()
            }
            Obstacle::EarlierRefund(why) => {
                format!("an earlier refund of its order could not be read: {why}")
            }
        }
    }

    fn remedy(&self) -> &'static str {
        match self {
            Obstacle::Malformed(malformed) if malformed.is_too_large => codes::remedy(self.code()),
            Obstacle::Malformed(_) | Obstacle::Unreadable(_) => {
                "correct the record in the store; its next change brings it in"
            }
            Obstacle::NotFound => {
                "look whether it was deleted in the store; nothing is posted for it"
            }
            Obstacle::Refused(_) => {
                "give the API account the rights it lacks, then change the record or wait for the next sweep"
            }
            Obstacle::OrderUnavailable(_) => {
                "release its order first; the refund comes in with the order's next change"
            }
            Obstacle::UnknownOrder => {
                "look whether the order was deleted in the store; if it was posted before, book the refund by hand"
            }
            Obstacle::EarlierRefund(_) => {
                "correct the earlier refund in the store, or book this one by hand: what is left to refund depends on it"
            }
        }
    }
}

/// An order or refund that could not be taken in. Where the store's answer
/// says when it was changed, that is the event's time; otherwise it is `now`.
pub(crate) fn parked(
    entity: EntityKey,
    obstacle: &Obstacle,
    cause: Option<EventId>,
    now: Timestamp,
) -> Draft {
    let (modified, body) = match obstacle {
        Obstacle::Malformed(malformed) => (malformed.modified, malformed.body.clone()),
        _ => (None, None),
    };
    let chain = Chain::of(&entity, body.as_ref());
    let parked = Parked {
        entity,
        stage: Stage::Ingest,
        code: obstacle.code().to_owned(),
        reason: schemas::cut(obstacle.reason(), MOST_REASON),
        remedy: obstacle.remedy().to_owned(),
        modified,
        date: None,
        value: None,
        currency: None,
        rule_set: None,
        engine: None,
        body,
        follows: None,
    };
    Draft {
        chain,
        modified,
        time: modified.unwrap_or(now),
        cause,
        says: Says::Parked(Box::new(parked)),
    }
}

/// The same order or refund, parked because its event would have so many bytes.
pub(crate) fn oversized(draft: Draft, bytes: usize) -> Draft {
    let (entity, body) = match draft.says {
        Says::Order(it) => (it.order.entity(), Some(it.body)),
        Says::Refund(it) => (it.entity(), Some(it.body)),
        Says::Parked(it) => (it.entity, it.body),
    };
    let obstacle = Obstacle::Malformed(Malformed {
        expected: "small enough for the stream",
        found: format!("an event of {bytes} bytes"),
        is_too_large: true,
        modified: draft.modified,
        body,
        ..Malformed::default()
    });
    parked(entity, &obstacle, draft.cause, draft.time)
}

#[cfg(test)]
mod tests {
    use schemas::{Check, OrderId, RefundId, WebhookEntity};

    use super::*;

    fn delivery(entity: WebhookEntity) -> WebhookReceived {
        WebhookReceived {
            store: "us".parse().unwrap(),
            delivery: "msg_1".to_owned(),
            scope: "store/order/updated".to_owned(),
            entity,
            signature: Check::Verified,
            header: Check::Verified,
            body: schemas::Digest::of(b"{}"),
        }
    }

    #[test]
    fn all_events_of_an_order_and_its_refunds_are_one_story() {
        let (order, refund) = (OrderId(7), RefundId(2));
        for (entity, subject, story) in [
            (WebhookEntity::Order { order }, "us/7", "us/7"),
            (
                WebhookEntity::Refund { order, refund },
                "us/7/refund/2",
                "us/7",
            ),
            (WebhookEntity::Other, "us", "us"),
        ] {
            let event = webhook(delivery(entity), Timestamp::UNIX_EPOCH)
                .decode()
                .unwrap();
            assert_eq!(event.subject, subject);
            assert_eq!(
                (event.partition_key.as_str(), event.correlation.as_str()),
                (story, story)
            );
        }
    }

    #[test]
    fn a_retry_received_later_is_the_same_event() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let first = webhook(delivery(WebhookEntity::Other), at(1));
        let retry = webhook(delivery(WebhookEntity::Other), at(60));
        assert_eq!(first.id, retry.id);
    }

    #[test]
    fn the_same_unreadable_answer_is_parked_once_and_another_again() {
        let entity = EntityKey::order("us".parse().unwrap(), OrderId(7));
        let parked = |body: &[u8]| {
            let obstacle = Obstacle::Malformed(Malformed {
                body: Some(schemas::Digest::of(body)),
                ..Malformed::default()
            });
            parked(entity.clone(), &obstacle, None, Timestamp::now()).id(None)
        };
        assert_eq!(parked(b"a"), parked(b"a"));
        assert_ne!(parked(b"a"), parked(b"b"));
    }
}
