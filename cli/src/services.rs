//! All four services in one process.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use ingest::IngestError;
use mapper::MapperError;
use poster::PosterError;
use projector::ProjectorError;
use schemas::causes;
use service::{
    CancellationToken, Service,
    config::Config,
    health::{self, Component},
};
use stream::Stream;
use tokio::task::JoinSet;

const SERVICES: [&Service; 4] = [
    &ingest::SERVICE,
    &mapper::SERVICE,
    &poster::SERVICE,
    &projector::SERVICE,
];

/// How often it is looked whether a service has begun.
const BEGINNING: Duration = Duration::from_millis(20);
/// The pause before a service that ended is begun anew.
const PAUSE: Duration = Duration::from_secs(10);

/// Runs the services until they are shut down. One that ends for want of something
/// outside is begun anew after a pause, and the others go on; one that cannot use its
/// files, or its address, stops them all and is named.
pub(crate) async fn run_all(
    config: Arc<Config>,
    stream: Stream,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let mut services = JoinSet::new();
    let parts = SERVICES.map(|service| (service, health::component(starting(service))));
    for (service, health) in parts {
        let work = keep_running(
            service,
            health,
            config.clone(),
            stream.clone(),
            shutdown.clone(),
        );
        let name = service.name;
        services.spawn(async move { work.await.with_context(|| format!("{name} stopped")) });
    }
    drop(stream);
    let mut outcome = Ok(());
    while let Some(ended) = services.join_next().await {
        let ended = ended.context("a service died").and_then(|ended| ended);
        shutdown.cancel();
        if outcome.is_ok() {
            outcome = ended;
        }
    }
    outcome
}

/// What stands for a service in the health until it speaks for itself.
fn starting(service: &Service) -> String {
    format!("{}/service", service.name)
}

/// Waits until parts of the service stand in the health by themselves.
async fn has_begun(service: &Service) {
    let of_it = |part: &String| part.starts_with(service.name) && *part != starting(service);
    while !health::components().keys().any(of_it) {
        tokio::time::sleep(BEGINNING).await;
    }
}

async fn keep_running(
    service: &'static Service,
    health: Component,
    config: Arc<Config>,
    stream: Stream,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let name = service.name;
    loop {
        let mut work = service.start(config.clone(), stream.clone(), shutdown.clone());
        let outcome = tokio::select! {
            outcome = &mut work => outcome,
            () = has_begun(service) => {
                health.clone().withdraw();
                work.await
            }
        };
        let Err(error) = outcome else {
            return Ok(());
        };
        if shutdown.is_cancelled() || is_at_fault(&error) {
            return Err(error);
        }
        health.failing(error.to_string());
        let error = causes(error.as_ref()).to_string();
        tracing::error!(service = name, %error, "a service ended; it is begun anew after a pause");
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = shutdown.cancelled() => return Ok(()),
        }
    }
}

/// Whether its own files or address are at fault, which no waiting mends: nothing that
/// is away.
fn is_at_fault(error: &anyhow::Error) -> bool {
    let of_ingest = error.downcast_ref().is_some_and(|error| {
        matches!(
            error,
            IngestError::Listen(_)
                | IngestError::Watermarks(_)
                | IngestError::Register(_)
                | IngestError::Chains(_)
        )
    });
    let of_mapper = matches!(error.downcast_ref(), Some(MapperError::Rules(_)));
    let of_poster = matches!(error.downcast_ref(), Some(PosterError::Books { .. }));
    let of_projector = error
        .downcast_ref()
        .is_some_and(|error| !matches!(error, ProjectorError::ReadStream(_)));
    of_ingest || of_mapper || of_poster || of_projector
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use service::metrics::{Description, Kind, Unit, page};

    use super::*;

    fn all() -> impl Iterator<Item = &'static Description> {
        let services = SERVICES.iter().flat_map(|service| service.metrics);
        let tables = services.chain([&service::metrics::METRICS]);
        tables.flat_map(|table| table.iter().copied())
    }

    #[test]
    fn metrics_are_named_alike_and_each_once() {
        let mut names = BTreeSet::new();
        for metric in all() {
            let name = metric.name;
            assert!(name.starts_with("counterfoil_"), "{name}");
            assert!(names.insert(name), "{name} is there twice");
            let is_total = name.ends_with("_total");
            assert_eq!(is_total, metric.kind == Kind::Counter, "{name}");
            let is_seconds = name.ends_with("_seconds");
            assert_eq!(is_seconds, metric.unit == Unit::Seconds, "{name}");
        }
    }

    /// `UPDATE_CONTRACT=1 cargo test -p cli` writes the page.
    #[test]
    fn the_page_of_metrics_lists_all_of_them() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
        let written = std::fs::read_to_string(&file).unwrap();
        let head = written.split("\n## ").next().unwrap().trim_end();
        let mut expected = format!("{head}\n\n## Every process\n\n");
        expected += &page(&[service::metrics::METRICS]);
        for service in SERVICES {
            expected += &format!("\n## `{}`\n\n{}", service.name, page(service.metrics));
        }
        if std::env::var_os("UPDATE_CONTRACT").is_some() {
            std::fs::write(&file, &expected).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), expected);
    }
}
