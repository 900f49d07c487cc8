//! The pod over HTTP.

mod admin;
mod books;
mod collection;
mod erpintegrations;
mod error;
mod finders;
mod gate;
mod integration;
mod journal_batches;
mod lov;
mod query;
mod resource;
mod scheduler;
mod token;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::routing::{get, post};
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::config::FusionConfig;
use super::pod::Pod;

/// Where the financials resources live.
const RESOURCES: &str = "/fscmRestApi/resources/11.13.18.05";

/// What every handler shares.
#[derive(Debug)]
pub(super) struct App {
    pod: Mutex<Pod>,
    base_url: String,
}

impl App {
    /// A fresh pod that calls itself by this URL.
    pub(super) fn new(config: FusionConfig, base_url: String) -> Self {
        Self {
            pod: Mutex::new(Pod::new(config)),
            base_url,
        }
    }

    /// The pod as it is now: everything due has happened.
    fn pod(&self) -> MutexGuard<'_, Pod> {
        let mut pod = self.pod.lock().unwrap_or_else(PoisonError::into_inner);
        let now = pod.now();
        pod.advance(now);
        pod
    }

    /// The URL resources are linked under.
    fn resources(&self) -> String {
        format!("{}{RESOURCES}", self.base_url)
    }
}

/// Serves until stopped; then drops what connections there are.
pub(super) async fn run(app: Arc<App>, listener: TcpListener, stop: CancellationToken) {
    let service = router(app).into_make_service_with_connect_info::<wire::Wire>();
    let stopped = stop.clone().cancelled_owned();
    let listener = wire::CuttableListener { listener, stop };
    tokio::select! {
        () = stopped => {}
        ended = axum::serve(listener, service) => {
            if let Err(failure) = ended {
                error!(error = %failure, "the Fusion stand-in stopped serving");
            }
        }
    }
}

fn router(app: Arc<App>) -> Router {
    let resource = |path: &str| format!("{RESOURCES}/{path}");
    let gated = Router::new()
        .route("/oauth2/v1/token", post(token::grant))
        .route(
            &resource("erpintegrations"),
            post(erpintegrations::operate).get(finders::find),
        )
        .route("/ess/rest/scheduler/v1/requests", get(scheduler::list))
        .route("/ess/rest/scheduler/v1/requests/{id}", get(scheduler::one))
        .route(&resource("journalBatches"), get(journal_batches::list))
        .route(
            &resource("journalBatches/{batch}"),
            get(journal_batches::one)
                .patch(journal_batches::change)
                .delete(journal_batches::delete),
        )
        .route(
            &resource("journalBatches/{batch}/child/{child}"),
            get(journal_batches::children),
        )
        .route(
            &resource("journalBatches/{batch}/child/journalHeaders/{header}"),
            get(journal_batches::header),
        )
        .route(
            &resource("journalBatches/{batch}/child/journalHeaders/{header}/child/journalLines"),
            get(journal_batches::lines),
        )
        .route(&resource("currencyRates"), get(lov::rates))
        .route(
            &resource("valueSets/{set}/child/values"),
            get(lov::segment_values),
        )
        .route(&resource("{list}"), get(lov::list))
        .layer(middleware::from_fn_with_state(app.clone(), gate::gate));
    gated.merge(admin::router()).with_state(app)
}
