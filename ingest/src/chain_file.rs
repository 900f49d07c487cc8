//! The last link of every chain, on disk. All of it is made again from the stream: what
//! it holds is as the stream had it at its position, or newer.

use std::{collections::HashMap, path::Path, sync::Arc};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use schemas::{StoreKey, causes};
use sqlite::{Blob, Check, Layout, Micros, OpenError, OtherVersion, Settings, Synchronous, Text};
use stream::{Delivered, Position, Sequence, Start, StreamId};
use tokio::sync::Mutex;

use crate::chain::{Chain, Link};

const LAYOUT: Layout = Layout {
    version: 1,
    schema: "CREATE TABLE link (
            chain    TEXT PRIMARY KEY,
            event    BLOB NOT NULL,
            follows  BLOB,
            modified INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE place (
            store    TEXT PRIMARY KEY,
            sequence INTEGER NOT NULL,
            stream   TEXT NOT NULL,
            event    BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;",
    other: OtherVersion::Emptied,
};

/// The file cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ChainFileError {
    /// It cannot be opened.
    #[error("cannot open the chains of states")]
    Open(#[source] OpenError),
    /// It cannot be read or written.
    #[error("cannot {operation} the chains of states of {store}")]
    Use {
        /// `read` or `keep`.
        operation: &'static str,
        /// Whose chains.
        store: StoreKey,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
}

/// The file of all stores. Deleting it is safe: the stream is read anew.
#[derive(Clone)]
pub(crate) struct ChainFile(Arc<Mutex<Connection>>);

/// The chains of one store in it.
#[derive(Clone)]
pub(crate) struct StoreChains {
    pub store: StoreKey,
    file: ChainFile,
}

impl ChainFile {
    /// Opens the file in a folder, or makes it there; a damaged one is made anew.
    pub(crate) fn open(folder: &Path) -> Result<Self, ChainFileError> {
        let file = folder.join("chains.db");
        let open = || {
            let settings = Settings {
                synchronous: Synchronous::Normal,
                ..Settings::default()
            };
            let connection = sqlite::open(&file, &settings, &LAYOUT)?;
            sqlite::check(&connection, Check::Quick)?;
            Ok(connection)
        };
        let opened = match open() {
            Err(error) if OpenError::is_damaged(&error) => {
                tracing::warn!(error = %causes(&error), "the chains of states are made anew from the stream");
                sqlite::remove(&file).and_then(|()| open())
            }
            opened => opened,
        };
        let connection = opened.map_err(ChainFileError::Open)?;
        Ok(ChainFile(Arc::new(Mutex::new(connection))))
    }

    /// What it has on a store.
    pub(crate) fn of(&self, store: StoreKey) -> StoreChains {
        StoreChains {
            store,
            file: self.clone(),
        }
    }
}

impl StoreChains {
    /// How far in the stream all links are known.
    pub(crate) async fn place(&self) -> Result<Start, ChainFileError> {
        let connection = self.file.0.lock().await;
        let place = connection
            .query_row(
                "SELECT sequence, stream, event FROM place WHERE store = ?1",
                [self.store.as_str()],
                position,
            )
            .optional();
        let place = place.map_err(|source| self.error("read", source))?;
        Ok(place.map_or(Start::Beginning, Start::After))
    }

    /// Takes events of the stream, and the position after the last of them, at once.
    pub(crate) async fn follow(&self, batch: &[Delivered]) -> Result<(), ChainFileError> {
        let mut connection = self.file.0.lock().await;
        let mut write = || {
            let transaction = connection.transaction()?;
            for (chain, link) in batch.iter().filter_map(link_of) {
                let last = read_link(&transaction, &chain)?;
                if last.is_none_or(|last| link.comes_after(&last)) {
                    write_link(&transaction, &chain, &link)?;
                }
            }
            if let Some(last) = batch.last().map(Delivered::position) {
                transaction.execute(
                    "INSERT OR REPLACE INTO place VALUES (?1, ?2, ?3, ?4)",
                    params![
                        self.store.as_str(),
                        last.sequence.0,
                        Text(last.stream),
                        Blob(last.event)
                    ],
                )?;
            }
            transaction.commit()
        };
        write().map_err(|source| self.error("keep", source))
    }

    /// The last links of these chains, of those that have any.
    pub(crate) async fn last<'a>(
        &self,
        chains: impl IntoIterator<Item = &'a Chain>,
    ) -> Result<HashMap<Chain, Link>, ChainFileError> {
        let connection = self.file.0.lock().await;
        let read =
            |chain: &Chain| Ok(read_link(&connection, chain)?.map(|link| (chain.clone(), link)));
        let links = chains.into_iter().map(read).filter_map(Result::transpose);
        links
            .collect::<Result<_, _>>()
            .map_err(|source| self.error("read", source))
    }

    /// Keeps what was told, before it is read back from the stream.
    pub(crate) async fn keep(&self, told: &[(Chain, Link)]) -> Result<(), ChainFileError> {
        let mut connection = self.file.0.lock().await;
        let mut write = || {
            let transaction = connection.transaction()?;
            for (chain, link) in told {
                write_link(&transaction, chain, link)?;
            }
            transaction.commit()
        };
        write().map_err(|source| self.error("keep", source))
    }

    fn error(&self, operation: &'static str, source: rusqlite::Error) -> ChainFileError {
        ChainFileError::Use {
            operation,
            store: self.store.clone(),
            source,
        }
    }
}

fn link_of(delivered: &Delivered) -> Option<(Chain, Link)> {
    match delivered.event.decode() {
        Ok(event) => Link::of(&event),
        Err(error) => {
            let (sequence, error) = (delivered.sequence, causes(&error));
            tracing::error!(%sequence, %error, "an event of the stream cannot be read, it is passed over");
            None
        }
    }
}

fn read_link(connection: &Connection, chain: &Chain) -> rusqlite::Result<Option<Link>> {
    let mut statement =
        connection.prepare_cached("SELECT event, follows, modified FROM link WHERE chain = ?1")?;
    let link = |row: &Row<'_>| {
        let Blob(event) = row.get(0)?;
        Ok(Link {
            event,
            follows: row.get::<_, Option<Blob>>(1)?.map(|Blob(event)| event),
            modified: row.get::<_, Option<Micros>>(2)?.map(|Micros(time)| time),
        })
    };
    statement.query_row([chain.as_str()], link).optional()
}

fn write_link(transaction: &Transaction<'_>, chain: &Chain, link: &Link) -> rusqlite::Result<()> {
    let mut statement =
        transaction.prepare_cached("INSERT OR REPLACE INTO link VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![
        chain.as_str(),
        Blob(link.event),
        link.follows.map(Blob),
        link.modified.map(Micros)
    ])?;
    Ok(())
}

fn position(row: &Row<'_>) -> rusqlite::Result<Position> {
    let (Text(stream), Blob(event)) = (row.get(1)?, row.get(2)?);
    Ok(Position {
        sequence: Sequence(row.get(0)?),
        stream: StreamId(stream),
        event,
    })
}
