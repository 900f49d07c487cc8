//! Why the views cannot be read or written, and what to do about it.

use std::{io, path::PathBuf};

use crate::file::SCHEMA_VERSION;

/// The views cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    #[error("there are no views in {}: run the projector first", .0.display())]
    Missing(PathBuf),
    #[error(
        "the views in {} are of version {found}, this program reads {SCHEMA_VERSION}: start this version's projector, which rebuilds them",
        .file.display()
    )]
    Version { file: PathBuf, found: i32 },
    #[error("cannot make the folder of the views, {}", .folder.display())]
    Folder {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot open the views in {}", .file.display())]
    Open {
        file: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error(
        "the views cannot be read or written: they can be deleted and are rebuilt from the log"
    )]
    Sql(#[from] rusqlite::Error),
    #[error(
        "what is known of an order in the views does not fit this version: delete the views and they are rebuilt from the log"
    )]
    Facts(#[source] serde_json::Error),
    #[error(
        "`{found}` in the views' column {column} is not what belongs there: delete the views and they are rebuilt from the log"
    )]
    Value { column: &'static str, found: String },
}
