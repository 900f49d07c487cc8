//! Why rules cannot be used.

/// The rules cannot be used. Says where: file, line, column.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct RulesError {
    pub(super) file: String,
    /// Counted from 1, as is the column, which counts characters.
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
}
