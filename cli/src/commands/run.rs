//! `counterfoil run`: all services in one process.

use std::process::ExitCode;

use clap::Args;
use service::{ServiceArgs, process::Admin};

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
                if let Some(submissions) = process.inbox.open() {
                    tokio::spawn(decisions::answer(submissions, stream.clone()));
                }
                services::run_all(process.config, stream, process.shutdown).await
            },
        )
    }
}
