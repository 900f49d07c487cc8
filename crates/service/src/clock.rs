//! Time: the system's, or one that a test or a benchmark lets pass, so as to live
//! through days in a moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// What tells the time and waits.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// The system's, ahead by as many hours as are set.
    Ahead(Arc<AtomicI64>),
    /// One that goes on only when it is waited for: for tests.
    Simulated(SimulatedTime),
}

/// A time of its own. It stands still while work is done, real calls included.
/// Clones share it.
#[derive(Debug, Clone)]
pub struct SimulatedTime {
    now: Arc<watch::Sender<Timestamp>>,
    /// The longest wait for something outside that is passed over at once.
    step: Duration,
}

impl Clock {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Ahead(hours) => {
                let ahead = SignedDuration::from_hours(hours.load(Ordering::Relaxed));
                Timestamp::now()
                    .saturating_add(ahead)
                    .unwrap_or(Timestamp::MAX)
            }
            Clock::Simulated(time) => time.now(),
        }
    }

    /// How long ago something was; nothing when it is still to come.
    pub fn age(&self, since: Timestamp) -> Duration {
        Duration::try_from(self.now().duration_since(since)).unwrap_or_default()
    }

    /// Waits so long by this clock.
    pub async fn sleep(&self, pause: Duration) {
        match self {
            Clock::System | Clock::Ahead(_) => tokio::time::sleep(pause).await,
            Clock::Simulated(time) => time.pass(pause).await,
        }
    }

    /// How long really to wait for what this clock does not steer, a broker say,
    /// where it may take so long by this clock.
    pub fn patience(&self, wait: Duration) -> Duration {
        match self {
            Clock::System | Clock::Ahead(_) => wait,
            Clock::Simulated(_) => Duration::ZERO,
        }
    }

    /// That wait was in vain: by this clock, too, it is over now, or a step of it.
    pub async fn waited(&self, wait: Duration) {
        if let Clock::Simulated(time) = self {
            time.pass(wait.min(time.step)).await;
        }
    }
}

impl SimulatedTime {
    /// A time that begins at a moment.
    pub fn starting(at: Timestamp) -> SimulatedTime {
        SimulatedTime {
            now: Arc::new(watch::Sender::new(at)),
            step: Duration::from_secs(10),
        }
    }

    /// The same time, passed in smaller steps: what happens meanwhile is noticed sooner.
    pub fn in_steps_of(self, step: Duration) -> SimulatedTime {
        SimulatedTime { step, ..self }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    /// Lets time pass, and those act who waited for it.
    pub async fn pass(&self, pause: Duration) {
        self.now
            .send_modify(|now| *now = now.saturating_add(pause).unwrap_or(Timestamp::MAX));
        tokio::task::yield_now().await;
    }

    /// Waits until others have let it become so late.
    pub async fn reached(&self, at: Timestamp) {
        // An error means that nobody can let time pass any more; we hold a sender.
        let _ = self.now.subscribe().wait_for(|now| *now >= at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn simulated_time_passes_only_where_somebody_waits() {
        let start = Timestamp::from_second(1_790_000_000).unwrap();
        let time = SimulatedTime::starting(start);
        let clock = Clock::Simulated(time.clone());
        let three_days = Duration::from_secs(3 * 86_400);
        let noticed = tokio::spawn({
            let time = time.clone();
            async move { time.reached(start + three_days).await }
        });
        assert_eq!(clock.age(start), Duration::ZERO);
        clock.sleep(three_days).await;
        assert_eq!(clock.age(start), three_days);
        noticed.await.unwrap();
        assert_eq!(clock.patience(three_days), Duration::ZERO);
    }

    #[test]
    fn what_is_to_come_has_no_age() {
        let tomorrow = Timestamp::now() + Duration::from_secs(86_400);
        assert_eq!(Clock::System.age(tomorrow), Duration::ZERO);
    }
}
