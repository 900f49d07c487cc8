//! What a process answers to its operators: health and metrics, and its inbox.

use std::{io, net::SocketAddr};

use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{health, inbox::Inbox};

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program listens there.
    #[error("{address} is taken by another program: stop it, or set `{key}` to another address")]
    Taken {
        /// The address.
        address: SocketAddr,
        /// The key of the configuration that gives it.
        key: String,
    },
    /// The system does not let us listen there.
    #[error("cannot listen on {address} (`{key}`)")]
    Other {
        /// The address.
        address: SocketAddr,
        /// The key of the configuration that gives it.
        key: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Listens on an address that the configuration gives under `key`.
pub async fn listen(address: SocketAddr, key: &str) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|source| {
        let key = key.to_owned();
        match source.kind() {
            io::ErrorKind::AddrInUse => ListenError::Taken { address, key },
            _ => ListenError::Other {
                address,
                key,
                source,
            },
        }
    })
}

/// Serves `/health/live`, `/health/ready`, `/metrics` and the inbox until shut down.
pub async fn serve(
    listener: TcpListener,
    metrics: PrometheusHandle,
    inbox: Inbox,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let routes = Router::new()
        .route("/health/live", get(|| async { StatusCode::OK }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(move || async move { metrics.render() }))
        .merge(inbox.routes())
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, routes)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
}

async fn ready() -> impl IntoResponse {
    let components = health::components();
    let status = match health::is_ready(&components) {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(components))
}
