//! Faults of the API that can be switched on.

use serde::{Deserialize, Serialize};

/// What is wrong with the API at the moment.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Every answer is 503.
    pub down: bool,
    /// Every answer is so many milliseconds late.
    pub delay_ms: u64,
    /// The store's clock is so many seconds ahead of this machine's.
    pub clock_ahead_seconds: i64,
    /// So many of the next answers are 429.
    pub throttle: u32,
    /// Whether those 429 carry the rate limit headers; without them they mean overload.
    pub throttle_with_headers: bool,
    /// So many of the next answers are 500.
    pub error_500_next: u32,
    /// So many of the next answers break off in the middle.
    pub truncate_next: u32,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Answered as usual.
    Served,
    /// 503.
    Down,
    /// 429, with rate limit headers or without.
    Throttled(bool),
    /// 500.
    Broken,
    /// Answered, but only the first half arrives.
    Truncated,
}

impl Faults {
    /// Decides about one request and counts it.
    pub fn strike(&mut self) -> Fate {
        let hit = |left: &mut u32| {
            let struck = *left > 0;
            *left = left.saturating_sub(1);
            struck
        };
        if self.down {
            Fate::Down
        } else if hit(&mut self.throttle) {
            Fate::Throttled(self.throttle_with_headers)
        } else if hit(&mut self.error_500_next) {
            Fate::Broken
        } else if hit(&mut self.truncate_next) {
            Fate::Truncated
        } else {
            Fate::Served
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_faults_run_out() {
        let mut faults = Faults {
            throttle: 1,
            error_500_next: 1,
            ..Faults::default()
        };
        assert_eq!(faults.strike(), Fate::Throttled(false));
        assert_eq!(faults.strike(), Fate::Broken);
        assert_eq!(faults.strike(), Fate::Served);
    }
}
