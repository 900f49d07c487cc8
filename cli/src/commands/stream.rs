//! `counterfoil stream`: fills the broker's stream from the log.

use ::stream::{JetStreamOptions, Restored};
use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use eventlog::EventLog;
use service::{
    ServiceArgs,
    config::{Carrier, Config},
};

use crate::{exit::Outcome, progress};

/// Fill the broker's stream from the log, when the broker has lost it
#[derive(Debug, Args)]
pub(super) struct StreamArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Restore(Restore),
}

/// Write every event of the log to the broker: the same ids in the same order, under the same id of the stream
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil stream restore\n  counterfoil stream restore -c prod.toml\n\n\
                  Stop the projector first, which owns the log; the other services may run: they wait, \
                  and go on by themselves. A stream that holds the first events of the log is filled up; \
                  one that holds anything else is left as it is. If it is cut off, run it again. \
                  Where the log itself carries the stream, use `counterfoil log rebuild`.\n\n\
                  Exits with 3 if a service has seen more than the log holds."
)]
struct Restore {
    #[command(flatten)]
    service: ServiceArgs,
}

impl StreamArgs {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Restore(restore) => restore.run().await,
        }
    }
}

impl Restore {
    async fn run(self) -> anyhow::Result<Outcome> {
        let config = Config::load(&self.service.config)?;
        ensure!(
            config.stream.carrier == Carrier::Jetstream,
            "the log itself carries the stream: there is no broker to fill"
        );
        let folder = eventlog::folder(&config.data_dir);
        ensure!(
            folder.is_dir(),
            "there is no log in {}: name the configuration that the projector uses",
            config.data_dir.display()
        );
        service::tls::init();
        let log = EventLog::open_in(&config.data_dir)
            .context("the log cannot be opened: is the projector stopped?")?;
        let bar = progress::bar("restored", log.last_offset().0);
        let options = JetStreamOptions::from(&config.stream);
        let restored = ::stream::restore(&options, &log, |done, _| bar.set_position(done)).await;
        bar.finish_and_clear();
        let restored = restored?;
        print(&restored);
        Ok(Outcome::in_order(restored.ahead.is_empty()))
    }
}

fn print(restored: &Restored) {
    let Restored {
        stream,
        last,
        written,
        ahead,
    } = restored;
    match written {
        0 => println!("stream {stream} is whole: it ends at {last}"),
        written => println!("{written} events restored to stream {stream}, which ends at {last}"),
    }
    for position in ahead {
        println!(
            "{position} has come further than the log: what lay between is lost. When it is certain that no newer copy exists, remove the position (nats stream purge, --subject {position}) and, in the data folder of each service, `seen`"
        );
    }
}
