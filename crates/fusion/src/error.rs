//! What can go wrong with a call, and what that says about its outcome.

use std::{fmt, time::Duration};

use answer::{ReadError, masks};

use crate::KeyError;

/// As much of what is wrong with an answer is kept, in characters.
const MAX_DETAIL: usize = 500;

/// What was asked of Fusion: the resource below `/fscmRestApi/resources`, where no other
/// is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A new access token (the identity domain's `/oauth2/v1/token`).
    Token,
    /// `erpintegrations`, `uploadFileToUCM`.
    Upload,
    /// `erpintegrations`, `submitESSJobRequest` of `InterfaceLoaderController`.
    SubmitLoad,
    /// The same of `JournalImportLauncher`.
    SubmitImport,
    /// The same of `AutomaticPosting`.
    SubmitAutoPost,
    /// `erpintegrations`, finder `ESSExecutionDetailsRF`.
    JobTree,
    /// `erpintegrations`, finder `ESSJobExecutionDetailsRF`.
    ExecutionLog,
    /// The scheduler's own `/ess/rest/scheduler/v1/requests`.
    FindRequests,
    /// `journalBatches`.
    ReadBatches,
    /// `journalHeaders` below a batch.
    ReadHeaders,
    /// `ledgersLOV`.
    ReadLedgers,
    /// `accountingPeriodStatusLOV`.
    ReadPeriods,
    /// `journalSourcesLOV`.
    ReadSources,
    /// `journalCategoriesLOV`.
    ReadCategories,
    /// `dataAccessSetsLOV` and `dataAccessSetLedgersLOV`.
    ReadAccessSets,
    /// `accountCombinationsLOV`.
    ReadAccounts,
    /// `values` below one of `valueSets`.
    ReadSegmentValues,
    /// `currenciesLOV`.
    ReadCurrencies,
    /// `currencyConversionTypesLOV`.
    ReadConversionTypes,
    /// `currencyRates`.
    ReadRates,
}

impl Operation {
    /// The name used in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Token => "token",
            Operation::Upload => "upload",
            Operation::SubmitLoad => "submit_load",
            Operation::SubmitImport => "submit_import",
            Operation::SubmitAutoPost => "submit_autopost",
            Operation::JobTree => "job_tree",
            Operation::ExecutionLog => "execution_log",
            Operation::FindRequests => "find_requests",
            Operation::ReadBatches => "read_batches",
            Operation::ReadHeaders => "read_headers",
            Operation::ReadLedgers => "read_ledgers",
            Operation::ReadPeriods => "read_periods",
            Operation::ReadSources => "read_sources",
            Operation::ReadCategories => "read_categories",
            Operation::ReadAccessSets => "read_access_sets",
            Operation::ReadAccounts => "read_accounts",
            Operation::ReadSegmentValues => "read_segment_values",
            Operation::ReadCurrencies => "read_currencies",
            Operation::ReadConversionTypes => "read_conversion_types",
            Operation::ReadRates => "read_rates",
        }
    }

    /// Whether doing it twice is not the same as doing it once.
    fn changes_something(self) -> bool {
        matches!(
            self,
            Operation::Upload
                | Operation::SubmitLoad
                | Operation::SubmitImport
                | Operation::SubmitAutoPost
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operation::Token => "asking the identity domain for a token",
            Operation::Upload => "uploading the journal file",
            Operation::SubmitLoad => "submitting the load job",
            Operation::SubmitImport => "submitting the import job",
            Operation::SubmitAutoPost => "submitting AutoPost",
            Operation::JobTree => "reading a job's state",
            Operation::ExecutionLog => "downloading a job's log",
            Operation::FindRequests => "searching the scheduler's requests",
            Operation::ReadBatches => "reading journal batches",
            Operation::ReadHeaders => "reading a batch's journals",
            Operation::ReadLedgers => "reading the ledgers",
            Operation::ReadPeriods => "reading the periods' states",
            Operation::ReadSources => "reading the journal sources",
            Operation::ReadCategories => "reading the journal categories",
            Operation::ReadAccessSets => "reading the data access sets",
            Operation::ReadAccounts => "reading the account combinations",
            Operation::ReadSegmentValues => "reading the values of a segment",
            Operation::ReadCurrencies => "reading the currencies",
            Operation::ReadConversionTypes => "reading the conversion types",
            Operation::ReadRates => "reading the daily rates",
        })
    }
}

/// A call that did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed")]
pub struct Error {
    /// What was asked, which decides what the fault says about the outcome.
    pub operation: Operation,
    /// Why it did not succeed.
    #[source]
    pub fault: Box<Fault>,
}

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Nothing was sent.
    #[error("no connection could be made")]
    Connect(#[source] reqwest::Error),
    /// The request may have arrived, and may have been acted on.
    #[error("the connection was lost, or no answer came in time")]
    Lost(#[source] reqwest::Error),
    /// The answer began, and what it says is not known.
    #[error("the answer could not be read")]
    Unread(#[source] ReadError),
    /// Nothing was done. Oracle publishes no limit.
    #[error("too many requests (HTTP 429)")]
    Throttled {
        /// `Retry-After`, at most five minutes; none where it is not told in seconds, which is not promised.
        retry_after: Option<Duration>,
    },
    /// An answer of neither success nor one of the other faults.
    #[error("HTTP {status}: {detail}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// `detail` or `title` of Fusion's JSON, else the body's text; at most 500 characters.
        detail: String,
    },
    /// Nothing was done, and a new token, where one can be had, did not help.
    #[error("the credentials were refused (HTTP {status}): {refused}")]
    Unauthorized {
        /// 401 or 403; 400 too, from the identity domain.
        status: u16,
        /// What of them, in print with what to check.
        refused: Refused,
    },
    /// Of a request for a token: nothing was sent.
    #[error("no assertion could be made")]
    Assertion(#[source] KeyError),
    /// Of any other call: nothing was sent. The cause is that of the request for a token.
    #[error("there is no token to call with")]
    NoToken(#[source] Box<Error>),
    /// Fusion answers HTTP 200 and no request's id to a job that it does not know, or
    /// that the user may not run.
    #[error("the job was not submitted (ReqstId {request}): {detail}")]
    NotSubmitted {
        /// The `ReqstId` of the answer, `-1`.
        request: String,
        /// The `RequestStatus` of the answer, or else what that mostly means.
        detail: String,
    },
    /// An answer of success that cannot be read.
    #[error("the answer is not what is documented: {detail}")]
    Answer {
        /// What of it, as a clause.
        detail: String,
    },
}

impl Fault {
    fn summary(&self) -> String {
        match self {
            Fault::Status { status, .. } => format!("HTTP {status}"),
            Fault::NotSubmitted { .. } => "the job was not submitted".to_owned(),
            Fault::Answer { .. } => "the answer is not what is documented".to_owned(),
            Fault::NoToken(error) => format!("{self}: {}", error.summary()),
            Fault::Unread(error) => format!("{self}: {error}"),
            // These are our words: what they have of others is in their sources.
            Fault::Connect(_)
            | Fault::Lost(_)
            | Fault::Throttled { .. }
            | Fault::Unauthorized { .. }
            | Fault::Assertion(_) => self.to_string(),
        }
    }
}

/// What was refused, as far as the answer says; in print, with what to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The call itself, with a token that is new, or with a user's password.
    #[error(
        "check that the Fusion user who acts (of the client's name, or `user`) exists, is active and has the roles, its `password` if one is used, and `scope`"
    )]
    Call,
    /// `invalid_client`.
    #[error("the identity domain does not know the client: check `client_id` and `client_secret`")]
    Client,
    /// `invalid_scope`.
    #[error("the client may not ask for this scope: check `scope`, which differs from pod to pod")]
    Scope,
    /// `unauthorized_client` or `unsupported_grant_type`.
    #[error(
        "the client may not sign in this way: allow the grant of `sign_in` in the confidential application"
    )]
    Grant,
    /// `invalid_grant`.
    #[error(
        "the user assertion was not accepted: check `user`, `private_key`, `audience`, that the application trusts `certificate`, and this machine's clock"
    )]
    Assertion,
    /// The request for a token, without a reason that is known.
    #[error("check `token_url`, `client_id`, `client_secret` and `scope`")]
    TokenRequest,
}

impl Error {
    pub(crate) fn new(operation: Operation, fault: Fault) -> Error {
        Error {
            operation,
            fault: Box::new(fault),
        }
    }

    pub(crate) fn answer(operation: Operation, detail: impl Into<String>) -> Error {
        // It may repeat what stood there.
        let detail = detail.into();
        let detail = masks::mask(&detail).chars().take(MAX_DETAIL).collect();
        Error::new(operation, Fault::Answer { detail })
    }

    /// What failed and how, in our words alone: for who sees no more than health.
    pub fn summary(&self) -> String {
        format!("{self}: {}", self.fault.summary())
    }

    /// It was certainly not done, and may well work later.
    pub fn is_transient(&self) -> bool {
        match &*self.fault {
            Fault::Connect(_) | Fault::Throttled { .. } | Fault::NoToken(_) => true,
            Fault::Lost(_) => !self.operation.changes_something(),
            Fault::Unread(error) => !error.is_too_large() && !self.operation.changes_something(),
            Fault::Status { status, .. } => {
                is_server_side(*status) && !self.operation.changes_something()
            }
            Fault::Unauthorized { .. }
            | Fault::Assertion(_)
            | Fault::NotSubmitted { .. }
            | Fault::Answer { .. } => false,
        }
    }

    /// It may have been done: no answer came, or none that says. Sending it again
    /// without looking could do it twice.
    pub fn is_unknown_outcome(&self) -> bool {
        self.operation.changes_something()
            && match &*self.fault {
                Fault::Lost(_) | Fault::Unread(_) | Fault::Answer { .. } => true,
                Fault::Status { status, .. } => is_server_side(*status),
                _ => false,
            }
    }

    /// The credentials or their rights are the cause: a person must act.
    pub fn is_unauthorized(&self) -> bool {
        match &*self.fault {
            Fault::Unauthorized { .. } | Fault::Assertion(_) => true,
            Fault::NoToken(error) => error.is_unauthorized(),
            _ => false,
        }
    }

    /// How long the server asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match &*self.fault {
            Fault::Throttled { retry_after } => *retry_after,
            Fault::NoToken(error) => error.retry_after(),
            _ => None,
        }
    }
}

/// A gateway's 5xx, and 408, say nothing about what happened behind it.
fn is_server_side(status: u16) -> bool {
    status >= 500 || status == 408
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(operation: Operation, status: u16) -> Error {
        let detail = String::new();
        Error::new(operation, Fault::Status { status, detail })
    }

    #[test]
    fn a_lost_post_is_unknown_and_a_lost_get_is_transient() {
        let post = status(Operation::SubmitImport, 502);
        assert!(post.is_unknown_outcome() && !post.is_transient());
        let get = status(Operation::JobTree, 502);
        assert!(get.is_transient() && !get.is_unknown_outcome());
    }

    #[test]
    fn a_summary_has_no_words_of_others() {
        let detail = "words of others".to_owned();
        let inner = Fault::Status {
            status: 502,
            detail: detail.clone(),
        };
        let inner = Box::new(Error::new(Operation::Token, inner));
        for fault in [
            Fault::Status {
                status: 500,
                detail: detail.clone(),
            },
            Fault::NotSubmitted {
                request: detail.clone(),
                detail: detail.clone(),
            },
            Fault::Answer { detail },
            Fault::NoToken(inner),
        ] {
            let summary = Error::new(Operation::JobTree, fault).summary();
            assert!(!summary.contains("words"), "{summary}");
            assert!(summary.starts_with("reading a job's state failed: "));
        }
    }

    #[test]
    fn a_refusal_was_certainly_not_done() {
        let refused = status(Operation::SubmitImport, 400);
        assert!(!refused.is_unknown_outcome() && !refused.is_transient());
        let throttled = Error::new(
            Operation::SubmitImport,
            Fault::Throttled { retry_after: None },
        );
        assert!(throttled.is_transient() && !throttled.is_unknown_outcome());
    }
}
