//! The identity domain's token endpoint: client credentials, one scope.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use serde_json::json;

use super::App;

/// `POST /oauth2/v1/token`.
pub async fn grant(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut pod = app.pod();
    let client = (
        pod.config.client_id.clone(),
        pod.config.client_secret.clone(),
    );
    if basic_credentials(&headers) != Some(client) {
        let detail = "Client authentication failed";
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", detail);
    }
    let form = form(&body);
    if form.get("grant_type").map(String::as_str) != Some("client_credentials") {
        let detail = "The grant type must be client_credentials";
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", detail);
    }
    if form.get("scope") != Some(&pod.config.scope) {
        let detail = "The scope is not one the client may ask for";
        return refuse(StatusCode::BAD_REQUEST, "invalid_scope", detail);
    }
    let now = pod.now();
    let lifetime = pod.config.token_lifetime;
    let token = pod.tokens.grant(now, lifetime);
    let body = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lifetime.as_secs(),
    });
    Json(body).into_response()
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (status, Json(body)).into_response()
}

fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_string(), secret.to_string()))
}

/// The pairs of a form body.
fn form(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    // Any URL serves: only its query is used, to decode the pairs.
    let Ok(mut url) = Url::parse("http://localhost/") else {
        return BTreeMap::new();
    };
    url.set_query(Some(&text));
    url.query_pairs().into_owned().collect()
}
