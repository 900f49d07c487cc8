//! The HTTP side of webhooks.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use jiff::Timestamp;
use schemas::{StoreKey, causes};
use service::{
    CancellationToken, Seat,
    server::{self, Limits},
};
use stream::Stream;
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};

use super::{Guard, Refusal, refusals::Refusals};
use crate::{events, metrics};

/// How long a sender may take over its body.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a webhook may wait to become durable. The store gives up on us
/// after a time that it does not publish.
const DURABLE_TIMEOUT: Duration = Duration::from_secs(6);

/// How much is taken at once.
#[derive(Debug, Clone, Copy)]
pub struct ReceiverLimits {
    /// The longest body that is read, in bytes.
    pub body: usize,
    /// Webhooks of the stores in hand at once; more are sent back at once, so that a
    /// stream that stands still does not pile them up here.
    pub in_flight: usize,
}

/// Takes the webhooks of all stores.
pub struct Receiver {
    guards: BTreeMap<String, Guard>,
    stream: Stream,
    limits: ReceiverLimits,
    permits: Semaphore,
    refusals: Refusals,
}

impl Receiver {
    /// A receiver of the webhooks that these guards admit.
    pub fn new(guards: Vec<Guard>, stream: Stream, limits: ReceiverLimits) -> Self {
        let guards = guards
            .into_iter()
            .map(|guard| (guard.store().to_string(), guard));
        Receiver {
            guards: guards.collect(),
            stream,
            limits,
            permits: Semaphore::new(limits.in_flight),
            refusals: Refusals::default(),
        }
    }

    /// Serves `POST /webhooks/{store}` until shut down; webhooks in hand are
    /// finished.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) {
        let limit = DefaultBodyLimit::max(self.limits.body);
        let routes = Router::new()
            .route("/webhooks/{store}", post(receive))
            .layer(limit)
            .with_state(Arc::new(self));
        server::serve(listener, routes, Limits::default(), shutdown).await;
    }

    async fn take(&self, store: &str, request: Request) -> Result<(), Refusal> {
        let started = Instant::now();
        let guard = self.guards.get(store).ok_or(Refusal::UnknownStore)?;
        let headers = request.headers().clone();
        // What strangers send is refused without its body, where the head tells.
        guard.admit_head(&headers, Timestamp::now())?;
        let seat = request.extensions().get::<Seat>().cloned();
        let body = self.body(request).await?;
        let now = Timestamp::now();
        let webhook = guard.admit(&headers, &body, now)?;
        // Only now it is the store's: strangers hold neither a seat nor a permit.
        let _in_hand = seat.as_ref().map(Seat::take_in_hand);
        let _permit = self.permits.try_acquire().map_err(|_| Refusal::Busy)?;
        let publish = self.stream.publish(events::webhook(webhook, now));
        match timeout(DURABLE_TIMEOUT, publish).await {
            Err(_) => Err(Refusal::Stalled),
            Ok(Err(error)) => Err(Refusal::Stream(error)),
            Ok(Ok(_)) => {
                let store = guard.store().as_str();
                metrics::ACCEPTED.add([store], 1);
                metrics::ANSWER.record([store], started.elapsed());
                Ok(())
            }
        }
    }

    async fn body(&self, request: Request) -> Result<Bytes, Refusal> {
        match timeout(READ_TIMEOUT, Bytes::from_request(request, &())).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Refusal::TooLarge {
                    limit: self.limits.body,
                })
            }
            Ok(Err(_)) | Err(_) => Err(Refusal::Unread),
        }
    }
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    Path(store): Path<String>,
    request: Request,
) -> Response {
    match receiver.take(&store, request).await {
        // Empty, as the store likes it best.
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => {
            let known = receiver.guards.get(&store).map(Guard::store);
            let store = known.map_or("", StoreKey::as_str);
            metrics::REFUSED.add([store, refusal.cause()], 1);
            if let Some(untold) = receiver.refusals.tell(refusal.cause(), Instant::now()) {
                tracing::warn!(
                    // A name that is not a store's is the sender's text.
                    store = known.map(tracing::field::display),
                    cause = refusal.cause(),
                    reason = %causes(&refusal),
                    untold,
                    "webhook refused"
                );
            }
            refusal.into_response()
        }
    }
}
