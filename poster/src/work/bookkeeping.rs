//! Where a ledger's books are, and how they are opened, or begun anew when they are
//! damaged.

use std::path::PathBuf;

use schemas::{LedgerKey, causes};
use service::{CancellationToken, Clock};
use stream::{Stream, StreamError};

use super::recorder::Recorder;
use crate::{
    books::{Books, BooksError},
    error::PosterError,
};

/// What it takes to keep a ledger's books.
#[derive(Clone)]
pub(super) struct Bookkeeping {
    pub key: LedgerKey,
    pub folder: PathBuf,
    pub stream: Stream,
    pub clock: Clock,
    pub shutdown: CancellationToken,
}

impl Bookkeeping {
    /// Opens the books, and begins to read where they end.
    pub(super) async fn open(&self) -> Result<Recorder, PosterError> {
        match Books::open(&self.folder, &self.key) {
            Ok(books) => self.record(books).await,
            Err(error) => self.begin_anew(error).await,
        }
    }

    /// Sets books aside that are damaged, and begins to rebuild them from the stream. They
    /// send nothing before they have come as far as this process has seen the stream.
    pub(super) async fn begin_anew(&self, error: BooksError) -> Result<Recorder, PosterError> {
        if !error.is_damage() {
            return Err(self.failed(error));
        }
        let former = self.stream.reached().map_err(|it| self.stream_failed(it))?;
        let begun = Books::begin_anew(&self.folder, &self.key, former);
        let (books, aside) = begun.map_err(|error| self.failed(error))?;
        tracing::error!(
            ledger = %self.key,
            error = %causes(&error),
            aside = %aside.display(),
            "the books are damaged: they are set aside, and rebuilt from the stream"
        );
        self.record(books).await
    }

    async fn record(&self, books: Books) -> Result<Recorder, PosterError> {
        let (stream, clock) = (self.stream.clone(), self.clock.clone());
        let recorder = Recorder::open(&self.key, books, stream, clock, self.shutdown.clone());
        recorder.await.map_err(|error| self.stream_failed(error))
    }

    fn failed(&self, source: BooksError) -> PosterError {
        PosterError::Books {
            ledger: self.key.clone(),
            source,
        }
    }

    fn stream_failed(&self, source: StreamError) -> PosterError {
        PosterError::Stream {
            ledger: self.key.clone(),
            source,
        }
    }
}
