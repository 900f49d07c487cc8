//! What was read, and when.

use std::{collections::HashMap, hash::Hash, time::Duration};

use jiff::Timestamp;
use service::Clock;

/// Values with the moment that each was read at.
#[derive(Debug)]
pub(super) struct Cache<K, V> {
    values: HashMap<K, (V, Timestamp)>,
    clock: Clock,
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Cache::new(Clock::System)
    }
}

impl<K, V> Cache<K, V> {
    pub(super) fn new(clock: Clock) -> Self {
        Cache {
            values: HashMap::new(),
            clock,
        }
    }
}

impl<K: Eq + Hash, V> Cache<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.values.get(key).map(|(value, _)| value)
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        self.values.insert(key, (value, self.clock.now()));
    }

    /// Forgets what was read longer ago than `age`.
    pub(super) fn expire(&mut self, age: Duration) {
        let clock = &self.clock;
        self.values.retain(|_, (_, read)| clock.age(*read) < age);
    }

    /// Forgets a value if it was read before a moment.
    pub(super) fn doubt(&mut self, key: &K, before: Timestamp) {
        if self.values.get(key).is_some_and(|(_, read)| *read < before) {
            self.values.remove(key);
        }
    }
}
