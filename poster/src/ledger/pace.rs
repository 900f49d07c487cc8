//! When something is looked at again: pauses that grow up to a limit.

use std::time::Duration;

use jiff::Timestamp;
use service::config::PosterConfig;

#[derive(Debug, Clone)]
pub(super) struct Pace {
    first: Duration,
    longest: Duration,
    pause: Duration,
    wake: Timestamp,
}

impl Pace {
    /// Ready at once.
    pub fn new(options: &PosterConfig, now: Timestamp) -> Pace {
        Pace {
            first: options.poll_every,
            longest: options.poll_at_most.max(options.poll_every),
            pause: options.poll_every,
            wake: now,
        }
    }

    pub fn wake(&self) -> Timestamp {
        self.wake
    }

    /// Not before this long from now; later pauses as from the first.
    pub fn start_after(&mut self, now: Timestamp, pause: Duration) {
        self.wake = later(now, pause.min(self.longest.max(self.first)));
    }

    /// Waits, a little longer each time.
    pub fn back_off(&mut self, now: Timestamp) {
        self.wake = later(now, self.pause);
        self.pause = (self.pause * 3 / 2).min(self.longest);
    }

    /// Ready at once, and patient anew.
    pub fn reset(&mut self, now: Timestamp) {
        self.pause = self.first;
        self.wake = now;
    }
}

/// So long after a moment; the end of time where there is nothing after it.
pub(super) fn later(at: Timestamp, pause: Duration) -> Timestamp {
    at.saturating_add(pause).unwrap_or(Timestamp::MAX)
}
