//! What can go wrong between us and a store.

use std::time::Duration;

use jiff::Timestamp;
use schemas::{Digest, OrderId, RefundId};

/// A call that failed. Each names the operation and the path it called.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the HTTP client could not be built")]
    Build(#[source] reqwest::Error),
    #[error("`{url}` is not a base URL of the API: {problem}")]
    BaseUrl { url: String, problem: &'static str },
    #[error("{operation}: no answer from {path}")]
    Unreachable {
        operation: &'static str,
        path: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("{operation}: the answer of {path} broke off")]
    BrokenOff {
        operation: &'static str,
        path: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("{operation}: {path} answered {status}: {body}")]
    Status {
        operation: &'static str,
        path: String,
        status: u16,
        /// The beginning of the answer, without control characters.
        body: String,
        /// How long the store asks to wait, where it says so.
        retry_after: Option<Duration>,
    },
    #[error(
        "{operation}: {path} answered in XML, not JSON: something between us and the store drops the `Accept` header"
    )]
    Xml {
        operation: &'static str,
        path: String,
    },
    #[error("{operation}: the answer of {path} is not the JSON that is documented")]
    Json {
        operation: &'static str,
        path: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("{operation}: the answer of {path} could not be read: {malformed}")]
    Answer {
        operation: &'static str,
        path: String,
        malformed: Malformed,
    },
    #[error(
        "{operation}: {path} did not heed the filter `{filter}`: it answered order {order}, which lies outside of it"
    )]
    FilterIgnored {
        operation: &'static str,
        path: String,
        filter: &'static str,
        order: OrderId,
    },
}

/// An order, refund or other record whose answer cannot be read.
///
/// `found` shows a wrong number or date, but of anything bigger only its kind,
/// so that the message can be logged and kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{} should be {expected}, but is {found}", subject(.order, .refund), place(.field))]
pub struct Malformed {
    pub order: Option<OrderId>,
    pub refund: Option<RefundId>,
    /// The path to the field: `consignments.shipping[0].line_items[2].total_tax`.
    pub field: String,
    pub expected: &'static str,
    pub found: String,
    /// When the record was last changed, if that much could be read.
    pub modified: Option<Timestamp>,
    /// SHA-256 of the record as the store answered it.
    pub body: Option<Digest>,
}

impl Default for Malformed {
    fn default() -> Self {
        Malformed {
            order: None,
            refund: None,
            field: String::new(),
            expected: "readable",
            found: String::new(),
            modified: None,
            body: None,
        }
    }
}

/// The field, or the record as a whole.
fn place(field: &str) -> String {
    match field {
        "" => "it".to_owned(),
        field => format!("field `{field}`"),
    }
}

fn subject(order: &Option<OrderId>, refund: &Option<RefundId>) -> String {
    match (order, refund) {
        (Some(order), Some(refund)) => format!("refund {refund} of order {order}: "),
        (None, Some(refund)) => format!("refund {refund}: "),
        (Some(order), None) => format!("order {order}: "),
        (None, None) => String::new(),
    }
}

impl Error {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Unreachable { .. } | Error::BrokenOff { .. } => true,
            Error::Status { status, .. } => {
                matches!(status, 408 | 423 | 425 | 429 | 499 | 500..=599)
            }
            _ => false,
        }
    }

    /// The status of the answer, if there was one that was not a success.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The store said that what was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// How long the store asks to wait, where it says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
