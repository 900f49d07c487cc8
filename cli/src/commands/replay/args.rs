//! What a replay is asked for, and the part of the log that it goes through.

use std::path::PathBuf;

use anyhow::ensure;
use clap::{ArgGroup, Args};
use eventlog::EventLog;
use replay::Range;

use super::super::data_folder::DataArgs;
use crate::format::Format;

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
pub(in crate::commands) struct Replay {
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// Compare with these rules; with --verify, rules that verdicts in the log were made by
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Vec<PathBuf>,
    /// Derive every verdict of the mapper again and compare
    #[arg(long)]
    pub(super) verify: bool,
    /// The first offset
    #[arg(long, value_name = "N", default_value_t = 1, requires = "mode")]
    pub(super) from: u64,
    /// The last offset; by default the log's last
    #[arg(long, value_name = "N", requires = "mode")]
    pub(super) to: Option<u64>,
    #[arg(long, value_enum, default_value_t = Format::Table, requires = "mode")]
    pub(super) format: Format,
    /// How many orders to show one by one, those with the most change first
    #[arg(long, value_name = "N", default_value_t = 20, requires = "mode")]
    pub(super) top: usize,
    /// Show all orders that change
    #[arg(long, requires = "mode", conflicts_with = "top")]
    pub(super) all: bool,
}

impl Replay {
    /// The log and the part of it that was asked for.
    pub(super) fn part(&self) -> anyhow::Result<(EventLog, Range)> {
        let folder = self.data.folder()?;
        ensure!(
            eventlog::folder(&folder).is_dir(),
            "there is no log in {}: name the data folder by --data or its configuration by -c",
            folder.display()
        );
        let log = EventLog::open_in(&folder)?;
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
    pub(super) fn most(&self) -> usize {
        if self.all { usize::MAX } else { self.top }
    }
}
