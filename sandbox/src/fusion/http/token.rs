//! The identity domain's token endpoint: client credentials and user assertions,
//! one scope.

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
use crate::fusion::pod::Pod;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A token request that is refused, by RFC 6749's code and in words.
struct Refused(StatusCode, &'static str, String);

impl Refused {
    fn bad(error: &'static str, description: impl Into<String>) -> Self {
        Refused(StatusCode::BAD_REQUEST, error, description.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Refused(status, error, description) = self;
        let body = json!({ "error": error, "error_description": description });
        (status, Json(body)).into_response()
    }
}

/// `POST /oauth2/v1/token`.
pub(super) async fn grant(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut pod = app.pod();
    let form = form(&body);
    let user = match user(&mut pod, &headers, &form) {
        Ok(user) => user,
        Err(refused) => return refused.into_response(),
    };
    let (now, lifetime) = (pod.now(), pod.config.token_lifetime);
    let token = pod.tokens.grant(&user, now, lifetime);
    let body = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lifetime.as_secs(),
    });
    Json(body).into_response()
}

/// The Fusion user that the token is to act as, if all is in order.
fn user(
    pod: &mut Pod,
    headers: &HeaderMap,
    form: &BTreeMap<String, String>,
) -> Result<String, Refused> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if field("grant_type") == JWT_BEARER {
        // Also those that are refused, so that a test can look for them all.
        pod.assertions_seen.push(field("assertion").to_owned());
    }
    let client = pod.config.client_id.clone();
    let known = (client.clone(), pod.config.client_secret.clone());
    if basic_credentials(headers) != Some(known) {
        let detail = "Client authentication failed".to_owned();
        return Err(Refused(StatusCode::UNAUTHORIZED, "invalid_client", detail));
    }
    let open = pod.config.sign_in;
    let user = match field("grant_type") {
        "client_credentials" if open.client_credentials => client.clone(),
        JWT_BEARER if open.jwt_assertion => pod.config.user.clone(),
        "client_credentials" | JWT_BEARER => {
            let detail = "The client is not allowed to use this grant type";
            return Err(Refused::bad("unauthorized_client", detail));
        }
        _ => {
            let detail = "The grant type is not supported";
            return Err(Refused::bad("unsupported_grant_type", detail));
        }
    };
    if field("scope") != pod.config.scope {
        let detail = "The scope is not one the client may ask for";
        return Err(Refused::bad("invalid_scope", detail));
    }
    if field("grant_type") == JWT_BEARER {
        let now = pod.now();
        pod.assertions
            .accept(field("assertion"), &client, &user, now)
            .map_err(|wrong| Refused::bad("invalid_grant", format!("Assertion: {wrong}")))?;
    }
    Ok(user)
}

/// The name and password of an `Authorization: Basic` header.
pub(super) fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
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
