//! Opening files.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use crate::layout::{self, Layout, OtherVersion};

/// How a file is worked with.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What a power failure may take.
    pub synchronous: Synchronous,
    /// How long another's lock is waited for. With a write-ahead log, readers and the
    /// writer lock each other out for a moment only.
    pub busy_timeout: Duration,
    /// How much of the file may be in memory, in KiB; SQLite's default if none.
    pub cache_kib: Option<u32>,
    /// After how many changed pages they are brought back from the write-ahead log to
    /// the file; SQLite's default if none.
    pub checkpoint_pages: Option<u32>,
    /// How many prepared statements are kept. With fewer than a user has, each of its
    /// turns prepares most of them anew.
    pub statements: usize,
    /// A statement is planned once, whatever values are bound to it. Otherwise some
    /// are planned anew with each value.
    pub stable_plans: bool,
}

/// What a power failure may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// The last transactions, each as a whole: for what is made again from elsewhere.
    Normal,
    /// Nothing that was committed.
    Full,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            synchronous: Synchronous::Full,
            busy_timeout: Duration::from_secs(10),
            cache_kib: None,
            checkpoint_pages: None,
            statements: 32,
            stable_plans: true,
        }
    }
}

/// A file cannot be opened.
#[expect(missing_docs, reason = "each message says what it is about")]
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot make the folder {}", .folder.display())]
    Folder {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("there is no file {}", .file.display())]
    Missing { file: PathBuf },
    #[error("cannot open {}", .file.display())]
    File {
        file: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error("{} is of version {found}, and this program works with version {expected}", .file.display())]
    Version {
        file: PathBuf,
        found: i32,
        expected: i32,
    },
    #[error("{} is damaged: {says}", .file.display())]
    Damaged { file: PathBuf, says: String },
    #[error("cannot remove {}", .file.display())]
    Remove {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl OpenError {
    /// Whether the file is there and is no database, or not a whole one. Who can make
    /// again what it held may [`remove`] it.
    pub fn is_damaged(&self) -> bool {
        match self {
            OpenError::Damaged { .. } => true,
            OpenError::File { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
            ),
            _ => false,
        }
    }
}

/// Opens a file for its owner: makes its folder and its tables where they are not
/// there, and deals with another version as the layout says.
pub fn open(file: &Path, settings: &Settings, layout: &Layout) -> Result<Connection, OpenError> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|source| OpenError::Folder {
            folder: folder.to_owned(),
            source,
        })?;
    }
    let failed = |source| OpenError::File {
        file: file.to_owned(),
        source,
    };
    let mut connection = connect(file, settings).map_err(failed)?;
    let found = layout::version(&connection).map_err(failed)?;
    let is_empty = layout::is_empty(&connection).map_err(failed)?;
    if !is_empty && found != layout.version && layout.other == OtherVersion::Refused {
        return Err(OpenError::Version {
            file: file.to_owned(),
            found,
            expected: layout.version,
        });
    }
    if is_empty || found != layout.version {
        layout.build(&mut connection).map_err(failed)?;
    }
    Ok(connection)
}

/// Opens a file to read while its owner may be writing. The file must be there, and of
/// this version.
pub fn open_read_only(
    file: &Path,
    settings: &Settings,
    version: i32,
) -> Result<Connection, OpenError> {
    if !file.is_file() {
        return Err(OpenError::Missing {
            file: file.to_owned(),
        });
    }
    let read = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        set_up(&connection, settings)?;
        let found = layout::version(&connection)?;
        Ok((connection, found))
    };
    match read() {
        Ok((connection, found)) if found == version => Ok(connection),
        Ok((_, found)) => Err(OpenError::Version {
            file: file.to_owned(),
            found,
            expected: version,
        }),
        Err(source) => Err(OpenError::File {
            file: file.to_owned(),
            source,
        }),
    }
}

/// Opens a file without a name, where SQLite keeps temporary files. It is gone with
/// the connection: nothing of it survives a crash, and no transaction can be undone.
/// `cache_kib` of it are in memory.
pub fn open_temporary(cache_kib: u32, schema: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open("")?;
    connection.pragma_update(None, "journal_mode", "OFF")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    connection.execute_batch(schema)?;
    Ok(connection)
}

fn connect(file: &Path, settings: &Settings) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    set_up(&connection, settings)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match settings.synchronous {
        Synchronous::Normal => "NORMAL",
        Synchronous::Full => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    if let Some(pages) = settings.checkpoint_pages {
        connection.pragma_update(None, "wal_autocheckpoint", pages)?;
    }
    Ok(connection)
}

/// What owner and readers have in common.
fn set_up(connection: &Connection, settings: &Settings) -> rusqlite::Result<()> {
    connection.busy_timeout(settings.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(settings.statements);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, settings.stable_plans)?;
    if let Some(kib) = settings.cache_kib {
        // In pages where positive, in KiB where negative.
        connection.pragma_update(None, "cache_size", -i64::from(kib))?;
    }
    Ok(())
}

/// How thoroughly a file is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Every page and row; takes as long as to read the file.
    Quick,
    /// The indices against their tables, too: several times as long.
    Full,
}

/// Looks all through a file that its owner may be writing, and changes nothing in it.
pub fn check_file(file: &Path) -> Result<(), OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(file, flags).and_then(|connection| {
        set_up(&connection, &Settings::default())?;
        Ok(connection)
    });
    let connection = opened.map_err(|source| OpenError::File {
        file: file.to_owned(),
        source,
    })?;
    check(&connection, Check::Full)
}

/// Looks through a file for damage.
pub fn check(connection: &Connection, check: Check) -> Result<(), OpenError> {
    let file = || connection.path().unwrap_or_default().into();
    let pragma = match check {
        Check::Quick => "quick_check",
        Check::Full => "integrity_check",
    };
    // One finding is enough: what is damaged is not mended by knowing more.
    let finding = connection.query_row(&format!("PRAGMA {pragma}(1)"), [], |row| {
        row.get::<_, String>(0)
    });
    match finding {
        Ok(says) if says == "ok" => Ok(()),
        Ok(says) => Err(OpenError::Damaged { file: file(), says }),
        Err(source) => Err(OpenError::File {
            file: file(),
            source,
        }),
    }
}

/// Removes a file that nobody has open, with what SQLite keeps beside it. None is
/// there already: that is well, too.
pub fn remove(file: &Path) -> Result<(), OpenError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = OsString::from(file);
        path.push(suffix);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(OpenError::Remove {
                    file: path.into(),
                    source,
                });
            }
            _ => {}
        }
    }
    Ok(())
}
