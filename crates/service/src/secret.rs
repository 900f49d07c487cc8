//! Secrets of the configuration: given in place, in a file, or by a variable.

use std::{env, fmt, io, path::PathBuf};

use answer::masks;
use schemas::causes;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use crate::seal;

/// A secret value. Never printed: `Debug` shows only that there is one.
///
/// In the configuration it is the value itself; `file:/run/secrets/name`, whose
/// contents are the value (white space around it is dropped); or `env:NAME`, a
/// variable of the environment. A value that itself begins like one of these is
/// written `plain:` before it. What is `sealed:` is opened before it comes here.
#[derive(Clone)]
pub struct Secret(SecretString);

/// What a text of the configuration stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin<'a> {
    /// The value itself.
    InPlace(&'a str),
    /// The file that holds it.
    File(PathBuf),
    /// The variable of the environment that holds it.
    Variable(&'a str),
    /// It takes a key to open it.
    Sealed(&'a str),
}

/// The place of a secret has none that can be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("cannot read the secret's file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file holds nothing.
    #[error("the secret's file {} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The variable is not there.
    #[error("the secret's variable {0} is not set, or is empty")]
    Variable(String),
    /// The value is sealed where it cannot be opened.
    #[error(
        "what {0} holds is sealed: a sealed value stands in the configuration itself, under the key that it was sealed for"
    )]
    SealedElsewhere(String),
}

impl Origin<'_> {
    /// Where the value is to be taken from.
    pub fn of(text: &str) -> Origin<'_> {
        match text.split_once(':') {
            Some(("plain", value)) => Origin::InPlace(value),
            Some(("file", path)) => Origin::File(path.into()),
            Some(("env", name)) => Origin::Variable(name),
            Some(("sealed", _)) => Origin::Sealed(text),
            _ => Origin::InPlace(text),
        }
    }
}

impl Secret {
    /// The secret that this text of the configuration stands for.
    pub fn resolve(text: &str) -> Result<Secret, SecretError> {
        let (value, place) = match Origin::of(text) {
            Origin::InPlace(value) => return Ok(Secret::known(value)),
            Origin::Sealed(_) => {
                return Err(SecretError::SealedElsewhere("this place".to_owned()));
            }
            Origin::File(path) => match std::fs::read_to_string(&path) {
                Err(source) => return Err(SecretError::Read { path, source }),
                Ok(text) if text.trim().is_empty() => return Err(SecretError::Empty { path }),
                Ok(text) => (text.trim().to_owned(), path.display().to_string()),
            },
            Origin::Variable(name) => match env::var(name) {
                Ok(value) if !value.is_empty() => (value, format!("the variable {name}")),
                _ => return Err(SecretError::Variable(name.to_owned())),
            },
        };
        match value.starts_with(seal::PREFIX) {
            true => Err(SecretError::SealedElsewhere(place)),
            false => Ok(Secret::known(&value)),
        }
    }

    /// A secret that is masked wherever others repeat it.
    fn known(value: &str) -> Secret {
        masks::learn(value);
        Secret(value.into())
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
        Secret::resolve(&text).map_err(|error| serde::de::Error::custom(causes(&error)))
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
    fn a_value_in_place_in_a_file_or_in_a_variable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "s3cret\n").unwrap();
        let from_file = Secret::resolve(&format!("file:{}", path.display())).unwrap();
        assert_eq!(from_file.expose(), "s3cret");
        assert_eq!(Secret::resolve("s3cret").unwrap().expose(), "s3cret");
        let escaped = Secret::resolve("plain:file:x").unwrap();
        assert_eq!(escaped.expose(), "file:x");
        // Cargo sets it for every test.
        let from_variable = Secret::resolve("env:CARGO_PKG_NAME").unwrap();
        assert_eq!(from_variable.expose(), "service");
    }

    #[test]
    fn a_missing_or_empty_place_is_named() {
        let error = Secret::resolve("file:/nowhere/token").err().unwrap();
        assert!(error.to_string().contains("/nowhere/token"));
        let error = Secret::resolve("env:NO_SUCH_SECRET").err().unwrap();
        assert!(error.to_string().contains("NO_SUCH_SECRET"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty");
        std::fs::write(&path, " \n").unwrap();
        let empty = Secret::resolve(&format!("file:{}", path.display()));
        assert!(matches!(empty, Err(SecretError::Empty { .. })));
    }

    #[test]
    fn a_sealed_value_is_not_taken_for_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealed");
        std::fs::write(&path, "sealed:AAAA\n").unwrap();
        for text in ["sealed:AAAA", &format!("file:{}", path.display())] {
            let error = Secret::resolve(text).err().unwrap();
            assert!(matches!(error, SecretError::SealedElsewhere(_)), "{text}");
        }
    }

    #[test]
    fn it_is_never_printed() {
        let secret = Secret::resolve("s3cret").unwrap();
        assert!(!format!("{secret:?}").contains("s3cret"));
    }
}
