//! Serving HTTP to whoever connects: webhooks, health and metrics.
//!
//! Whoever connects decides what is sent, and how slowly. So a head has limits of time,
//! bytes and headers; a connection may not lie idle for ever, nor live for ever; and
//! when there are as many as there may be, the one that has been idle longest gives way.
//! What is in hand is never given up for a new connection.

use std::{pin::pin, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, Response, header::CONNECTION},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::{
    process_limits,
    seats::{Seat, Seats},
};

/// The longest head, in bytes.
const HEAD: usize = 16 << 10;
/// What of a connection is held at once, in bytes.
const BUFFER: usize = 2 * HEAD;
/// The most headers of a request.
const HEADERS: usize = 64;
/// The pause after the system had no connection to give.
const PAUSE: Duration = Duration::from_millis(20);

/// What one address gives to those who connect.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// From the connection to the end of its first head; and how long a request may
    /// still take when its connection is to be closed.
    pub head: Duration,
    /// From an answer to the end of the next head. A proxy keeps its connections for a
    /// minute, and must be the first to close them.
    pub idle: Duration,
    /// From the connection to its end.
    pub life: Duration,
}

impl Default for Limits {
    /// As many connections as the process may have files open, less what it needs for
    /// itself, and no more than are of use.
    fn default() -> Limits {
        Limits {
            connections: process_limits::files_to_spare().min(4096),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            life: Duration::from_secs(900),
        }
    }
}

/// Serves these routes until shut down, and finishes what is in hand. Handlers find
/// their connection's [`Seat`] in the request's extensions.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let seats = Seats::default();
    let tasks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Mostly too many open files: one is closed, or some moment later there
            // are fewer.
            seats.free_one();
            sleep(PAUSE).await;
            continue;
        };
        // Without a seat, all others being in hand, it is closed at once.
        if let Some(seat) = seats.take(limits.connections) {
            let (routes, shutdown) = (routes.clone(), shutdown.clone());
            tasks.spawn(attend(stream, seat, routes, limits, shutdown));
        }
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

/// Answers one connection until its end.
async fn attend(
    stream: TcpStream,
    seat: Seat,
    routes: Router,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let local = stream.local_addr().ok();
    let service = service_fn(|request: Request<Incoming>| {
        seat.has_asked();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(seat.clone());
        if let Some(local) = local {
            request.extensions_mut().insert(Local(local));
        }
        let answer = routes.clone().oneshot(request);
        async { answer.await.map(close_after_refusal) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_header_size(HEAD)
        .max_buf_size(BUFFER)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // How it ended is of no interest: its sender knows.
        _ = connection.as_mut() => return,
        () = seat.lost() => return,
        () = seat.silent(limits.head) => return,
        () = sleep(limits.life) => {}
        () = shutdown.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = connection => {}
        () = seat.lost() => {}
        () = sleep(limits.head) => {}
    }
}

/// The address that a connection came to, in the extensions of its requests.
#[derive(Debug, Clone, Copy)]
pub struct Local(pub std::net::SocketAddr);

/// Only who was served may go on: others connect anew for each try.
fn close_after_refusal(mut answer: Response<Body>) -> Response<Body> {
    if answer.status().is_client_error() {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(CONNECTION, close);
    }
    answer
}
