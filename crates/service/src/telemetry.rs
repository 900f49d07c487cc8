//! Logs on standard error and metrics for Prometheus.

use std::io::{self, IsTerminal, Write};

use answer::masks;
use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, TelemetryConfig};

/// Starts logging. `RUST_LOG` goes before the configuration.
pub fn init_logs(config: &TelemetryConfig) -> anyhow::Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(text) if !text.is_empty() => {
            EnvFilter::try_new(&text).context("RUST_LOG is not a log filter")?
        }
        _ => EnvFilter::try_new(&config.log).context("telemetry.log is not a log filter")?,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(|| MaskedLines(io::stderr()));
    match config.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .map_err(|error| anyhow::anyhow!("cannot start logging: {error}"))
}

/// Starts collecting metrics; the handle renders them.
pub fn init_metrics() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets(&[
            0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0,
        ])
        .and_then(|builder| builder.install_recorder())
        .context("cannot start collecting metrics")
}

/// Where lines of the log go, without the secrets that are known: a library may log
/// what it was sent.
struct MaskedLines<W>(W);

impl<W: Write> Write for MaskedLines<W> {
    /// A line comes as a whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.0.write_all(masks::mask(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_without_secrets() {
        masks::learn("token-of-the-log-test");
        let mut lines = MaskedLines(Vec::new());
        lines
            .write_all(b"sent token-of-the-log-test away\n")
            .unwrap();
        assert_eq!(lines.0, b"sent *** away\n");
    }
}
