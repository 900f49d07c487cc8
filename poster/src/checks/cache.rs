//! What was read, and when.

use std::{collections::HashMap, hash::Hash, time::Duration};

use tokio::time::Instant;

/// Values with the moment that each was read at.
#[derive(Debug)]
pub(super) struct Cache<K, V>(HashMap<K, (V, Instant)>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Cache(HashMap::new())
    }
}

impl<K: Eq + Hash, V> Cache<K, V> {
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key).map(|(value, _)| value)
    }

    pub fn put(&mut self, key: K, value: V) {
        self.0.insert(key, (value, Instant::now()));
    }

    /// Forgets what was read longer ago than `age`.
    pub fn expire(&mut self, age: Duration) {
        self.0.retain(|_, (_, read)| read.elapsed() < age);
    }

    /// Forgets a value if it was read before a moment.
    pub fn doubt(&mut self, key: &K, before: Instant) {
        if self.0.get(key).is_some_and(|(_, read)| *read < before) {
            self.0.remove(key);
        }
    }
}
