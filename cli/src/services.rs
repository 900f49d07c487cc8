//! All four services in one process.

use std::sync::Arc;

use anyhow::Context;
use service::{CancellationToken, Service, config::Config};
use stream::Stream;
use tokio::task::JoinSet;

const SERVICES: [&Service; 4] = [
    &ingest::SERVICE,
    &mapper::SERVICE,
    &poster::SERVICE,
    &projector::SERVICE,
];

/// Runs the services until they are shut down. The first that fails stops the
/// others and is named.
pub(crate) async fn run_all(
    config: Arc<Config>,
    stream: Stream,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let mut services = JoinSet::new();
    for service in SERVICES {
        let work = service.start(config.clone(), stream.clone(), shutdown.clone());
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
