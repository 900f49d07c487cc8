//! The kinds of events and what each of them carries.

use std::{fmt, str::FromStr};

use crate::{About, DecodeError, EntityKey, EventId, Mapped, Parked, Posted, WebhookEntity, v1};

macro_rules! payloads {
    ($($(#[$doc:meta])* $variant:ident($data:ty) = $name:literal,)*) => {
        /// What an event says, by its kind.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Payload {
            $($(#[$doc])* $variant($data),)*
        }

        /// The kind of an event: the first two tokens of its subject.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventType {
            $($(#[$doc])* $variant,)*
        }

        impl EventType {
            pub const ALL: &'static [EventType] = &[$(EventType::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(EventType::$variant => $name,)*
                }
            }

            /// The JSON Schema of the payload.
            pub fn schema(self) -> schemars::Schema {
                match self {
                    $(EventType::$variant => schemars::schema_for!($data),)*
                }
            }
        }

        impl Payload {
            pub fn event_type(&self) -> EventType {
                match self {
                    $(Payload::$variant(_) => EventType::$variant,)*
                }
            }

            pub(crate) fn to_json(&self) -> Box<serde_json::value::RawValue> {
                let raw = match self {
                    $(Payload::$variant(data) => serde_json::value::to_raw_value(data),)*
                };
                raw.expect("payloads have string keys and no failing serializers")
            }

            pub(crate) fn from_json(
                kind: EventType,
                data: &serde_json::value::RawValue,
            ) -> Result<Payload, DecodeError> {
                let parsed = match kind {
                    $(EventType::$variant => {
                        serde_json::from_str(data.get()).map(Payload::$variant)
                    })*
                };
                parsed.map_err(|source| DecodeError::Data { kind, source })
            }
        }
    };
}

payloads! {
    /// A verified webhook delivery, written before it is answered.
    WebhookReceived(v1::WebhookReceived) = "webhook.received",
    /// An accounting snapshot of an order, complete in itself.
    OrderReceived(v1::OrderReceived) = "order.received",
    /// A refund and the snapshot of its order.
    RefundReceived(v1::RefundReceived) = "refund.received",
    /// What the ledger should hold for an order.
    OrderMapped(v1::Mapped) = "order.mapped",
    /// What the ledger should hold for a refund.
    RefundMapped(v1::Mapped) = "refund.mapped",
    /// An order that could not be read or mapped.
    OrderParked(v1::Parked) = "order.parked",
    /// A refund that could not be read or mapped.
    RefundParked(v1::Parked) = "refund.parked",
    /// The intent to import a batch into Fusion, and each step of it.
    JournalSubmitted(v1::JournalSubmitted) = "journal.submitted",
    /// A batch read back from Fusion, unposted.
    JournalImported(v1::JournalImported) = "journal.imported",
    /// An order's journal is posted in Fusion, as read back.
    JournalPosted(v1::Posted) = "journal.posted",
    /// A refund's or a reversal's journal is posted in Fusion, as read back.
    RefundReversed(v1::Posted) = "refund.reversed",
    /// A journal that was refused, by Fusion or by the check before sending.
    JournalRejected(v1::JournalRejected) = "journal.rejected",
    /// Nothing new is sent of an order, a refund or a whole ledger.
    JournalHeld(v1::JournalHeld) = "journal.held",
    /// The end of a hold.
    JournalReleased(v1::JournalReleased) = "journal.released",
    /// Rejected journals that are due again.
    JournalRetried(v1::JournalRetried) = "journal.retried",
    /// A batch that was imported long ago and is still not posted.
    JournalDelayed(v1::JournalDelayed) = "journal.delayed",
    /// What an abandoned attempt left in Fusion's interface table is removed.
    GroupCleared(v1::GroupCleared) = "group.cleared",
    /// The ledger holds what it must not, and its work has stopped.
    LedgerAlarmed(v1::LedgerAlarmed) = "ledger.alarmed",
    /// A person has put an alarm right, and the work goes on.
    LedgerAcknowledged(v1::LedgerAcknowledged) = "ledger.acknowledged",
}

impl Payload {
    /// The stream's subject: the kind and the token of its store or ledger,
    /// never a token per order (the broker keeps each subject in memory).
    pub fn subject(&self) -> String {
        let token = match self {
            Payload::WebhookReceived(webhook) => webhook.store.as_str(),
            Payload::OrderReceived(order) => order.order.store.as_str(),
            Payload::RefundReceived(refund) => refund.order.store.as_str(),
            Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped) => mapped.ledger.as_str(),
            Payload::OrderParked(parked) | Payload::RefundParked(parked) => {
                parked.entity.store.as_str()
            }
            Payload::JournalSubmitted(submitted) => submitted.ledger.as_str(),
            Payload::JournalImported(imported) => imported.ledger.as_str(),
            Payload::JournalPosted(posted) | Payload::RefundReversed(posted) => {
                posted.ledger.as_str()
            }
            Payload::JournalRejected(rejected) => rejected.ledger.as_str(),
            Payload::JournalHeld(held) => held.ledger.as_str(),
            Payload::JournalReleased(released) => released.ledger.as_str(),
            Payload::JournalRetried(retried) => retried.ledger.as_str(),
            Payload::JournalDelayed(delayed) => delayed.ledger.as_str(),
            Payload::GroupCleared(cleared) => cleared.ledger.as_str(),
            Payload::LedgerAlarmed(alarmed) => alarmed.ledger.as_str(),
            Payload::LedgerAcknowledged(acknowledged) => acknowledged.ledger.as_str(),
        };
        format!("{}.{token}", self.event_type())
    }
}

impl Payload {
    /// What the event is about.
    pub fn about(&self) -> About {
        match self {
            Payload::WebhookReceived(webhook) => {
                let store = webhook.store.clone();
                match webhook.entity {
                    WebhookEntity::Order { order } => About::Entity(EntityKey::order(store, order)),
                    WebhookEntity::Refund { order, refund } => {
                        About::Entity(EntityKey::refund(store, order, refund))
                    }
                    WebhookEntity::Other => About::Store(store),
                }
            }
            Payload::OrderReceived(received) => About::Entity(received.order.entity()),
            Payload::RefundReceived(received) => About::Entity(received.entity()),
            Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped) => {
                About::Entity(mapped.entity.clone())
            }
            Payload::OrderParked(parked) | Payload::RefundParked(parked) => {
                About::Entity(parked.entity.clone())
            }
            Payload::JournalSubmitted(it) => About::batch(&it.ledger, &it.batch),
            Payload::JournalImported(it) => About::batch(&it.ledger, &it.batch),
            Payload::JournalDelayed(it) => About::batch(&it.ledger, &it.batch),
            Payload::LedgerAlarmed(it) => About::batch(&it.ledger, &it.batch),
            Payload::JournalPosted(posted) | Payload::RefundReversed(posted) => {
                About::Entity(posted.entity.clone())
            }
            Payload::JournalRejected(rejected) => About::Entity(rejected.entity.clone()),
            Payload::JournalHeld(it) => About::entity_or_ledger(it.entity.as_ref(), &it.ledger),
            Payload::JournalReleased(it) => About::entity_or_ledger(it.entity.as_ref(), &it.ledger),
            Payload::JournalRetried(it) => About::Ledger(it.ledger.clone()),
            Payload::GroupCleared(it) => About::Ledger(it.ledger.clone()),
            Payload::LedgerAcknowledged(it) => About::Ledger(it.ledger.clone()),
        }
    }

    /// The event that this one follows from, where the payload itself names it.
    pub(crate) fn cause(&self) -> Option<EventId> {
        match self {
            Payload::JournalPosted(posted) | Payload::RefundReversed(posted) => Some(posted.target),
            Payload::JournalRejected(rejected) => Some(rejected.target),
            _ => None,
        }
    }

    /// The id of the fact, derived from what the event says and, where the same
    /// said for another cause is another fact, from its cause.
    pub fn id(&self, cause: Option<EventId>) -> EventId {
        match self {
            Payload::WebhookReceived(it) => it.event_id(),
            Payload::OrderReceived(it) => it.event_id(),
            Payload::RefundReceived(it) => it.event_id(),
            Payload::OrderMapped(it) | Payload::RefundMapped(it) => {
                it.event_id(cause.unwrap_or(EventId(uuid::Uuid::nil())))
            }
            Payload::OrderParked(it) | Payload::RefundParked(it) => match it.stage {
                v1::Stage::Ingest => it.event_id(None),
                v1::Stage::Mapper => it.event_id(cause),
            },
            Payload::JournalSubmitted(it) => it.event_id(),
            Payload::JournalImported(it) => it.event_id(),
            Payload::JournalPosted(it) | Payload::RefundReversed(it) => it.event_id(),
            Payload::JournalRejected(it) => it.event_id(),
            Payload::JournalHeld(it) => it.event_id(),
            Payload::JournalReleased(it) => it.event_id(),
            Payload::JournalRetried(it) => it.event_id(),
            Payload::JournalDelayed(it) => it.event_id(),
            Payload::GroupCleared(it) => it.event_id(),
            Payload::LedgerAlarmed(it) => it.event_id(),
            Payload::LedgerAcknowledged(it) => it.event_id(),
        }
    }
}

macro_rules! said {
    ($($data:ident)*) => {
        $(impl From<v1::$data> for Payload {
            fn from(data: v1::$data) -> Payload {
                Payload::$data(data)
            }
        })*
    };
}

said! {
    WebhookReceived OrderReceived RefundReceived JournalSubmitted JournalImported
    JournalRejected JournalHeld JournalReleased JournalRetried JournalDelayed
    GroupCleared LedgerAlarmed LedgerAcknowledged
}

impl From<Mapped> for Payload {
    fn from(data: Mapped) -> Payload {
        match data.entity.refund {
            None => Payload::OrderMapped(data),
            Some(_) => Payload::RefundMapped(data),
        }
    }
}

impl From<Parked> for Payload {
    fn from(data: Parked) -> Payload {
        match data.entity.refund {
            None => Payload::OrderParked(data),
            Some(_) => Payload::RefundParked(data),
        }
    }
}

/// A journal of an order, or one that gives money back: they are two types of event.
impl From<Posted> for Payload {
    fn from(data: Posted) -> Payload {
        match data.gives_back() {
            false => Payload::JournalPosted(data),
            true => Payload::RefundReversed(data),
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventType {
    type Err = DecodeError;
    fn from_str(text: &str) -> Result<EventType, DecodeError> {
        EventType::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| DecodeError::UnknownType(text.to_owned()))
    }
}
