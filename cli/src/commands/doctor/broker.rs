//! The stream's broker.

use service::config::{Carrier, Config};
use stream::{JetStreamOptions, Stream, StreamError};

use super::findings::{Findings, chain};

pub(super) async fn check(config: &Config, findings: &mut Findings) {
    findings.about("stream");
    if config.stream.carrier == Carrier::Embedded {
        return findings.fine("broker", "embedded: one process, no broker to check");
    }
    match Stream::inspect(&JetStreamOptions::from(&config.stream)).await {
        Ok(()) if config.stream.require_sync_always => findings.fine(
            "broker",
            "the broker is reached, and syncs before it acknowledges",
        ),
        Ok(()) => findings.problem(
            "broker.sync",
            "nobody checks whether the broker syncs before it acknowledges",
            "set stream.require_sync_always = true, but for experiments",
        ),
        Err(error @ StreamError::Unavailable(_)) => findings.problem(
            "broker.reach",
            chain(error),
            "start nats-server, and check stream.urls, user and password",
        ),
        Err(error) => findings.problem(
            "broker.setup",
            chain(error),
            "start nats-server with deploy/nats/nats-server.conf, which has what is needed, and check stream.monitor_url",
        ),
    }
}
