//! `counterfoil sandbox`: the stand-ins of a store and a pod, to try things on.

use clap::Args;

use crate::exit::Outcome;

/// Serve stand-ins for BigCommerce and Fusion, to try things on
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  counterfoil sandbox --webhooks http://127.0.0.1:8080/webhooks --orders 100 --refunds 10"
)]
pub(super) struct Sandbox {
    #[command(flatten)]
    sandbox: sandbox::cli::Args,
}

impl Sandbox {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        service::tls::init();
        sandbox::cli::run(self.sandbox).await?;
        Ok(Outcome::Fine)
    }
}
