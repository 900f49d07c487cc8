//! Which refusals are logged: one a second for each cause, since strangers decide how
//! many there are. All of them are counted.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Between two lines of the log about the same cause.
const PAUSE: Duration = Duration::from_secs(1);

/// The refusals so far, by cause.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<BTreeMap<&'static str, Last>>);

#[derive(Debug)]
struct Last {
    told: Instant,
    /// Since then.
    untold: u64,
}

impl Refusals {
    /// How many of this cause were not logged since the last that was; none if this one
    /// is not to be logged either.
    pub(super) fn tell(&self, cause: &'static str, now: Instant) -> Option<u64> {
        let mut causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match causes.get_mut(cause) {
            Some(last) if now.saturating_duration_since(last.told) < PAUSE => {
                last.untold += 1;
                None
            }
            before => {
                let untold = before.map_or(0, |last| last.untold);
                let last = Last {
                    told: now,
                    untold: 0,
                };
                causes.insert(cause, last);
                Some(untold)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_second_is_told_for_each_cause() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        assert_eq!(refusals.tell("forged", now), Some(0));
        for _ in 0..1000 {
            assert_eq!(refusals.tell("forged", now), None);
        }
        assert_eq!(refusals.tell("stale", now), Some(0));
        assert_eq!(refusals.tell("forged", now + PAUSE), Some(1000));
        assert_eq!(refusals.tell("forged", now + PAUSE), None);
    }
}
