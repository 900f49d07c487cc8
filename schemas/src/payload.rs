//! The kinds of events and what each of them carries.

use std::{fmt, str::FromStr};

use crate::{DecodeError, v1};

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
