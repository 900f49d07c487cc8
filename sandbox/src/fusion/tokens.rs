//! Access tokens of the identity domain.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::jobs::later;

/// Tokens given out and still good.
#[derive(Debug)]
pub struct Tokens {
    seed: u64,
    given: u64,
    good_until: BTreeMap<String, Timestamp>,
}

impl Tokens {
    /// No tokens yet.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            given: 0,
            good_until: BTreeMap::new(),
        }
    }

    /// Gives out a token that is good for a time.
    pub fn grant(&mut self, now: Timestamp, lifetime: Duration) -> String {
        self.good_until.retain(|_, until| *until > now);
        self.given += 1;
        let digest = Sha256::digest(format!("token/{}/{}", self.seed, self.given));
        let token: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.good_until.insert(token.clone(), later(now, lifetime));
        token
    }

    /// Whether a token is good at a moment.
    pub fn accepts(&self, token: &str, now: Timestamp) -> bool {
        self.good_until.get(token).is_some_and(|until| *until > now)
    }

    /// Ends every token at once, whatever lifetime was promised.
    pub fn expire_all(&mut self) {
        self.good_until.clear();
    }
}
