//! Why a configuration cannot be used.

use std::path::PathBuf;

use crate::seal::{KeyRingError, SealError};

/// The configuration cannot be used. The message names the key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such file.
    #[error("there is no configuration file {}: copy counterfoil.example.toml, or name another with --config", .0.display())]
    Missing(PathBuf),
    /// The file or the environment cannot be read.
    #[error("cannot read the configuration")]
    Read(#[source] config::ConfigError),
    /// The value of a key does not fit.
    #[error("the configuration's `{path}` is not usable")]
    Key {
        /// The key, such as `stores.us.token`.
        path: String,
        /// What is wrong with it.
        #[source]
        source: config::ConfigError,
    },
    /// The file is not TOML.
    #[error("{}:{line}:{column}: {reason}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A sealed secret does not open.
    #[error("the configuration's `{place}` cannot be used")]
    Sealed {
        /// The key of the secret.
        place: String,
        /// Why it does not.
        #[source]
        source: SealError,
    },
    /// The keys that open secrets cannot be had.
    #[error("the configuration's secrets are sealed, and there is no key to open them")]
    SealKeys(#[source] KeyRingError),
    /// A value is sealed that is no secret.
    #[error(
        "the configuration's `{place}` is sealed, but is not a secret: write its value there. Secrets are {secrets}"
    )]
    NotASecret {
        /// The key of the value.
        place: String,
        /// The keys that are secrets.
        secrets: String,
    },
    /// A secret is empty, or as short as can be guessed.
    #[error(
        "the configuration's `{place}` is too short for a secret: it has {length} characters and must have at least {least}"
    )]
    ShortSecret {
        /// The key of the secret.
        place: String,
        /// Its characters.
        length: usize,
        /// The fewest it may have.
        least: usize,
    },
    /// Two keys cannot both be so.
    #[error("the configuration is contradictory: {0}")]
    Contradiction(String),
}
