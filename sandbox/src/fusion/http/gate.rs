//! What every call passes on its way in and out: the count, the faults, the token.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::error::Refusal;
use super::token::basic_credentials;
use super::wire::Wire;
use super::{App, RESOURCES};
use crate::fusion::faults::{CallEffects, Operation};
use crate::fusion::jobs::JobKind;

/// Largest body taken: the common figure of 250 MB a zip, in base64.
const LARGEST_BODY: usize = 350 * 1024 * 1024;

/// Middleware around every route but the admin's. The call goes on in a task of
/// its own: a caller that hangs up early does not undo what it asked for.
pub(super) async fn gate(
    State(app): State<Arc<App>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        let detail = "the body is too large or was cut short";
        return Refusal::with(StatusCode::PAYLOAD_TOO_LARGE, detail).into_response();
    };
    match tokio::spawn(pass(app, wire, parts, body, next)).await {
        Ok(response) => response,
        Err(failure) => {
            let detail = format!("the call failed: {failure}");
            Refusal::with(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
        }
    }
}

async fn pass(app: Arc<App>, wire: Wire, mut parts: Parts, body: Bytes, next: Next) -> Response {
    let operation = operation(&parts, &body);
    let effects = strike(&app, operation);
    if effects.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(effects.delay_ms)).await;
    }
    if effects.down {
        wire.cut();
    }
    if let Some(refused) = refused_by_fault(&effects) {
        return refused;
    }
    if operation != Operation::Token {
        let Some(caller) = caller(&app, &parts) else {
            return unauthorised();
        };
        parts.extensions.insert(caller);
    }
    if operation != Operation::Token && !app.pod().config.fusion_user {
        let detail = "The user isn't authorized to access this resource";
        return Refusal::with(StatusCode::FORBIDDEN, detail).into_response();
    }
    let lose_answer = effects.lose_answer;
    parts.extensions.insert(effects);
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if lose_answer {
        wire.cut();
    }
    response
}

/// Counts the call and finds what strikes it.
fn strike(app: &App, operation: Operation) -> CallEffects {
    let mut pod = app.pod();
    *pod.calls.entry(operation).or_default() += 1;
    let mut effects = pod.faults.strike_call(operation);
    if let Some(seconds) = pod.is_too_much() {
        effects.throttle = Some(Some(seconds));
    }
    if effects.expire_token {
        pod.tokens.expire_all();
    }
    effects
}

fn refused_by_fault(effects: &CallEffects) -> Option<Response> {
    if effects.down {
        return Some(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    if let Some(retry_after) = effects.throttle {
        let detail = "Too many requests";
        let refusal = Refusal::with(StatusCode::TOO_MANY_REQUESTS, detail);
        let mut response = refusal.into_response();
        if let Some(seconds) = retry_after {
            let seconds = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        return Some(response);
    }
    let status = StatusCode::from_u16(effects.refuse?).ok()?;
    Some(Refusal::with(status, "The service refused the call").into_response())
}

/// The Fusion user whose call it is.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub String);

/// Who calls: by a token, or by name and password where that is open.
fn caller(app: &App, parts: &Parts) -> Option<Caller> {
    let pod = app.pod();
    if let Some((user, password)) = basic_credentials(&parts.headers) {
        let known = user == pod.config.user && password == pod.config.user_password;
        return (known && pod.config.sign_in.basic).then_some(Caller(user));
    }
    let header = parts.headers.get(header::AUTHORIZATION)?;
    let token = header.to_str().ok()?.strip_prefix("Bearer ")?;
    let user = pod.tokens.user(token, pod.now())?;
    Some(Caller(user.to_owned()))
}

/// A 401 comes without a body.
fn unauthorised() -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (StatusCode::UNAUTHORIZED, challenge).into_response()
}

/// The two fields that tell submissions apart.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Head {
    operation_name: String,
    job_package_name: String,
    job_def_name: String,
}

fn operation(parts: &Parts, body: &Bytes) -> Operation {
    let path = parts.uri.path();
    if path == "/oauth2/v1/token" {
        return Operation::Token;
    }
    if path.starts_with("/ess/rest/scheduler/") {
        return Operation::Scheduler;
    }
    let resource = path.strip_prefix(RESOURCES).unwrap_or_default();
    if resource.starts_with("/journalBatches") {
        return Operation::JournalBatches;
    }
    if resource != "/erpintegrations" {
        return if resource.is_empty() {
            Operation::Any
        } else {
            Operation::Lov
        };
    }
    if parts.method == Method::POST {
        return submission(&serde_json::from_slice(body).unwrap_or_default());
    }
    let query = parts.uri.query().unwrap_or_default();
    match query.contains("ESSJobExecutionDetailsRF") {
        true => Operation::Details,
        false => Operation::Status,
    }
}

fn submission(head: &Head) -> Operation {
    match head.operation_name.as_str() {
        "uploadFileToUCM" => Operation::Upload,
        "importBulkData" => Operation::Bulk,
        "downloadESSJobExecutionDetails" => Operation::Details,
        _ => match JobKind::submittable(&head.job_package_name, &head.job_def_name) {
            Some(JobKind::LoadController) => Operation::Load,
            Some(JobKind::ImportLauncher) => Operation::Import,
            Some(JobKind::AutomaticPosting) => Operation::Post,
            _ => Operation::Submit,
        },
    }
}
