//! A state that may be told, before it is known which event it follows.

use jiff::Timestamp;
use schemas::{Event, EventId, OrderReceived, Parked, Payload, RefundReceived, Writer};

use crate::chain::Chain;

/// A state of an order or refund, as the store has just answered it.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub chain: Chain,
    /// The store's time of the last change; none where it could not be read.
    pub modified: Option<Timestamp>,
    /// The event's time.
    pub time: Timestamp,
    /// The webhook that brought it.
    pub cause: Option<EventId>,
    pub says: Says,
}

/// What it says, following nothing.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    Order(Box<OrderReceived>),
    Refund(Box<RefundReceived>),
    Parked(Box<Parked>),
}

impl Draft {
    /// The event that tells it after another.
    pub(crate) fn following(&self, follows: Option<EventId>) -> Event {
        let event = Event::of(Writer::Ingest, self.time, self.says.following(follows));
        match self.cause {
            Some(cause) => event.caused_by(cause),
            None => event,
        }
    }

    /// The id of that event.
    pub(crate) fn id(&self, follows: Option<EventId>) -> EventId {
        self.says.following(follows).id(self.cause)
    }
}

impl Says {
    fn following(&self, follows: Option<EventId>) -> Payload {
        match self {
            Says::Order(it) => OrderReceived {
                follows,
                ..(**it).clone()
            }
            .into(),
            Says::Refund(it) => RefundReceived {
                follows,
                ..(**it).clone()
            }
            .into(),
            Says::Parked(it) => Parked {
                follows,
                ..(**it).clone()
            }
            .into(),
        }
    }
}
