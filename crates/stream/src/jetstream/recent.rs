//! The ids that this process has published a moment ago.

use std::collections::{HashMap, VecDeque};

use schemas::EventId;

/// Knows the last so many ids, and where they are.
pub struct Recent {
    capacity: usize,
    offsets: HashMap<EventId, u64>,
    order: VecDeque<EventId>,
}

impl Recent {
    pub fn new(capacity: usize) -> Recent {
        Recent {
            capacity,
            offsets: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    pub fn get(&self, id: EventId) -> Option<u64> {
        self.offsets.get(&id).copied()
    }

    pub fn insert(&mut self, id: EventId, offset: u64) {
        if self.offsets.insert(id, offset).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.offsets.remove(&oldest);
        }
    }

    pub fn clear(&mut self) {
        self.offsets.clear();
        self.order.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let id = |number: u64| EventId::derive(&[&number.to_string()]);
        let mut recent = Recent::new(2);
        recent.insert(id(1), 1);
        recent.insert(id(2), 2);
        recent.insert(id(1), 1);
        recent.insert(id(3), 3);
        assert_eq!(recent.get(id(1)), None);
        assert_eq!(recent.get(id(2)), Some(2));
        assert_eq!(recent.get(id(3)), Some(3));
    }
}
