//! What a report is printed as.

use clap::ValueEnum;

/// For people, for spreadsheets or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Csv,
    Json,
}

impl Format {
    /// The report in this format, of the three that it can be had in.
    pub(crate) fn text<E>(
        self,
        table: impl FnOnce() -> String,
        csv: impl FnOnce() -> Result<String, E>,
        json: impl FnOnce() -> Result<String, E>,
    ) -> Result<String, E> {
        match self {
            Format::Table => Ok(table()),
            Format::Csv => csv(),
            Format::Json => json(),
        }
    }
}
