//! What the texts of all reports have in common.

use schemas::Currency;
use serde::Serialize;

/// The report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// A line does not fit the header, or cannot be serialised.
    #[error("cannot write the report as CSV")]
    Csv(#[source] csv::Error),
    /// A value cannot be serialised.
    #[error("cannot write the report as JSON")]
    Json(#[source] serde_json::Error),
}

/// An amount in minor units as a decimal, with the decimals of its currency and
/// without its code; in minor units where the currency is not known.
pub fn amount(minor: i64, currency: Option<Currency>) -> String {
    match currency {
        Some(currency) => currency.minor(minor).to_string(),
        None => minor.to_string(),
    }
}

/// Lines under a header of their fields' names.
pub(super) fn csv<T: Serialize>(lines: impl Iterator<Item = T>) -> Result<String, TextError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.serialize(line).map_err(TextError::Csv)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| TextError::Csv(error.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A report, indented, and the end of the last line.
pub(super) fn json<T: Serialize + ?Sized>(report: &T) -> Result<String, TextError> {
    let mut text = serde_json::to_string_pretty(report).map_err(TextError::Json)?;
    text.push('\n');
    Ok(text)
}
