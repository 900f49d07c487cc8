//! What an event is about, and what its envelope says because of that.

use crate::{BatchKey, EntityKey, LedgerKey, StoreKey};

/// What an event is about. Its subject, its story and its partition follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// An order or one of its refunds. A refund's events keep to their order: one
    /// story, one partition.
    Entity(EntityKey),
    /// A batch of journals: a story of its own, in the partition of its ledger.
    Batch {
        /// The ledger that it goes into.
        ledger: LedgerKey,
        /// The batch.
        batch: BatchKey,
    },
    /// A whole ledger.
    Ledger(LedgerKey),
    /// A whole store.
    Store(StoreKey),
}

impl About {
    /// A batch of a ledger.
    pub fn batch(ledger: &LedgerKey, batch: &BatchKey) -> About {
        About::Batch {
            ledger: ledger.clone(),
            batch: batch.clone(),
        }
    }

    /// The entity, where there is one, or else the whole ledger.
    pub fn entity_or_ledger(entity: Option<&EntityKey>, ledger: &LedgerKey) -> About {
        match entity {
            Some(entity) => About::Entity(entity.clone()),
            None => About::Ledger(ledger.clone()),
        }
    }

    /// The envelope's `subject`: `us/1001`, `us/1001/refund/7`, a batch's key, or
    /// the key of a ledger or a store.
    pub fn subject(&self) -> String {
        match self {
            About::Entity(entity) => entity.to_string(),
            About::Batch { batch, .. } => batch.to_string(),
            About::Ledger(ledger) => ledger.to_string(),
            About::Store(store) => store.to_string(),
        }
    }

    /// The envelope's `correlationid`, the story that the event belongs to.
    pub fn correlation(&self) -> String {
        match self {
            About::Entity(entity) => entity.parent().to_string(),
            About::Batch { .. } | About::Ledger(_) | About::Store(_) => self.subject(),
        }
    }

    /// The envelope's `partitionkey`: events with one key are handled in the order
    /// they were written.
    pub fn partition_key(&self) -> String {
        match self {
            About::Entity(entity) => entity.parent().to_string(),
            About::Batch { ledger, .. } | About::Ledger(ledger) => ledger.to_string(),
            About::Store(store) => store.to_string(),
        }
    }
}
