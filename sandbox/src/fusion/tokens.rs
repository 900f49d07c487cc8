//! Access tokens of the identity domain.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::jobs::later;

/// Tokens given out, and those still good.
#[derive(Debug)]
pub(super) struct Tokens {
    seed: u64,
    /// Every token ever given out, in order.
    given: Vec<String>,
    good: BTreeMap<String, Grant>,
}

#[derive(Debug)]
struct Grant {
    /// The Fusion user that acts.
    user: String,
    until: Timestamp,
}

impl Tokens {
    /// No tokens yet.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            given: Vec::new(),
            good: BTreeMap::new(),
        }
    }

    /// Gives out a token to act as a user for a time.
    pub(super) fn grant(&mut self, user: &str, now: Timestamp, lifetime: Duration) -> String {
        self.good.retain(|_, grant| grant.until > now);
        let number = self.given.len() + 1;
        let digest = Sha256::digest(format!("token/{}/{number}", self.seed));
        let token: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let grant = Grant {
            user: user.to_owned(),
            until: later(now, lifetime),
        };
        self.good.insert(token.clone(), grant);
        self.given.push(token.clone());
        token
    }

    /// The user that a token lets act at a moment, if it is good.
    pub(super) fn user(&self, token: &str, now: Timestamp) -> Option<&str> {
        let grant = self.good.get(token)?;
        (grant.until > now).then_some(grant.user.as_str())
    }

    /// Every token that was ever given out.
    pub(super) fn given(&self) -> &[String] {
        &self.given
    }

    /// Ends every token at once, whatever lifetime was promised.
    pub(super) fn expire_all(&mut self) {
        self.good.clear();
    }
}
