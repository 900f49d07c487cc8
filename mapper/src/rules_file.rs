//! The rules as they are in a file.

use std::path::{Path, PathBuf};

use mapping::{RuleSet, RulesError};

/// The rules of a file cannot be used.
#[expect(missing_docs, reason = "each message says what it is about")]
#[derive(Debug, thiserror::Error)]
pub enum RulesFileError {
    #[error("cannot read the rules {}", file.display())]
    Read {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Rules(#[from] RulesError),
}

/// Reads and checks a rules file.
pub fn load_rules(path: &Path) -> Result<RuleSet, RulesFileError> {
    let text = std::fs::read_to_string(path).map_err(|source| RulesFileError::Read {
        file: path.to_owned(),
        source,
    })?;
    Ok(RuleSet::parse(&text, &path.display().to_string())?)
}
