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
pub struct Recent {
    young: HashMap<EntityKey, State>,
    old: HashMap<EntityKey, State>,
}

/// A state of an entity, and when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub event: EventId,
    /// The store's time of the entity's last change; none where it is unknown.
    pub modified: Option<Timestamp>,
    /// Counts our requests. Two states of one second can be told by it: the
    /// store's times are in whole seconds.
    pub asked: u64,
}

impl Recent {
    /// Whether this state has still to be published.
    pub fn is_news(&self, entity: &EntityKey, state: &State) -> bool {
        let Some(last) = self.last(entity) else {
            return true;
        };
        // Without a time there is only the order of our requests to go by.
        let order = match (state.modified, last.modified) {
            (Some(modified), Some(last)) => modified.cmp(&last),
            _ => std::cmp::Ordering::Equal,
        };
        state.event != last.event && order.then(state.asked.cmp(&last.asked)).is_ge()
    }

    /// Notes that this state was published.
    pub fn published(&mut self, entity: EntityKey, state: State) {
        if self.young.len() >= CAPACITY {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(entity, state);
    }

    fn last(&self, entity: &EntityKey) -> Option<&State> {
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

    fn state(event: &str, second: i64, asked: u64) -> State {
        State {
            event: EventId::derive(&[event]),
            modified: Some(Timestamp::from_second(second).unwrap()),
            asked,
        }
    }

    #[test]
    fn copies_and_older_states_are_no_news() {
        let mut recent = Recent::default();
        assert!(recent.is_news(&entity(1), &state("a", 10, 1)));
        recent.published(entity(1), state("a", 10, 2));
        assert!(!recent.is_news(&entity(1), &state("a", 10, 3)), "a copy");
        assert!(
            !recent.is_news(&entity(1), &state("b", 9, 3)),
            "an older state"
        );
        assert!(
            recent.is_news(&entity(1), &state("b", 11, 1)),
            "a newer state"
        );
        assert!(
            recent.is_news(&entity(1), &state("b", 10, 3)),
            "another of the same second"
        );
        assert!(
            !recent.is_news(&entity(1), &state("b", 10, 1)),
            "asked for before"
        );
        assert!(
            recent.is_news(&entity(2), &state("a", 10, 1)),
            "another order"
        );
    }

    #[test]
    fn it_forgets_but_not_the_latest() {
        let mut recent = Recent::default();
        for order in 0..CAPACITY as u64 * 3 {
            recent.published(entity(order), state("a", 10, order));
        }
        assert!(recent.young.len() + recent.old.len() <= 2 * CAPACITY);
        let last = CAPACITY as u64 * 3 - 1;
        assert!(!recent.is_news(&entity(last), &state("a", 10, last)));
    }
}
