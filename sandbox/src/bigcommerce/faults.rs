//! Faults of the API that can be switched on.

use std::collections::VecDeque;

use jiff::Timestamp;
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
    /// What the next answers about one order are instead, from the first on.
    pub order_answers: VecDeque<Wrong>,
    /// The clock that changes are dated by stands still at this moment.
    pub stopped_at: Option<Timestamp>,
}

/// A wrong answer about an order that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// 200, with something that is no JSON.
    Garbage,
    /// 200, with nothing.
    Empty,
    /// 404.
    Missing,
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
    /// Answered wrong.
    Wrong(Wrong),
}

impl Faults {
    /// Decides about one request and counts it; `is_of_order`: it is about one order.
    pub fn strike(&mut self, is_of_order: bool) -> Fate {
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
        } else if let Some(wrong) = self.order_answers.pop_front_if(|_| is_of_order) {
            Fate::Wrong(wrong)
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
            order_answers: [Wrong::Missing].into(),
            ..Faults::default()
        };
        assert_eq!(faults.strike(true), Fate::Throttled(false));
        assert_eq!(faults.strike(true), Fate::Broken);
        assert_eq!(faults.strike(false), Fate::Served);
        assert_eq!(faults.strike(true), Fate::Wrong(Wrong::Missing));
        assert_eq!(faults.strike(true), Fate::Served);
    }
}
