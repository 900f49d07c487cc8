//! What a process answers to its operators: health and metrics.

use std::{io, net::SocketAddr};

use axum::{
    Json, Router,
    extract::Request,
    http::{StatusCode, header::HOST},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    health,
    host::{self, Names},
    server::{self, Limits, Local},
};

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

/// Serves `/health/live`, `/health/ready` and `/metrics` until shut down, to those who
/// ask for this machine or for one of these names.
pub async fn serve(
    listener: TcpListener,
    names: Names,
    metrics: PrometheusHandle,
    shutdown: CancellationToken,
) {
    let routes = Router::new()
        .route("/health/live", get(|| async { StatusCode::OK }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(move || async move { metrics.render() }))
        .layer(middleware::from_fn(move |request, next| {
            ours_only(names.clone(), request, next)
        }));
    server::serve(listener, routes, Limits::default(), shutdown).await;
}

/// Refuses what a browser sends that was led here by another name.
async fn ours_only(names: Names, request: Request, next: Next) -> Response {
    let local = request.extensions().get::<Local>().map(|it| it.0.ip());
    let asked = request.headers().get(HOST).and_then(|it| it.to_str().ok());
    match asked.is_some_and(|asked| host::is_ours(asked, local, &names)) {
        true => next.run(request).await,
        false => (
            StatusCode::MISDIRECTED_REQUEST,
            "this address is not known by that name: see `admin.hosts` in the configuration\n",
        )
            .into_response(),
    }
}

async fn ready() -> impl IntoResponse {
    let components = health::components();
    let status = match health::is_ready(&components) {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(components))
}
