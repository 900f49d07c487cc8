//! `counterfoil health`: whether a running process is well, for people and containers.

use std::time::Duration;

use answer::Limit;
use anyhow::Context;
use clap::Args;

use crate::exit::Outcome;

/// A process that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(4);
/// The largest answer that is shown, in bytes; metrics have some ten thousand.
const LARGEST: usize = 4 << 20;

/// Ask a running process whether it is well, as a container's health check does
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil health http://127.0.0.1:9101/health/ready")]
pub(super) struct Health {
    /// The address to ask, with its path
    #[arg(default_value = "http://127.0.0.1:9100/health/ready")]
    url: String,
}

impl Health {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        service::tls::init();
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let answer = client
            .get(&self.url)
            .send()
            .await
            .with_context(|| format!("{} does not answer", self.url))?;
        let well = answer.status().is_success();
        let read = answer::read(answer, Limit::new(LARGEST, PATIENCE)).await;
        let text = read.with_context(|| format!("the answer of {} cannot be read", self.url))?;
        print!("{}", String::from_utf8_lossy(&text));
        Ok(Outcome::in_order(well))
    }
}
