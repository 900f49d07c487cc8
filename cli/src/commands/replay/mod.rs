//! Going through the log once more: to build the views, to see what other rules
//! would change, or to prove that what was mapped follows from its causes.

mod args;
mod verify;
mod what_if;

use anyhow::Context;
use eventlog::EventLog;

pub(super) use self::args::Replay;
use crate::{exit::Outcome, progress};

impl Replay {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let replay = move || match (self.verify, self.rules.is_empty()) {
            (true, _) => self.verify(),
            (false, false) => self.what_if(),
            (false, true) => self.views(),
        };
        tokio::task::spawn_blocking(replay)
            .await
            .context("the replay died")?
    }

    fn views(&self) -> anyhow::Result<Outcome> {
        let folder = self.data.folder()?;
        let log = EventLog::open_in(&folder)?;
        let bar = progress::bar("replayed", log.last_offset().0);
        let views = views::folder(&folder);
        let last = projector::rebuild(&views, &log, |done, _| bar.set_position(done));
        bar.finish_and_clear();
        println!("the views are rebuilt from {} events", last?);
        Ok(Outcome::Fine)
    }
}
