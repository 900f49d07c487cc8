//! What collectors of metrics are shown.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use service::metrics::{self, Kind};

service::metrics! {
    /// Journals that went out,
    /// by their way.
    pub SENT: Counter["ledger", "way"] = "counterfoil_test_sent_total", Count;
    /// How many wait.
    pub WAITING: Gauge[] = "counterfoil_test_waiting", Count;
    /// How long it took.
    pub TOOK: Histogram["ledger"] = "counterfoil_test_took_seconds", Seconds;
}

#[test]
fn a_metric_is_shown_with_its_labels_its_meaning_and_its_unit() {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&[0.1, 1.0])
        .unwrap()
        .build_recorder();
    let handle = recorder.handle();
    ::metrics::with_local_recorder(&recorder, || {
        metrics::describe(METRICS);
        SENT.add(["us", "post"], 2);
        SENT.add(["us", "post"], 1);
        WAITING.set_count([], 7);
        WAITING.set_flag([], true);
        TOOK.record(["eu"], Duration::from_millis(300));
    });
    let shown = handle.render();
    for line in [
        "# HELP counterfoil_test_sent_total Journals that went out, by their way. (unit: count)",
        "# TYPE counterfoil_test_sent_total counter",
        "counterfoil_test_sent_total{ledger=\"us\",way=\"post\"} 3",
        "counterfoil_test_waiting 1",
        "# HELP counterfoil_test_took_seconds How long it took. (unit: seconds)",
        "counterfoil_test_took_seconds_bucket{ledger=\"eu\",le=\"0.1\"} 0",
        "counterfoil_test_took_seconds_bucket{ledger=\"eu\",le=\"1\"} 1",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line} in:\n{shown}");
    }
}

#[test]
fn the_table_is_that_of_the_statics() {
    let kinds: Vec<Kind> = METRICS.iter().map(|metric| metric.kind).collect();
    assert_eq!(kinds, [Kind::Counter, Kind::Gauge, Kind::Histogram]);
    let page = metrics::page(&[METRICS]);
    let row = "| `counterfoil_test_sent_total` | counter | `ledger`, `way` | count | Journals that went out, by their way. |";
    assert!(page.lines().any(|it| it == row), "{page}");
}
