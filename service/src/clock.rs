//! Time: the system's, or one that passes only while somebody waits for it, in
//! which a test or a benchmark lives through days in a moment.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::watch;

/// What tells the time and waits.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    #[default]
    System,
    Simulated(SimulatedTime),
}

/// A time of its own. It stands still while work is done, real calls included.
/// Clones share it.
#[derive(Debug, Clone)]
pub struct SimulatedTime(Arc<watch::Sender<Timestamp>>);

impl Clock {
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Simulated(time) => time.now(),
        }
    }

    /// How long ago something was; nothing when it is still to come.
    pub fn age(&self, since: Timestamp) -> Duration {
        Duration::try_from(self.now().duration_since(since)).unwrap_or_default()
    }

    pub async fn sleep(&self, pause: Duration) {
        match self {
            Clock::System => tokio::time::sleep(pause).await,
            Clock::Simulated(time) => time.pass(pause).await,
        }
    }

    /// How long really to wait for what this clock does not steer, a broker say,
    /// where it may take so long by this clock.
    pub fn patience(&self, wait: Duration) -> Duration {
        match self {
            Clock::System => wait,
            Clock::Simulated(_) => Duration::ZERO,
        }
    }

    /// That wait was in vain: by this clock, too, it is over now.
    pub async fn waited(&self, wait: Duration) {
        if let Clock::Simulated(time) = self {
            time.pass(wait).await;
        }
    }
}

impl SimulatedTime {
    pub fn starting(at: Timestamp) -> SimulatedTime {
        SimulatedTime(Arc::new(watch::Sender::new(at)))
    }

    pub fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    /// Lets time pass, and those act who waited for it.
    pub async fn pass(&self, pause: Duration) {
        self.0
            .send_modify(|now| *now = now.saturating_add(pause).unwrap_or(Timestamp::MAX));
        tokio::task::yield_now().await;
    }

    /// Waits until others have let it become so late.
    pub async fn reached(&self, at: Timestamp) {
        // An error means that nobody can let time pass any more; we hold a sender.
        let _ = self.0.subscribe().wait_for(|now| *now >= at).await;
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
