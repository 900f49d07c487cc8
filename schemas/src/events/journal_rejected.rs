//! `journal.rejected`: a journal was refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, BatchKey, EntityKey, EventId, JournalKey, LedgerKey, Reader, Writer};

/// A journal that does not reach the ledger until its cause is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalRejected {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// The order or refund that it is about.
    pub entity: EntityKey,
    /// What the journal is called.
    pub key: JournalKey,
    /// The event whose target it brings the books to.
    pub target: EventId,
    /// The batch and attempt that it was refused in; none when it was never sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchKey>,
    /// The attempt of that batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Fusion's code (`EF04`), or one of ours.
    pub code: String,
    /// What is wrong, in words.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
    /// The decision after which it was tried again, if it was refused before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<EventId>,
}

impl JournalRejected {
    /// The id of the fact: this target, refused in this attempt for this code,
    /// and once more after each time that it was tried again.
    pub fn event_id(&self) -> EventId {
        let target = self.target.to_string();
        let attempt = self.attempt.map(|attempt| attempt.to_string());
        let after = self.after.map(|id| id.to_string());
        let mut parts = vec![
            "journal.rejected",
            self.ledger.as_str(),
            self.key.as_str(),
            &target,
            self.batch.as_ref().map_or("", BatchKey::as_str),
            attempt.as_deref().unwrap_or_default(),
            &self.code,
        ];
        // Not an empty part where there is none: ids of old must stay.
        parts.extend(after.as_deref());
        EventId::derive(&parts)
    }
}

/// The mark of `journal.rejected`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = JournalRejected;
    type Key = LedgerKey;

    const TYPE: &'static str = "journal.rejected";
    const TITLE: &'static str =
        "A journal that was refused, by Fusion or by the check before sending";
    const WRITERS: &'static [Writer] = &[Writer::Poster];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &JournalRejected) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &JournalRejected) -> About {
        About::Entity(data.entity.clone())
    }

    fn cause(data: &JournalRejected) -> Option<EventId> {
        Some(data.target)
    }

    fn id(data: &JournalRejected, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &JournalRejected) -> String {
        format!(
            "journal {} refused [{}]: {}",
            data.key, data.code, data.cause
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<JournalRejected>> {
        use crate::example;

        let example = JournalRejected {
            ledger: example::ledger(),
            key: example::order_key().journal_key(2),
            entity: example::order_key(),
            target: example::order_target(),
            batch: Some(example::batch()),
            attempt: Some(1),
            code: "EF04".into(),
            cause: "the account does not exist".into(),
            remedy: "create the account or change the rule".into(),
            after: None,
        };
        vec![example.into()]
    }
}
