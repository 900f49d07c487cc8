//! Error answers, in the REST framework's shape.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Media type of the framework's errors.
const MEDIA_TYPE: &str = "application/vnd.oracle.adf.error+json";

/// A call that is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    detail: String,
}

/// What a handler gives back.
pub(super) type Answer = Result<Response, Refusal>;

impl Refusal {
    /// 400: the call itself is wrong.
    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::with(StatusCode::BAD_REQUEST, detail)
    }

    /// 404: there is no such thing, or it cannot be seen.
    pub(super) fn missing(detail: impl Into<String>) -> Self {
        Self::with(StatusCode::NOT_FOUND, detail)
    }

    /// Any status.
    pub(super) fn with(status: StatusCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, detail }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_str(),
            "detail": self.detail,
            "o:errorCode": format!("SBX-{}", self.status.as_str()),
            "o:errorDetails": [{
                "detail": self.detail,
                "o:errorCode": format!("SBX-{}", self.status.as_str()),
            }],
        });
        let mut response = (self.status, Json(body)).into_response();
        let media_type = HeaderValue::from_static(MEDIA_TYPE);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, media_type);
        response
    }
}
