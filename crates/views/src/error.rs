//! Why the views cannot be read or written, and what to do about it.

use std::{io, path::PathBuf};

use crate::file::SCHEMA_VERSION;

/// The views cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    /// There is no file of views in this folder.
    #[error("there are no views in {}: run the projector first", .0.display())]
    Missing(PathBuf),
    /// Another version of Counterfoil made them.
    #[error(
        "the views in {} are of version {found}, this program reads {SCHEMA_VERSION}: start this version's projector, which rebuilds them",
        .file.display()
    )]
    Version {
        /// The file that they are in.
        file: PathBuf,
        /// The version that it says it is of.
        found: i32,
    },
    /// Their folder cannot be made, or what is in it cannot be put out of the way.
    #[error("cannot make the folder of the views, {}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// SQLite cannot open them.
    #[error("cannot open the views in {}", .file.display())]
    Open {
        /// The file that they are in.
        file: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// They are open, and SQLite fails in them.
    #[error(
        "the views cannot be read or written: they can be deleted and are rebuilt from the log"
    )]
    Sql(#[from] rusqlite::Error),
    /// What is kept of an order is not as this version writes it.
    #[error(
        "what is known of an order in the views does not fit this version: delete the views and they are rebuilt from the log"
    )]
    Facts(#[source] serde_json::Error),
    /// A column holds what no version writes.
    #[error(
        "`{found}` in the views' column {column} is not what belongs there: delete the views and they are rebuilt from the log"
    )]
    Value {
        /// The column.
        column: &'static str,
        /// What stands in it.
        found: String,
    },
}
