//! The stream's subjects, and which of them a reader asks for.
//!
//! A subject is an event's type and the key of its store or ledger,
//! `order.received.us`, never a token for each order: the broker keeps every
//! subject in memory.

use std::fmt;

use crate::{EventType, LedgerKey, StoreKey};

/// A key that ends subjects: a store's or a ledger's.
pub trait SubjectKey {
    /// What the key names: `store` or `ledger`.
    const NAMES: &'static str;

    /// The key as the subject's last token.
    fn token(&self) -> &str;
}

impl SubjectKey for StoreKey {
    const NAMES: &'static str = "store";

    fn token(&self) -> &str {
        self.as_str()
    }
}

impl SubjectKey for LedgerKey {
    const NAMES: &'static str = "ledger";

    fn token(&self) -> &str {
        self.as_str()
    }
}

/// The subjects of one type of event: of all stores or ledgers, or of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subjects(String);

impl Subjects {
    /// Those of every store, or of every ledger.
    pub fn all(kind: EventType) -> Subjects {
        Subjects(format!("{kind}.*"))
    }

    /// The one subject of this store or ledger. The type must be one whose subjects
    /// end in such a key ([`EventType::key_names`]); nothing is written to another.
    pub fn of<K: SubjectKey>(kind: EventType, key: &K) -> Subjects {
        debug_assert_eq!(kind.key_names(), K::NAMES, "the subjects of {kind}");
        Subjects(format!("{kind}.{}", key.token()))
    }

    /// The pattern as NATS has it, `order.received.*`; without the asterisk it is a
    /// subject.
    pub fn pattern(&self) -> &str {
        &self.0
    }

    /// The same, to keep.
    pub fn into_pattern(self) -> String {
        self.0
    }
}

impl fmt::Display for Subjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_the_subjects_of_all_or_of_one() {
        let us: StoreKey = "us".parse().unwrap();
        let one = Subjects::of(EventType::OrderReceived, &us);
        assert_eq!(one.pattern(), "order.received.us");
        let all = Subjects::all(EventType::OrderReceived);
        assert_eq!(all.to_string(), "order.received.*");
    }

    #[test]
    #[should_panic(expected = "the subjects of order.mapped")]
    fn a_stores_key_ends_no_subject_of_a_ledger() {
        let us: StoreKey = "us".parse().unwrap();
        Subjects::of(EventType::OrderMapped, &us);
    }
}
