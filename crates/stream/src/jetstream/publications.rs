//! The ids that this process has published a moment ago.

use std::collections::{HashMap, VecDeque};

use eventlog::Sequence;
use schemas::EventId;

/// Knows the last so many ids, and where they are.
pub(super) struct Publications {
    capacity: usize,
    sequences: HashMap<EventId, Sequence>,
    order: VecDeque<EventId>,
}

impl Publications {
    pub(super) fn new(capacity: usize) -> Publications {
        Publications {
            capacity,
            sequences: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    pub(super) fn get(&self, id: EventId) -> Option<Sequence> {
        self.sequences.get(&id).copied()
    }

    pub(super) fn insert(&mut self, id: EventId, sequence: Sequence) {
        if self.sequences.insert(id, sequence).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.sequences.remove(&oldest);
        }
    }

    pub(super) fn clear(&mut self) {
        self.sequences.clear();
        self.order.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let id = |number: u64| EventId::derive(&[&number.to_string()]);
        let mut recent = Publications::new(2);
        recent.insert(id(1), Sequence(1));
        recent.insert(id(2), Sequence(2));
        recent.insert(id(1), Sequence(1));
        recent.insert(id(3), Sequence(3));
        assert_eq!(recent.get(id(1)), None);
        assert_eq!(recent.get(id(2)), Some(Sequence(2)));
        assert_eq!(recent.get(id(3)), Some(Sequence(3)));
    }
}
