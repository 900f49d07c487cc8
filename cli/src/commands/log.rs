//! `counterfoil log`: checks, exports and rebuilds the event log.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use eventlog::{ClosedLog, EventLog, LogError, LogOptions, Offset, VerifyReport};
use service::{
    ServiceArgs,
    config::{Carrier, Config},
};
use stream::Start;

use super::data_folder::DataArgs;
use crate::{exit::Outcome, progress};

/// Records read at a time.
const CHUNK: usize = 1000;

/// Read, check, export or rebuild the log. Its owner (the projector, or `run`) must be stopped
#[derive(Debug, Args)]
pub(super) struct LogArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Read(Read),
    Verify(Verify),
    Export(Export),
    Rebuild(Rebuild),
}

/// Print events as they were written, one JSON object a line
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil log read --from 100 --to 120 --type order.mapped")]
struct Read {
    #[command(flatten)]
    data: DataArgs,
    /// The first offset
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// The last offset; by default the log's last
    #[arg(long)]
    to: Option<u64>,
    /// Only events whose subject begins so, such as `order.mapped` or `journal`
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
}

/// Check every record: its CRC, its place, the chain of hashes, the index of ids
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil log verify\n\n\
                  Exits with 3 and names the offset if the log is damaged.")]
struct Verify {
    #[command(flatten)]
    data: DataArgs,
}

/// Write all events to a file that a log can be rebuilt from
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  counterfoil log export > events.jsonl")]
struct Export {
    #[command(flatten)]
    data: DataArgs,
}

/// Build the log anew from the stream or an export; the old one is moved aside, not deleted
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil log rebuild\n  counterfoil log rebuild --export events.jsonl\n\n\
                  A log that would come out shorter than the one that is there is not put in its place."
)]
struct Rebuild {
    #[command(flatten)]
    service: ServiceArgs,
    /// Read this export instead of the stream
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Put a shorter log in the place of a longer one: what it lacks is given up
    #[arg(long)]
    shorter: bool,
}

impl LogArgs {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Read(read) => read.run(),
            Action::Verify(verify) => verify.run(),
            Action::Export(export) => export.run(),
            Action::Rebuild(rebuild) => rebuild.run().await,
        }
    }
}

impl Read {
    fn run(self) -> anyhow::Result<Outcome> {
        let log = EventLog::open_in(&self.data.folder()?)?;
        let last = Offset(self.to.unwrap_or(u64::MAX)).min(log.last_offset());
        let mut out = std::io::stdout().lock();
        let mut next = Offset(self.from.max(1));
        while next <= last {
            for record in log.read(next, CHUNK)? {
                next = record.offset.next();
                if record.offset > last || !self.wants(&record.event.subject) {
                    continue;
                }
                let event = String::from_utf8_lossy(&record.event.bytes);
                writeln!(
                    out,
                    "{{\"offset\":{},\"hash\":\"{}\",\"event\":{event}}}",
                    record.offset, record.hash
                )?;
            }
        }
        Ok(Outcome::Fine)
    }

    fn wants(&self, subject: &str) -> bool {
        self.kind
            .as_ref()
            .is_none_or(|kind| subject.starts_with(kind))
    }
}

impl Verify {
    fn run(self) -> anyhow::Result<Outcome> {
        let log = match EventLog::open_in(&self.data.folder()?) {
            Ok(log) => log,
            Err(error @ (LogError::Damaged { .. } | LogError::Unreadable { .. })) => {
                return damaged(&error);
            }
            Err(error) => return Err(error.into()),
        };
        let bar = progress::bar("verified", log.last_offset().0);
        let outcome = log.verify(|done, _| bar.set_position(done));
        bar.finish_and_clear();
        match outcome {
            Ok(report) => {
                println!(
                    "{} records are whole; the last has hash {}",
                    report.records, report.last_hash
                );
                Ok(Outcome::Fine)
            }
            Err(error @ LogError::Damaged { .. }) => damaged(&error),
            Err(error) => Err(error.into()),
        }
    }
}

fn damaged(error: &LogError) -> anyhow::Result<Outcome> {
    println!("{error}");
    println!("rebuild it with `counterfoil log rebuild`, from the stream or an export");
    Ok(Outcome::NotInOrder)
}

impl Export {
    fn run(self) -> anyhow::Result<Outcome> {
        let log = EventLog::open_in(&self.data.folder()?)?;
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let count = log.export(&mut out)?;
        out.flush()?;
        eprintln!("{count} events exported");
        Ok(Outcome::Fine)
    }
}

impl Rebuild {
    async fn run(self) -> anyhow::Result<Outcome> {
        let config = Config::load(&self.service.config)?;
        let folder = eventlog::folder(&config.data_dir);
        let held = ClosedLog::hold(&folder)?;
        let fresh = config.data_dir.join("log.rebuilding");
        if fresh.exists() {
            std::fs::remove_dir_all(&fresh)
                .with_context(|| format!("cannot clear {} of an earlier try", fresh.display()))?;
        }
        let report = self.build(&config, &fresh).await?;
        let before = held.as_ref().map_or(0, |held| held.last_offset().0);
        self.check_length(before, report.records)?;
        if held.is_some() {
            let aside = aside(&folder)?;
            std::fs::rename(&folder, &aside)?;
            println!("the old log is kept in {}", aside.display());
        }
        std::fs::rename(&fresh, &folder)?;
        if report.records < before && config.stream.carrier == Carrier::Embedded {
            service::stream::forget(&config).context("cannot forget what was seen of the log")?;
        }
        println!(
            "{} records rebuilt; the last has hash {}",
            report.records, report.last_hash
        );
        Ok(Outcome::Fine)
    }

    async fn build(&self, config: &Config, fresh: &Path) -> anyhow::Result<VerifyReport> {
        if let Some(file) = &self.export {
            let file = std::fs::File::open(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let export = std::io::BufReader::new(file);
            let rebuilt = EventLog::rebuild_from_export(export, fresh, LogOptions::default());
            return Ok(rebuilt.await?);
        }
        ensure!(
            config.stream.carrier == Carrier::Jetstream,
            "the log itself carries the stream: build it from an export (--export FILE)"
        );
        service::tls::init();
        let stream = service::stream::connect(config).await?;
        let until = stream.last_sequence().await?;
        let mut reader = stream.reader(Start::Beginning, &[]).await?;
        let rebuilt = stream::rebuild_from_stream(&mut reader, until, fresh, LogOptions::default());
        Ok(rebuilt.await?)
    }

    /// What a shorter log lacks is gone for whoever reads it.
    fn check_length(&self, before: u64, now: u64) -> anyhow::Result<()> {
        ensure!(
            self.shorter || now > 0,
            "what the log is to be built from holds no events: nothing is changed"
        );
        ensure!(
            self.shorter || now >= before,
            "the log holds {before} events and would come out with {now}: nothing is changed. If the others are to be given up, say so with --shorter"
        );
        Ok(())
    }
}

/// A name beside the log that is free.
fn aside(folder: &Path) -> anyhow::Result<PathBuf> {
    (1..1000)
        .map(|number| folder.with_extension(format!("damaged-{number}")))
        .find(|path| !path.exists())
        .context("a thousand damaged logs lie beside this one: remove some")
}
