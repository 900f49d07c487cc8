//! Why a webhook is not answered 200, in words for its sender and our log.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use bigcommerce::webhook::{NotificationError, OriginError};
use serde_json::json;

/// A webhook that was not taken. The text never repeats what was sent, nor any
/// secret.
#[expect(missing_docs, reason = "each message says what it is about")]
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("no store of that name is configured here")]
    UnknownStore,
    #[error("the body is larger than the {limit} bytes that are read")]
    TooLarge { limit: usize },
    #[error("the body did not arrive")]
    Unread,
    #[error("the header `{0}` is missing")]
    MissingHeader(String),
    #[error("the webhook is not from the store")]
    Origin(#[source] OriginError),
    #[error("the body is not a webhook")]
    Body(#[source] NotificationError),
    #[error("the webhook is from another store than the path says")]
    OtherStore,
    #[error("too many webhooks at once: send it again")]
    Busy,
    #[error("the webhook could not be made durable: send it again")]
    Stream(#[source] stream::StreamError),
    #[error("making the webhook durable took too long: send it again")]
    Stalled,
}

/// What is worth trying again in a moment, is: the sender keeps it meanwhile.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");

impl Refusal {
    /// The kind of cause, for grouping.
    pub fn cause(&self) -> &'static str {
        match self {
            Refusal::UnknownStore => "unknown_store",
            Refusal::TooLarge { .. } => "too_large",
            Refusal::Unread => "unread",
            Refusal::MissingHeader(_) => "unsigned",
            Refusal::Origin(OriginError::Stale { .. } | OriginError::Early { .. }) => "stale",
            Refusal::Origin(_) => "forged",
            Refusal::Body(NotificationError::Json(_)) => "not_json",
            Refusal::Body(NotificationError::Shape(_)) => "not_a_webhook",
            Refusal::OtherStore => "other_store",
            Refusal::Busy => "busy",
            Refusal::Stream(_) => "stream_unavailable",
            Refusal::Stalled => "stream_stalled",
        }
    }

    /// The status that the sender is answered.
    pub fn status(&self) -> StatusCode {
        match self {
            Refusal::UnknownStore => StatusCode::NOT_FOUND,
            Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Unread => StatusCode::REQUEST_TIMEOUT,
            Refusal::MissingHeader(_) | Refusal::Origin(_) => StatusCode::UNAUTHORIZED,
            Refusal::Body(_) | Refusal::OtherStore => StatusCode::BAD_REQUEST,
            Refusal::Busy | Refusal::Stream(_) | Refusal::Stalled => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// What the sender is told. What is wrong with our stream stays with us.
    fn message(&self) -> String {
        match self {
            Refusal::Origin(source) => format!("{self}: {source}"),
            Refusal::Body(source) => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = Json(json!({ "error": self.cause(), "message": self.message() }));
        let mut response = (status, body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
        }
        response
    }
}
