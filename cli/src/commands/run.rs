//! `counterfoil run`: all services in one process.

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use clap::Args;
use service::{ServiceArgs, config::Carrier, process::Admin};

use crate::services;

/// Run all four services in one process, on the embedded stream or on NATS
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil run\n  COUNTERFOIL__STREAM__CARRIER=jetstream counterfoil run -c prod.toml"
)]
pub(super) struct Run {
    #[command(flatten)]
    service: ServiceArgs,
}

impl Run {
    pub(super) fn run(self) -> ExitCode {
        service::process::run(
            self.service,
            "counterfoil",
            |config| Admin {
                address: config.admin.run,
                key: "admin.run".to_owned(),
            },
            async |process| {
                let stream = service::stream::open_any(&process.config, &process.shutdown).await?;
                // Over a broker, whoever decides writes to the stream.
                if process.config.stream.carrier == Carrier::Embedded {
                    let data_dir = &process.config.data_dir;
                    let submissions =
                        service::inbox::open(data_dir).with_context(|| no_inbox(data_dir))?;
                    tokio::spawn(decisions::answer(submissions, stream.clone()));
                }
                services::run_all(process.config, stream, process.shutdown).await
            },
        )
    }
}

fn no_inbox(data_dir: &Path) -> String {
    format!(
        "decisions cannot be taken at {}: a socket's whole path has at most 107 bytes, so give `data_dir` a shorter one if it is longer",
        service::inbox::path(data_dir).display()
    )
}
