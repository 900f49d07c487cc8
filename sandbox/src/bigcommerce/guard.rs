//! What every request passes on its way: faults, token, quota, record, XML.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::StreamExt;

use super::answer::{Api, Refusal};
use super::faults::{Fate, Wrong};
use super::query::Query;
use super::quota::Reading;
use super::world::World;
use super::{spec, traffic, xml};

/// Larger answers than this are not turned into XML.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// How long half an answer takes to leave before the rest is cut off.
const FLUSH: Duration = Duration::from_millis(30);

/// The middleware around every store path.
pub async fn pass(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let note = Note::of(&request);
    let fate = world.faults().strike(note.is_of_order());
    let delay = world.faults().delay_ms;
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let response = match fate {
        Fate::Down => Refusal::new(note.api, 503, "The store is unavailable.").into_response(),
        Fate::Throttled(true) => throttled(&world, &request, note.api),
        Fate::Throttled(false) => overloaded(note.api),
        Fate::Broken => {
            Refusal::new(note.api, 500, "Something went wrong on our side.").into_response()
        }
        Fate::Wrong(Wrong::Garbage) => "an answer, but no JSON".into_response(),
        Fate::Wrong(Wrong::Empty) => StatusCode::OK.into_response(),
        Fate::Wrong(Wrong::Missing) => {
            Refusal::new(note.api, 404, "There is no such order.").into_response()
        }
        Fate::Served => serve(&world, request, next, &note).await,
        Fate::Truncated => truncate(serve(&world, request, next, &note).await).await,
    };
    note.write(&world, response.status());
    response
}

async fn serve(world: &World, request: Request, next: Next, note: &Note) -> Response {
    let (reading, admitted) = admit(world, &request, note.api);
    let mut response = match admitted {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    if note.api == Api::V2 && !note.accepts_json {
        response = as_xml(response, &note.path).await;
    }
    if let Some(reading) = reading {
        reading.write(response.headers_mut());
    }
    response
}

/// Checks store, token and quota.
fn admit(world: &World, request: &Request, api: Api) -> (Option<Reading>, Result<(), Refusal>) {
    let mut segments = request.uri().path().split('/').skip(2);
    let Some(desk) = segments.next().and_then(|hash| world.by_hash(hash)) else {
        return (None, Err(Refusal::new(api, 404, "There is no such store.")));
    };
    let token = request.headers().get("x-auth-token");
    if token.is_none_or(|t| t.as_bytes() != desk.profile.token.as_bytes()) {
        let message = "X-Auth-Token is missing or wrong for this store.";
        return (None, Err(Refusal::new(api, 401, message)));
    }
    let reading = desk.quota().spend();
    let verdict = if reading.exceeded {
        Err(Refusal::new(api, 429, "Too many requests."))
    } else {
        Ok(())
    };
    (Some(reading), verdict)
}

fn throttled(world: &World, request: &Request, api: Api) -> Response {
    let mut response = overloaded(api);
    let hash = request.uri().path().split('/').nth(2).unwrap_or_default();
    if let Some(desk) = world.by_hash(hash) {
        let mut reading = desk.quota().spend();
        reading.exceeded = true;
        reading.write(response.headers_mut());
        let one = HeaderValue::from_static("1000");
        response
            .headers_mut()
            .insert("x-rate-limit-time-reset-ms", one);
        let none = HeaderValue::from_static("0");
        response
            .headers_mut()
            .insert("x-rate-limit-requests-left", none);
        response
            .headers_mut()
            .insert("x-retry-after", HeaderValue::from_static("1"));
    }
    response
}

fn overloaded(api: Api) -> Response {
    Refusal::new(api, 429, "Too many requests.").into_response()
}

/// Announces the whole answer and breaks off in the middle of it.
async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    let cut = async {
        // The first half must be on its way, or the client sees no answer at all.
        tokio::time::sleep(FLUSH).await;
        Err(std::io::Error::other("the sandbox cuts this answer short"))
    };
    let pieces = futures::stream::iter([Ok::<Bytes, _>(half)]).chain(futures::stream::once(cut));
    Response::from_parts(parts, Body::from_stream(pieces))
}

async fn as_xml(response: Response, path: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    let Ok(value) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    let last = path.rsplit('/').find(|s| s.parse::<u64>().is_err());
    let kind = HeaderValue::from_static("application/xml; charset=utf-8");
    parts.headers.insert(header::CONTENT_TYPE, kind);
    Response::from_parts(
        parts,
        Body::from(xml::from_json(&value, last.unwrap_or("response"))),
    )
}

/// What is noted of a request.
struct Note {
    api: Api,
    accepts_json: bool,
    method: String,
    path: String,
    raw_query: String,
    template: Option<String>,
}

impl Note {
    fn of(request: &Request) -> Self {
        let path = request.uri().path().to_owned();
        let matched = request.extensions().get::<MatchedPath>();
        Self {
            api: if path.contains("/v2/") {
                Api::V2
            } else {
                Api::V3
            },
            accepts_json: accepts_json(request.headers()),
            method: request.method().to_string(),
            raw_query: request.uri().query().unwrap_or_default().to_owned(),
            template: matched
                .map(|m| m.as_str().to_owned())
                .filter(|t| !t.contains('*')),
            path,
        }
    }

    /// It asks for one order: `/stores/{hash}/v2/orders/{id}`.
    fn is_of_order(&self) -> bool {
        let order = self.path.split_once("/v2/orders/").map(|(_, rest)| rest);
        order.is_some_and(|rest| rest.parse::<u32>().is_ok())
    }

    fn write(self, world: &World, status: StatusCode) {
        let query = Query::parse(&self.raw_query);
        let template = self.template.as_deref();
        let violation = spec::violation(template, &self.method, &query, self.accepts_json);
        let request = traffic::Request {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.raw_query.clone(),
            status: status.as_u16(),
            violation,
        };
        world
            .traffic()
            .note(template.unwrap_or("(unknown)"), request);
    }
}

/// V2 sends JSON only to those who ask for it by name; `*/*` is not enough.
fn accepts_json(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("application/json"))
}
