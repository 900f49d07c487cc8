use anyhow::Context;
use clap::Args;
use stream::EventLog;

use super::DataArgs;
use crate::{exit::Outcome, progress};

/// Build the views anew from the log. Its owner (the projector, or `run`) must be stopped
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil replay")]
pub struct Replay {
    #[command(flatten)]
    data: DataArgs,
}

impl Replay {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let folder = self.data.folder()?;
        let log = EventLog::in_folder(&folder)?;
        let bar = progress::bar("replayed", log.last_offset());
        let views = projector::views_folder(&folder);
        let replay = tokio::task::spawn_blocking(move || {
            let last = projector::rebuild(&views, &log, |done, _| bar.set_position(done));
            bar.finish_and_clear();
            last
        });
        let last = replay.await.context("the replay died")??;
        println!("the views are rebuilt from {last} events");
        Ok(Outcome::Fine)
    }
}
