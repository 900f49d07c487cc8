//! Secrets of the configuration: given in place, or in a file.

use std::{fmt, io, path::PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

const FILE_PREFIX: &str = "file:";

/// A secret value. Never printed: `Debug` shows only that there is one.
///
/// In the configuration it is the value itself or `file:/run/secrets/name`,
/// whose contents are the value (white space around it is dropped).
#[derive(Clone)]
pub struct Secret(SecretString);

/// The file of a secret could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("cannot read the secret's file {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the secret's file {} is empty", path.display())]
    Empty { path: PathBuf },
}

impl Secret {
    /// The secret that this text of the configuration stands for.
    pub fn resolve(text: &str) -> Result<Secret, SecretError> {
        let Some(path) = text.strip_prefix(FILE_PREFIX) else {
            return Ok(Secret(text.into()));
        };
        let path = PathBuf::from(path);
        match std::fs::read_to_string(&path) {
            Err(source) => Err(SecretError::Read { path, source }),
            Ok(text) if text.trim().is_empty() => Err(SecretError::Empty { path }),
            Ok(text) => Ok(Secret(text.trim().into())),
        }
    }

    /// The value, for the one place that sends or checks it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The value in the wrapper that the clients take.
    pub fn to_secret_string(&self) -> SecretString {
        self.0.clone()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // The whole chain in one line: a deserializer's error carries no source.
        Secret::resolve(&text).map_err(|error| match std::error::Error::source(&error) {
            Some(source) => serde::de::Error::custom(format!("{error}: {source}")),
            None => serde::de::Error::custom(error),
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_place_or_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "s3cret\n").unwrap();
        let from_file = Secret::resolve(&format!("file:{}", path.display())).unwrap();
        assert_eq!(from_file.expose(), "s3cret");
        assert_eq!(Secret::resolve("s3cret").unwrap().expose(), "s3cret");
    }

    #[test]
    fn a_missing_or_empty_file_is_named() {
        let error = Secret::resolve("file:/nowhere/token").err().unwrap();
        assert!(error.to_string().contains("/nowhere/token"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty");
        std::fs::write(&path, " \n").unwrap();
        let empty = Secret::resolve(&format!("file:{}", path.display()));
        assert!(matches!(empty, Err(SecretError::Empty { .. })));
    }

    #[test]
    fn it_is_never_printed() {
        let secret = Secret::resolve("s3cret").unwrap();
        assert!(!format!("{secret:?}").contains("s3cret"));
    }
}
