//! When something is looked at again: pauses that grow up to a limit.

use std::time::Duration;

use service::config::PosterConfig;
use tokio::time::Instant;

#[derive(Debug, Clone)]
pub(super) struct Pace {
    first: Duration,
    longest: Duration,
    pause: Duration,
    wake: Instant,
}

impl Pace {
    /// Ready at once.
    pub fn new(options: &PosterConfig) -> Pace {
        Pace {
            first: options.poll_every,
            longest: options.poll_at_most.max(options.poll_every),
            pause: options.poll_every,
            wake: Instant::now(),
        }
    }

    pub fn wake(&self) -> Instant {
        self.wake
    }

    /// Not before this long from now; later pauses as from the first.
    pub fn start_after(&mut self, pause: Duration) {
        self.wake = Instant::now() + pause.min(self.longest.max(self.first));
    }

    /// Waits, a little longer each time.
    pub fn back_off(&mut self) {
        self.wake = Instant::now() + self.pause;
        self.pause = (self.pause * 3 / 2).min(self.longest);
    }

    /// Ready at once, and patient anew.
    pub fn reset(&mut self) {
        self.pause = self.first;
        self.wake = Instant::now();
    }
}
