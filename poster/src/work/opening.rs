//! The beginning of the work on a ledger: the books are brought up to date, and the
//! ledger is looked up on its pod.

use std::{convert::Infallible, sync::Arc};

use fusion::{Fusion, checks::setup};
use schemas::LedgerKey;
use service::{
    CancellationToken, Clock,
    config::{Config, LedgerConfig, PosterConfig},
};
use stream::Stream;

use super::{
    alarm,
    backoff::Backoff,
    bookkeeping::Bookkeeping,
    halt::{Halt, Turn},
    ledger::Ledger,
    poster::Poster,
    recorder::Recorder,
};
use crate::error::PosterError;

/// A ledger whose books are open, and which was not looked up yet: nothing can be
/// sent to it.
pub(crate) struct Opening {
    key: LedgerKey,
    config: LedgerConfig,
    options: PosterConfig,
    fusion: Arc<Fusion>,
    recorder: Recorder,
    bookkeeping: Bookkeeping,
}

impl Opening {
    /// Opens the ledger's books and begins to read where they end.
    pub(crate) async fn of(
        key: &LedgerKey,
        config: &Config,
        fusion: Arc<Fusion>,
        stream: Stream,
        shutdown: CancellationToken,
        clock: Clock,
    ) -> Result<Opening, PosterError> {
        let bookkeeping = Bookkeeping {
            key: key.clone(),
            folder: config.data_dir.join("poster"),
            stream,
            clock,
            shutdown,
        };
        Ok(Opening {
            key: key.clone(),
            config: config.ledgers[key].clone(),
            options: config.poster.clone(),
            fusion,
            recorder: bookkeeping.open().await?,
            bookkeeping,
        })
    }

    /// Works until shut down, or until something that no event can put right. Under
    /// an alarm it stands still; shut down then, it ends with that as its error. Books
    /// that turn out to be damaged are rebuilt, and it begins again.
    pub(crate) async fn run(mut self) -> Result<(), PosterError> {
        loop {
            let (ledger, status) = (self.key.clone(), self.recorder.status().clone());
            let (config, options) = (self.config.clone(), self.options.clone());
            let (fusion, bookkeeping) = (self.fusion.clone(), self.bookkeeping.clone());
            let Err(halt) = self.work().await;
            let outcome = match halt {
                Halt::Books(error) if error.is_damage() => {
                    status.fails(format!("{error}: they are rebuilt from the stream"));
                    bookkeeping.begin_anew(error).await
                }
                halt => {
                    return halt
                        .of(ledger)
                        .inspect_err(|it| status.fails(it.to_string()));
                }
            };
            self = Opening {
                recorder: outcome.inspect_err(|it| status.fails(it.to_string()))?,
                key: ledger,
                config,
                options,
                fusion,
                bookkeeping,
            };
        }
    }

    async fn work(mut self) -> Turn<Infallible> {
        self.recorder.catch_up().await?;
        self.recorder.status().works();
        tracing::info!(ledger = %self.key, position = %self.recorder.books().position().sequence(), "the books are up to date");
        let (ledger, recorder) = self.look_up().await?;
        Poster::of(ledger, recorder).work().await
    }

    /// Looks the ledger up, and ends the work if it is not the one that was meant.
    /// Fusion's being away is waited out.
    async fn look_up(mut self) -> Turn<(Ledger, Recorder)> {
        let (clock, status) = (
            self.recorder.clock().clone(),
            self.recorder.status().clone(),
        );
        let mut backoff = Backoff::new(&self.options, clock.now());
        loop {
            // Before anything else, also after a restart.
            alarm::wait_for_acknowledgement(&mut self.recorder).await?;
            self.recorder.stop_if_asked()?;
            self.recorder.read_until(Some(backoff.due())).await?;
            self.recorder.stop_if_asked()?;
            if !backoff.is_due(clock.now()) {
                continue;
            }
            match setup::look_up(&self.fusion, &self.config).await {
                Ok(Ok(setup)) => {
                    status.works();
                    self.config.id = Some(setup.ledger);
                    let ledger = Ledger {
                        key: self.key,
                        config: self.config,
                        options: self.options,
                        setup,
                        fusion: self.fusion,
                        clock,
                        status,
                    };
                    return Ok((ledger, self.recorder));
                }
                Ok(Err(source)) => {
                    let ledger = self.key;
                    return Err(Halt::Failed(PosterError::Setup { ledger, source }));
                }
                Err(error) => {
                    status.call_failed(&error);
                    backoff.back_off(clock.now());
                }
            }
        }
    }
}
