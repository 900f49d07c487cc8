//! The request quota of a store: so many requests in each window.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

/// How many requests a store may make, all its clients together.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Requests per window.
    pub requests: u32,
    /// Length of the window.
    pub window: Duration,
}

impl Default for Limit {
    /// The documented quota of a Pro plan.
    fn default() -> Self {
        Self {
            requests: 450,
            window: Duration::from_secs(30),
        }
    }
}

/// How much of the quota is used.
#[derive(Debug)]
pub struct Quota {
    limit: Limit,
    began: Instant,
    used: u32,
}

/// The quota as one answer's headers show it.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    limit: Limit,
    left: u32,
    reset: Duration,
    /// True when this request is over the quota.
    pub exceeded: bool,
}

impl Quota {
    /// A fresh quota.
    #[must_use]
    pub fn new(limit: Limit) -> Self {
        Self {
            limit,
            began: Instant::now(),
            used: 0,
        }
    }

    /// Replaces the limit and starts a new window.
    pub fn set(&mut self, limit: Limit) {
        *self = Self::new(limit);
    }

    /// Counts a request.
    pub fn spend(&mut self) -> Reading {
        if self.began.elapsed() >= self.limit.window {
            *self = Self::new(self.limit);
        }
        let exceeded = self.used >= self.limit.requests;
        if !exceeded {
            self.used += 1;
        }
        Reading {
            limit: self.limit,
            left: self.limit.requests - self.used,
            reset: self.limit.window.saturating_sub(self.began.elapsed()),
            exceeded,
        }
    }
}

impl Reading {
    /// The rate limit headers of an answer.
    pub fn write(self, headers: &mut HeaderMap) {
        let millis = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        let mut put = |name, value: u64| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        };
        put("x-rate-limit-time-window-ms", millis(self.limit.window));
        put("x-rate-limit-time-reset-ms", millis(self.reset));
        put("x-rate-limit-requests-quota", self.limit.requests.into());
        put("x-rate-limit-requests-left", self.left.into());
        if self.exceeded {
            put("x-retry-after", self.reset.as_secs() + 1);
        }
    }
}
