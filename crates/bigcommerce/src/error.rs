//! What can go wrong between us and a store.

use std::time::Duration;

use answer::ReadError;
use jiff::Timestamp;
use schemas::{Digest, OrderId, RefundId};

/// A call that failed. Each names the operation and the path it called.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The HTTP library refuses the options, such as a `User-Agent` of other characters.
    #[error("the HTTP client could not be built")]
    Build(#[source] reqwest::Error),
    #[error("`{url}` is not a base URL of the API: {problem}")]
    /// The store's address, or the token, cannot be used for a call.
    BaseUrl {
        /// The address as it was configured, or with the store's hash.
        url: String,
        /// What is wrong with it, as a clause.
        problem: &'static str,
    },
    /// No connection, or no answer in time. The request may have arrived.
    #[error("{operation}: no answer from {path}")]
    Unreachable {
        /// What was asked: `list orders`.
        operation: &'static str,
        /// Where, below the store and without the query: `/v2/orders`.
        path: String,
        /// Without the URL, whose query may be long.
        #[source]
        source: reqwest::Error,
    },
    /// The connection ended, time did, or the limit of what is read, in the middle of
    /// the answer.
    #[error("{operation}: the answer of {path} could not be read")]
    Unread {
        /// What was asked: `list orders`.
        operation: &'static str,
        /// Where, below the store and without the query: `/v2/orders`.
        path: String,
        /// Why not, with the limit.
        #[source]
        source: ReadError,
    },
    /// A list does not come to an end, or is longer than what is read of it.
    #[error("{operation}: the list of {path} has no end: {problem}")]
    Endless {
        /// What was asked: `list refunds`.
        operation: &'static str,
        /// Where, below the store and without the query.
        path: String,
        /// What shows it.
        problem: Endless,
    },
    /// The store refused, or nothing was there where something must be (then 404).
    #[error("{operation}: {path} answered {status}: {body}")]
    Status {
        /// What was asked: `list orders`.
        operation: &'static str,
        /// Where, below the store and without the query: `/v2/orders`.
        path: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer, without control characters.
        body: String,
        /// How long the store asks to wait, at most five minutes; with 429 and 503, where
        /// it says so.
        retry_after: Option<Duration>,
    },
    /// V2 answers in XML where no `Accept: application/json` reaches it.
    #[error(
        "{operation}: {path} answered in XML, not JSON: something between us and the store drops the `Accept` header"
    )]
    Xml {
        /// What was asked: `list orders`.
        operation: &'static str,
        /// Where, below the store and without the query: `/v2/orders`.
        path: String,
    },
    /// The answer as a whole is not JSON, or not the documented envelope.
    #[error("{operation}: the answer of {path} is not the JSON that is documented: {problem}")]
    Json {
        /// What was asked: `list orders`.
        operation: &'static str,
        /// Where, below the store and without the query: `/v2/orders`.
        path: String,
        /// Where in the answer, and what was expected there; cut, since it may repeat
        /// what stood there.
        problem: String,
    },
    /// A field of an answer that is one record cannot be read.
    #[error("{operation}: the answer of {path} could not be read: {malformed}")]
    Answer {
        /// What was asked: `list orders`.
        operation: &'static str,
        /// Where, below the store and without the query: `/v2/orders`.
        path: String,
        /// Which field, and what stood there.
        malformed: Malformed,
    },
    /// A filter that the API cannot read makes it answer all orders, without an error.
    #[error(
        "{operation}: {path} did not heed the filter `{filter}`: it answered order {order}, which lies outside of it"
    )]
    FilterIgnored {
        /// What was asked: `list orders`.
        operation: &'static str,
        /// Where, below the store and without the query: `/v2/orders`.
        path: String,
        /// The query parameter: `min_date_modified`.
        filter: &'static str,
        /// The first order of the answer that gave it away.
        order: OrderId,
    },
}

/// What shows that a list has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Endless {
    /// A page has more records than any page of the API.
    #[error("a page has more than {0} records")]
    Rows(usize),
    /// The same page came twice.
    #[error("page {0} is the same as the one before")]
    Repeated(usize),
    /// A page without records names a next one.
    #[error("an empty page says that another follows")]
    Empty,
    /// There are more pages than any list of the API has.
    #[error("it goes on after {0} pages")]
    Pages(usize),
    /// All pages together are larger than what is held.
    #[error("its pages have more than {0} bytes")]
    Bytes(usize),
}

/// An order, refund or other record whose answer cannot be read.
///
/// `found` shows the beginning of a wrong number, date or word, but of an object or
/// list only its kind, so that the message can be logged and kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{} should be {expected}, but is {found}", subject(.order, .refund), place(.field))]
pub struct Malformed {
    /// The order that it is or belongs to, if that much could be read.
    pub order: Option<OrderId>,
    /// The refund that it is, if that much could be read.
    pub refund: Option<RefundId>,
    /// The path to the field: `consignments.shipping[0].line_items[2].total_tax`;
    /// empty for the record as a whole.
    pub field: String,
    /// What the field should be, after "should be": `an amount`.
    pub expected: &'static str,
    /// What it is, after "is": `missing`, `null`, a value between backquotes.
    pub found: String,
    /// When the record was last changed, if that much could be read.
    pub modified: Option<Timestamp>,
    /// SHA-256 of the record as the store answered it.
    pub body: Option<Digest>,
    /// It may be in order, and is more than what is read of one record.
    pub is_too_large: bool,
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
            is_too_large: false,
        }
    }
}

impl Malformed {
    /// As a part of a larger record, at this place in it.
    pub(crate) fn beneath(self, place: &str) -> Malformed {
        let field = match self.field.as_str() {
            "" => place.to_owned(),
            field => format!("{place}.{field}"),
        };
        Malformed { field, ..self }
    }

    /// A field that is more than what is read of one record: `expected` says the limit.
    pub(crate) fn too_large(
        field: impl Into<String>,
        expected: &'static str,
        found: impl Into<String>,
    ) -> Malformed {
        Malformed {
            field: field.into(),
            expected,
            found: found.into(),
            is_too_large: true,
            ..Malformed::default()
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
    /// What failed and how, in our words alone: for who sees no more than health.
    pub fn summary(&self) -> String {
        match self {
            Error::Status {
                operation,
                path,
                status,
                ..
            } => format!("{operation}: {path} answered HTTP {status}"),
            Error::Json {
                operation, path, ..
            } => format!("{operation}: the answer of {path} is not the JSON that is documented"),
            Error::Answer {
                operation, path, ..
            } => format!("{operation}: the answer of {path} could not be read"),
            // These are our words: what they have of others is in their sources.
            _ => self.to_string(),
        }
    }

    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Unreachable { .. } => true,
            Error::Unread { source, .. } => !source.is_too_large(),
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

    /// What was asked for is more than what is read of it at once.
    pub fn is_too_large(&self) -> bool {
        match self {
            Error::Unread { source, .. } => source.is_too_large(),
            Error::Endless { .. } => true,
            _ => false,
        }
    }

    /// The failure says nothing of the record that was asked for: the store is away, or
    /// does not let us in.
    pub fn is_of_the_store(&self) -> bool {
        let locked_out = matches!(self.status(), Some(401 | 403));
        let unusable = matches!(self, Error::Xml { .. } | Error::BaseUrl { .. });
        self.is_transient() || locked_out || unusable
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
