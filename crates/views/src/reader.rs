//! Reading the views, from any process, while the projector writes them.

use std::path::Path;

use rusqlite::Connection;

use crate::{
    ViewsError,
    file::{BUSY_TIMEOUT, FILE, SCHEMA_VERSION, read_only, version},
};

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
