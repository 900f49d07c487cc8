//! Reading the views, from any process, while the projector writes them.

use std::path::Path;

use jiff::{Timestamp, civil::Date};
use rusqlite::Connection;
use schemas::{EntityKey, EventId};

use super::{BUSY_TIMEOUT, FILE, SCHEMA_VERSION, ViewsError, read_only, version};

/// The views, read-only.
pub struct Views {
    pub(crate) connection: Connection,
}

impl Views {
    /// Opens the views in `folder`, which is `projector` in the data folder.
    pub fn open(folder: &Path) -> Result<Views, ViewsError> {
        let file = folder.join(FILE);
        if !file.is_file() {
            return Err(ViewsError::Missing(folder.to_owned()));
        }
        let open = || {
            let connection = Connection::open_with_flags(&file, read_only())?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            let found = version(&connection)?;
            Ok((connection, found))
        };
        match open() {
            Ok((connection, SCHEMA_VERSION)) => Ok(Views { connection }),
            Ok((_, found)) => Err(ViewsError::Version { file, found }),
            Err(source) => Err(ViewsError::Open { file, source }),
        }
    }

    /// The offset in the log up to which the views are complete.
    pub fn offset(&self) -> Result<u64, ViewsError> {
        let query = "SELECT offset FROM progress";
        let offset: i64 = self.connection.query_row(query, [], |row| row.get(0))?;
        Ok(offset.unsigned_abs())
    }
}

/// The event id in a column.
pub(crate) fn blob_id(bytes: &[u8]) -> Result<EventId, ViewsError> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.parse().map_err(|_| ViewsError::Value {
        column: "id",
        found: hex,
    })
}

/// The day in a column.
pub(crate) fn day_of(text: &str) -> Result<Date, ViewsError> {
    text.parse().map_err(|_| ViewsError::Value {
        column: "day",
        found: text.to_owned(),
    })
}

/// The time in a column.
pub(crate) fn time_of(microseconds: i64) -> Result<Timestamp, ViewsError> {
    Timestamp::from_microsecond(microseconds).map_err(|_| ViewsError::Value {
        column: "time",
        found: microseconds.to_string(),
    })
}

/// The order or refund in a column.
pub(crate) fn entity_of(text: &str) -> Result<EntityKey, ViewsError> {
    text.parse().map_err(|_| ViewsError::Value {
        column: "entity",
        found: text.to_owned(),
    })
}
