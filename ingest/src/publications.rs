//! What was published lately: spares the stream its copies, and keeps an older
//! state of an order from being published after a newer one.

use std::collections::HashMap;

use jiff::Timestamp;
use schemas::{EntityKey, EventId};

/// Entities are remembered until this many others were published, at least.
const CAPACITY: usize = 20_000;

/// The last published state of each entity. In memory only: after a restart
/// the stream drops the copies.
#[derive(Default)]
pub(crate) struct Publications {
    young: HashMap<EntityKey, Publication>,
    old: HashMap<EntityKey, Publication>,
}

/// A state of an entity that may be published, and when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Publication {
    /// The event that tells of it.
    pub event: EventId,
    /// The store's time of the entity's last change; none where it is unknown.
    pub modified: Option<Timestamp>,
    /// Counts our requests. Two states of one second can be told by it: the
    /// store's times are in whole seconds.
    pub asked: u64,
}

impl Publications {
    /// Whether it has still to be made.
    pub(crate) fn is_news(&self, entity: &EntityKey, publication: &Publication) -> bool {
        let Some(last) = self.last(entity) else {
            return true;
        };
        // Without a time there is only the order of our requests to go by.
        let order = match (publication.modified, last.modified) {
            (Some(modified), Some(last)) => modified.cmp(&last),
            _ => std::cmp::Ordering::Equal,
        };
        publication.event != last.event && order.then(publication.asked.cmp(&last.asked)).is_ge()
    }

    /// Notes that it was made.
    pub(crate) fn note(&mut self, entity: EntityKey, publication: Publication) {
        if self.young.len() >= CAPACITY {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(entity, publication);
    }

    fn last(&self, entity: &EntityKey) -> Option<&Publication> {
        self.young.get(entity).or_else(|| self.old.get(entity))
    }
}

#[cfg(test)]
mod tests {
    use schemas::OrderId;

    use super::*;

    fn entity(order: u64) -> EntityKey {
        EntityKey::order("us".parse().unwrap(), OrderId(order))
    }

    fn state(event: &str, second: i64, asked: u64) -> Publication {
        Publication {
            event: EventId::derive(&[event]),
            modified: Some(Timestamp::from_second(second).unwrap()),
            asked,
        }
    }

    #[test]
    fn copies_and_older_states_are_no_news() {
        let mut publications = Publications::default();
        assert!(publications.is_news(&entity(1), &state("a", 10, 1)));
        publications.note(entity(1), state("a", 10, 2));
        assert!(
            !publications.is_news(&entity(1), &state("a", 10, 3)),
            "a copy"
        );
        assert!(
            !publications.is_news(&entity(1), &state("b", 9, 3)),
            "an older state"
        );
        assert!(
            publications.is_news(&entity(1), &state("b", 11, 1)),
            "a newer state"
        );
        assert!(
            publications.is_news(&entity(1), &state("b", 10, 3)),
            "another of the same second"
        );
        assert!(
            !publications.is_news(&entity(1), &state("b", 10, 1)),
            "asked for before"
        );
        assert!(
            publications.is_news(&entity(2), &state("a", 10, 1)),
            "another order"
        );
    }

    #[test]
    fn it_forgets_but_not_the_latest() {
        let mut publications = Publications::default();
        for order in 0..CAPACITY as u64 * 3 {
            publications.note(entity(order), state("a", 10, order));
        }
        assert!(publications.young.len() + publications.old.len() <= 2 * CAPACITY);
        let last = CAPACITY as u64 * 3 - 1;
        assert!(!publications.is_news(&entity(last), &state("a", 10, last)));
    }
}
