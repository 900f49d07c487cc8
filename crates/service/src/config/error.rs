//! Why a configuration cannot be used.

use std::path::PathBuf;

use crate::seal::{KeyRingError, SealError};

/// The configuration cannot be used. The message names the key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("there is no configuration file {}: copy counterfoil.example.toml, or name another with --config", .0.display())]
    Missing(PathBuf),
    #[error("cannot read the configuration")]
    Read(#[source] config::ConfigError),
    #[error("the configuration's `{path}` is not usable")]
    Key {
        path: String,
        #[source]
        source: config::ConfigError,
    },
    #[error("{}:{line}:{column}: {reason}", file.display())]
    Syntax {
        file: PathBuf,
        line: usize,
        column: usize,
        reason: String,
    },
    #[error("the configuration's `{place}` cannot be used")]
    Sealed {
        place: String,
        #[source]
        source: SealError,
    },
    #[error("the configuration's secrets are sealed, and there is no key to open them")]
    SealKeys(#[source] KeyRingError),
    #[error(
        "the configuration's `{place}` is sealed, but is not a secret: write its value there. Secrets are {secrets}"
    )]
    NotASecret { place: String, secrets: String },
    #[error("the configuration is contradictory: {0}")]
    Contradiction(String),
}
