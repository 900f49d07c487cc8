//! Going through the log once more: to build the views, to see what other rules
//! would change, or to prove that what was mapped follows from its causes.

mod verify;
mod what_if;

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{ArgGroup, Args};
use eventlog::EventLog;
use replay::Range;

use super::DataArgs;
use crate::{exit::Outcome, format::Format, progress};

/// Build the views anew from the log, or look what other rules would change. The log's owner (the projector, or `run`) must be stopped
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("mode").args(["rules", "verify"]).multiple(true),
    after_help = "Examples:\n  \
        counterfoil replay\n  \
        counterfoil replay --from 1 --rules new.toml\n  \
        counterfoil replay --rules new.toml --all --format csv > changes.csv\n  \
        counterfoil replay --verify\n  \
        counterfoil replay --verify --rules rules-of-october.toml --rules rules-of-november.toml\n\n\
        With --rules, what the log has of orders and refunds is mapped again by those rules and compared \
        with what was mapped: nothing is sent and nothing is written.\n\n\
        With --verify, every verdict of the mapper is derived again from its cause and compared byte for byte. \
        The configuration's rules are known by themselves; name earlier ones by --rules. \
        Exits with 3 if a verdict deviates, or if one cannot be checked because its rules were not given."
)]
pub(super) struct Replay {
    #[command(flatten)]
    data: DataArgs,
    /// Compare with these rules; with --verify, rules that verdicts in the log were made by
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Derive every verdict of the mapper again and compare
    #[arg(long)]
    verify: bool,
    /// The first offset
    #[arg(long, value_name = "N", default_value_t = 1, requires = "mode")]
    from: u64,
    /// The last offset; by default the log's last
    #[arg(long, value_name = "N", requires = "mode")]
    to: Option<u64>,
    #[arg(long, value_enum, default_value_t = Format::Table, requires = "mode")]
    format: Format,
    /// How many orders to show one by one, those with the most change first
    #[arg(long, value_name = "N", default_value_t = 20, requires = "mode")]
    top: usize,
    /// Show all orders that change
    #[arg(long, requires = "mode", conflicts_with = "top")]
    all: bool,
}

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
        let log = service::stream::open_log(&folder)?;
        let bar = progress::bar("replayed", log.last_offset().0);
        let views = views::folder(&folder);
        let last = projector::rebuild(&views, &log, |done, _| bar.set_position(done));
        bar.finish_and_clear();
        println!("the views are rebuilt from {} events", last?);
        Ok(Outcome::Fine)
    }

    /// The log and the part of it that was asked for.
    fn part(&self) -> anyhow::Result<(EventLog, Range)> {
        let folder = self.data.folder()?;
        ensure!(
            folder.join("log").is_dir(),
            "there is no log in {}: name the data folder by --data or its configuration by -c",
            folder.display()
        );
        let log = service::stream::open_log(&folder)?;
        let range = Range::of(&log, self.from, self.to);
        ensure!(
            !range.is_empty(),
            "the log has no events from {} to {}: it ends at {}",
            self.from,
            self.to.map_or("its end".to_owned(), |to| to.to_string()),
            log.last_offset()
        );
        Ok((log, range))
    }

    /// How many orders are shown one by one.
    fn most(&self) -> usize {
        if self.all { usize::MAX } else { self.top }
    }
}
