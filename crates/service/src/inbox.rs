//! What a person hands to a running process: events, over its admin address.
//!
//! The process that carries the stream inside itself is its only writer, so a
//! command cannot write to it from outside. It hands its event over here, and the
//! process checks and publishes it. Only this machine may: the peer must be the
//! loopback, and nothing that a browser or a proxy sends is taken.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    routing::post,
};
use tokio::sync::{mpsc, oneshot};

/// Where events are handed over.
pub const PATH: &str = "/decisions";
/// The type of their bodies. A page in a browser cannot send it unasked.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";
/// As many may wait; they come from people.
const WAITING: usize = 16;

/// An event that was handed over, and where the answer goes: its offset, or why
/// it is not taken.
#[derive(Debug)]
pub struct Submission {
    /// The event's bytes.
    pub event: Vec<u8>,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Result<u64, String>>,
}

/// The process's inbox. Until it is opened, nothing is taken.
#[derive(Debug, Clone, Default)]
pub struct Inbox(Arc<OnceLock<mpsc::Sender<Submission>>>);

impl Inbox {
    /// Begins to take events; none if another has begun already.
    pub fn open(&self) -> Option<mpsc::Receiver<Submission>> {
        let (sender, receiver) = mpsc::channel(WAITING);
        self.0.set(sender).is_ok().then_some(receiver)
    }

    pub(crate) fn routes(self) -> Router {
        Router::new().route(PATH, post(submit)).with_state(self)
    }
}

type Refusal = (StatusCode, String);

async fn submit(
    State(inbox): State<Inbox>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<u64>, Refusal> {
    check(peer, &headers)?;
    let refuse = |status, why: &str| (status, why.to_owned());
    let Some(sender) = inbox.0.get() else {
        return Err(refuse(
            StatusCode::NOT_FOUND,
            "this process does not carry the stream",
        ));
    };
    let (answer, answered) = oneshot::channel();
    let submission = Submission {
        event: body.to_vec(),
        answer,
    };
    let stopping = || refuse(StatusCode::SERVICE_UNAVAILABLE, "the process is stopping");
    sender.send(submission).await.map_err(|_| stopping())?;
    match answered.await {
        Ok(Ok(offset)) => {
            tracing::info!(offset, "a decision was handed over and is published");
            Ok(Json(offset))
        }
        Ok(Err(why)) => Err((StatusCode::UNPROCESSABLE_ENTITY, why)),
        Err(_) => Err(stopping()),
    }
}

fn check(peer: SocketAddr, headers: &HeaderMap) -> Result<(), Refusal> {
    let foreign = [header::ORIGIN.as_str(), "forwarded", "x-forwarded-for"];
    if !peer.ip().to_canonical().is_loopback() || foreign.iter().any(|it| headers.contains_key(*it))
    {
        return Err((
            StatusCode::FORBIDDEN,
            "decisions are taken from this machine alone: run the command beside the process"
                .to_owned(),
        ));
    }
    match headers.get(header::CONTENT_TYPE) {
        Some(kind) if kind == CONTENT_TYPE => Ok(()),
        _ => Err((
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("an event is sent as {CONTENT_TYPE}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(peer: &str, headers: &[(&'static str, &str)]) -> Option<StatusCode> {
        let headers = headers.iter().map(|(name, value)| {
            let name = axum::http::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        let checked = check(peer.parse().unwrap(), &headers.collect());
        checked.err().map(|(status, _)| status)
    }

    #[test]
    fn only_a_command_on_this_machine_is_heard() {
        let kind = ("content-type", CONTENT_TYPE);
        assert_eq!(refusal("127.0.0.1:5000", &[kind]), None);
        assert_eq!(refusal("[::1]:5000", &[kind]), None);
        assert_eq!(refusal("[::ffff:127.0.0.1]:5000", &[kind]), None);
        let forbidden = Some(StatusCode::FORBIDDEN);
        assert_eq!(refusal("10.0.0.7:5000", &[kind]), forbidden);
        for header in ["origin", "forwarded", "x-forwarded-for"] {
            assert_eq!(refusal("127.0.0.1:5000", &[kind, (header, "x")]), forbidden);
        }
        let other = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(
            refusal("127.0.0.1:5000", &[("content-type", "text/plain")]),
            other
        );
        assert_eq!(refusal("127.0.0.1:5000", &[]), other);
    }
}
