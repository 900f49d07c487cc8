//! When something is tried again: pauses that grow up to a limit.

use std::time::Duration;

use jiff::Timestamp;
use service::config::PosterConfig;

#[derive(Debug, Clone)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    pause: Duration,
    due: Timestamp,
}

impl Backoff {
    /// Due at once.
    pub(super) fn new(options: &PosterConfig, now: Timestamp) -> Backoff {
        Backoff {
            first: options.poll_every,
            longest: options.poll_at_most.max(options.poll_every),
            pause: options.poll_every,
            due: now,
        }
    }

    /// Due so long from now; later pauses as from the first.
    pub(super) fn starting_in(options: &PosterConfig, now: Timestamp, pause: Duration) -> Backoff {
        let backoff = Backoff::new(options, now);
        Backoff {
            due: later(now, pause.min(backoff.longest)),
            ..backoff
        }
    }

    pub(super) fn due(&self) -> Timestamp {
        self.due
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        now >= self.due
    }

    /// Due after the next pause, which is longer each time.
    pub(super) fn back_off(&mut self, now: Timestamp) {
        self.due = later(now, self.pause);
        self.pause = (self.pause * 3 / 2).min(self.longest);
    }

    /// Due at once, with pauses as from the first.
    pub(super) fn reset(&mut self, now: Timestamp) {
        self.pause = self.first;
        self.due = now;
    }
}

/// So long after a moment; the end of time where there is nothing after it.
pub(super) fn later(at: Timestamp, pause: Duration) -> Timestamp {
    at.saturating_add(pause).unwrap_or(Timestamp::MAX)
}
