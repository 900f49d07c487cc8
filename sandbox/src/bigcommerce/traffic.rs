//! What clients asked for, for tests and benchmarks.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// Requests kept for reading; the counts go on for ever.
const KEPT: usize = 50_000;

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path as sent.
    pub path: String,
    /// Query as sent.
    pub query: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// What the documentation does not know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violation: Option<String>,
}

/// The record of requests.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: VecDeque<Request>,
    violations: Vec<Request>,
    calls: BTreeMap<String, u64>,
}

impl Traffic {
    /// Notes a request under its path template.
    pub fn note(&mut self, template: &str, request: Request) {
        *self
            .calls
            .entry(format!("{} {template}", request.method))
            .or_default() += 1;
        if request.violation.is_some() && self.violations.len() < KEPT {
            self.violations.push(request.clone());
        }
        if self.requests.len() == KEPT {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    /// The latest requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.iter().cloned().collect()
    }

    /// Requests the documentation does not know.
    #[must_use]
    pub fn violations(&self) -> Vec<Request> {
        self.violations.clone()
    }

    /// Calls by method and path template.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.clone()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
