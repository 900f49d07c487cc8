//! The store's rate limit, as its answers tell it.
//!
//! The quota belongs to the store and is shared by all of its apps: we stop
//! before it is used up and leave a share to the others.

use std::{sync::Mutex, time::Duration};

use reqwest::header::HeaderMap;
use tokio::time::Instant;

/// Waiting ends a moment after the reset, so as not to be counted before it.
const AFTER_RESET: Duration = Duration::from_millis(50);
/// The longest wait for a reset: windows are of 30 seconds, and we are not to be made deaf.
const LONGEST_WINDOW: Duration = Duration::from_secs(60);
/// The longest wait that a store can ask for when it refuses a call.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// One per store, shared by all that call it.
pub(crate) struct Quota {
    reserve_percent: u64,
    window: Mutex<Option<Window>>,
}

/// What is left until the reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    quota: u64,
    left: u64,
    resets: Instant,
}

impl Quota {
    /// `reserve_percent` of the quota is left for others.
    pub(crate) fn new(reserve_percent: u8) -> Self {
        Quota {
            reserve_percent: u64::from(reserve_percent.min(100)),
            window: Mutex::new(None),
        }
    }

    /// Waits until a call may be made, and counts it.
    pub(crate) async fn admit(&self) {
        while let Err(resets) = self.take(Instant::now()) {
            tracing::debug!("the store's share of calls is used up, waiting for the reset");
            tokio::time::sleep_until(resets + AFTER_RESET).await;
        }
    }

    fn take(&self, now: Instant) -> Result<(), Instant> {
        let mut current = self.lock();
        match current.as_mut() {
            Some(window) if now < window.resets => {
                if window.left <= window.quota.saturating_mul(self.reserve_percent) / 100 {
                    return Err(window.resets);
                }
                // Until the answer tells the real figure, so that calls in
                // flight at once do not all count on the same one.
                window.left -= 1;
                Ok(())
            }
            _ => {
                *current = None;
                Ok(())
            }
        }
    }

    /// Notes what an answer's headers say; answers how long they ask to wait
    /// before the next call, for an answer of 429.
    pub(crate) fn observe(&self, headers: &HeaderMap, now: Instant) -> Option<Duration> {
        let figure = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let until_reset = figure("x-rate-limit-time-reset-ms").map(Duration::from_millis);
        let until_reset = until_reset.map(|wait| wait.min(LONGEST_WINDOW));
        if let (Some(quota), Some(left), Some(wait)) = (
            figure("x-rate-limit-requests-quota").filter(|&quota| quota > 0),
            figure("x-rate-limit-requests-left"),
            until_reset,
        ) {
            *self.lock() = Some(Window {
                quota,
                left,
                resets: now + wait,
            });
        }
        let asked = figure("x-retry-after").or_else(|| figure("retry-after"));
        asked
            .map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT))
            .or(until_reset.map(|wait| wait + AFTER_RESET))
    }

    /// How many calls are left until the reset, as far as the store has told.
    pub(crate) fn left(&self) -> Option<usize> {
        let window = (*self.lock())?;
        Some(usize::try_from(window.left).unwrap_or(usize::MAX))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Window>> {
        // Nothing panics while it is held; and if it did, the figure is
        // replaced by the next answer's.
        self.window
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(quota: u64, left: u64, reset_ms: u64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("X-Rate-Limit-Requests-Quota", quota.into());
        headers.insert("X-Rate-Limit-Requests-Left", left.into());
        headers.insert("X-Rate-Limit-Time-Reset-Ms", reset_ms.into());
        headers
    }

    #[test]
    fn a_share_is_left_for_others() {
        let quota = Quota::new(20);
        let now = Instant::now();
        assert_eq!(quota.left(), None);
        quota.observe(&headers(10, 4, 1000), now);
        assert_eq!(quota.left(), Some(4));
        assert_eq!(quota.take(now), Ok(()));
        assert_eq!(quota.take(now), Ok(()));
        let resets = now + Duration::from_secs(1);
        assert_eq!(quota.take(now), Err(resets));
        assert_eq!(quota.take(resets), Ok(()), "the next window is open");
    }

    #[test]
    fn without_headers_nothing_is_known_and_nothing_held_back() {
        let quota = Quota::new(20);
        assert_eq!(quota.observe(&HeaderMap::new(), Instant::now()), None);
        assert_eq!(quota.take(Instant::now()), Ok(()));
    }

    #[test]
    fn an_absurd_reset_is_bounded() {
        let quota = Quota::new(0);
        let wait = quota.observe(&headers(1, 0, u64::MAX), Instant::now());
        assert_eq!(wait, Some(LONGEST_WINDOW + AFTER_RESET));
    }

    #[test]
    fn absurd_figures_neither_overflow_nor_hold_back_for_long() {
        let quota = Quota::new(20);
        let now = Instant::now();
        quota.observe(&headers(u64::MAX, 1, u64::MAX), now);
        assert_eq!(quota.take(now), Err(now + LONGEST_WINDOW));
        let mut headers = HeaderMap::new();
        headers.insert("Retry-After", u64::MAX.into());
        assert_eq!(quota.observe(&headers, now), Some(LONGEST_WAIT));
    }

    #[tokio::test]
    async fn admission_waits_for_the_reset() {
        let quota = Quota::new(20);
        let start = Instant::now();
        quota.observe(&headers(10, 2, 20), start);
        assert!(quota.take(start).is_err());
        quota.admit().await;
        assert!(Instant::now() >= start + Duration::from_millis(20));
    }
}
