//! The whole way, on this machine alone: two stores and a Fusion pod, played by
//! stand-ins, and between them the services as they run in production.

mod script;
mod stage;
mod watch;

use std::path::PathBuf;

use clap::Args;

use crate::{exit::Outcome, tables};
use stage::Stage;

/// Show the whole way with stand-ins for both sides: orders, refunds, faults, and the proof
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil demo\n  counterfoil demo --serve --dir demo-data\n\n\
                  Exits with 0 when every order and refund is posted but those that must be parked, and with 3 if not."
)]
pub(super) struct Demo {
    /// How many orders, over both stores
    #[arg(long, default_value_t = 300)]
    orders: u32,
    /// How many refunds of them
    #[arg(long, default_value_t = 30)]
    refunds: u32,
    /// The seed of everything that is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to keep the data; by default a folder that is deleted at the end
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Stay up when done, until Ctrl-C
    #[arg(long)]
    serve: bool,
}

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let temporary = tempfile::tempdir()?;
        let folder = match &self.dir {
            Some(folder) => folder.clone(),
            None => temporary.path().to_owned(),
        };
        let stage = Stage::set(&folder, self.seed).await?;
        stage.announce();
        let forged_answer = script::play(&stage, self.orders, self.refunds).await?;
        let proof = watch::until_posted(&stage, forged_answer).await?;

        println!("{}", tables::reconciliation(&proof.reconciliation));
        for line in proof.verdict() {
            println!("{line}");
        }
        if self.serve {
            stage.invite();
            tokio::signal::ctrl_c().await?;
        }
        let holds = proof.holds();
        stage.strike().await?;
        Ok(Outcome::in_order(holds))
    }
}
