//! A job's log, and what the journal import report in it says.

use answer::masks;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;

use crate::{
    archive,
    client::{Fusion, RESOURCES},
    error::{Error, Operation},
    wire::{self, Page},
};

/// The most error lines that are read: more than a batch has rows.
const MOST_ERRORS: usize = 20_000;
/// The most of what a report says about a row that is kept, in bytes.
const DETAIL: usize = 1000;
/// The most of a log's end that is kept, in characters.
const TAIL: usize = 2000;

/// The text of a request's logs, its children's included.
#[derive(Debug, Clone, Default)]
pub struct ExecutionLog {
    text: String,
}

/// One line of the report's "Error Lines" part: a row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLine {
    /// Fusion's codes, `EF04`; a row can have several.
    pub codes: Vec<String>,
    /// The other cells of the line, among them the journal's name.
    pub cells: Vec<String>,
    /// What the report says about it, in words.
    pub detail: String,
}

impl ExecutionLog {
    fn from_text(text: impl Into<String>) -> ExecutionLog {
        ExecutionLog { text: text.into() }
    }

    /// The rows that were refused. Only the "Error Lines" part is read: the report
    /// ends with a legend that names every code there is.
    pub fn error_lines(&self) -> Vec<ErrorLine> {
        let mut lines: Vec<ErrorLine> = Vec::new();
        let mut inside = false;
        for line in self.text.lines() {
            if let Some(title) = heading(line) {
                inside = title.eq_ignore_ascii_case("Error Lines");
            } else if inside && let Some(error) = error_line(line) {
                if lines.len() == MOST_ERRORS {
                    break;
                }
                lines.push(error);
            } else if inside
                && line.starts_with([' ', '\t'])
                && let Some(last) = lines.last_mut()
            {
                add_words(&mut last.detail, &masks::mask(line.trim()));
            }
        }
        lines
    }

    /// The import found no rows for its group, and ended well all the same.
    pub fn selected_no_group(&self) -> bool {
        let zero = |line: &str| {
            let line = line.to_ascii_lowercase();
            let Some((before, _)) = line.split_once("group id(s)") else {
                return false;
            };
            before.split_whitespace().next_back() == Some("0")
        };
        self.text.lines().any(zero)
    }

    /// The last lines that are not empty, joined with ` | `, for a person; cut where
    /// they are long.
    pub fn tail(&self, lines: usize) -> String {
        let filled = self.text.lines().rev().filter(|it| !it.trim().is_empty());
        let mut last: Vec<&str> = filled.take(lines).collect();
        last.reverse();
        schemas::cut(masks::mask(&last.join(" | ")).into_owned(), TAIL)
    }
}

/// The title of a line such as `===== Error Lines =====`.
fn heading(line: &str) -> Option<&str> {
    let line = line.trim();
    let title = line.strip_prefix("=====")?.trim_matches('=').trim();
    Some(title).filter(|title| !title.is_empty())
}

/// Cells are two or more spaces apart, the codes first.
fn error_line(line: &str) -> Option<ErrorLine> {
    if line.starts_with([' ', '\t']) {
        return None;
    }
    let mut cells = line.split("  ").map(str::trim).filter(|it| !it.is_empty());
    let codes: Vec<String> = cells
        .next()?
        .split(',')
        .map(|code| code.trim().to_owned())
        .collect();
    codes.iter().all(|code| is_code(code)).then(|| ErrorLine {
        codes,
        cells: cells.map(str::to_owned).collect(),
        detail: String::new(),
    })
}

/// Two letters and two digits. Which codes exist is Fusion's affair.
fn is_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 4
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..].iter().all(u8::is_ascii_digit)
}

fn add_words(detail: &mut String, words: &str) {
    if !words.is_empty() && detail.len() + words.len() <= DETAIL {
        if !detail.is_empty() {
            detail.push_str("; ");
        }
        detail.push_str(words);
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(
        rename = "DocumentContent",
        default,
        deserialize_with = "wire::document"
    )]
    content: String,
}

impl Fusion {
    /// The logs of a request and its children.
    pub async fn execution_log(&self, request: u64) -> Result<ExecutionLog, Error> {
        let finder = format!("ESSJobExecutionDetailsRF;requestId={request},fileType=ALL");
        let page: Page<Document> = self
            .get(
                Operation::ExecutionLog,
                &format!("{RESOURCES}/erpintegrations"),
                &[("finder", &finder)],
            )
            .await?;
        let Some(document) = page.items.first().filter(|it| !it.content.is_empty()) else {
            return Ok(ExecutionLog::default());
        };
        unpack(&document.content).map_err(|detail| Error::answer(Operation::ExecutionLog, detail))
    }
}

/// A base64 archive with one text per job; some line breaks may be in it.
fn unpack(content: &str) -> Result<ExecutionLog, String> {
    let packed: String = content.split_whitespace().collect();
    let bytes = BASE64_STANDARD
        .decode(packed)
        .map_err(|error| format!("the log is not base64: {error}"))?;
    archive::text(bytes).map(ExecutionLog::from_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
Journal Import Execution Report

========== Totals ==========
Source  Group ID  Status  Lines  Errors  Batches  Journals
Counterfoil  77  Error  4  1  0  0

========== Error Lines ==========
Error Code  Source  Accounting Date  Account  Journal Name
EF04,EP01  Counterfoil  2026-11-05  101.10.99999  us-1001-1
    FLEX-VALUE DOES NOT EXIST (SEGMENT=Account) (VALUE=99999)

========== Error Key ==========
EF04  This is an invalid account: check segment values and rules.
EU02  This journal is unbalanced and suspense is not allowed.
";

    #[test]
    fn the_legend_is_not_read() {
        let lines = ExecutionLog::from_text(REPORT).error_lines();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].codes, ["EF04", "EP01"]);
        assert!(lines[0].cells.contains(&"us-1001-1".to_owned()));
        assert!(lines[0].detail.contains("VALUE=99999"));
    }

    #[test]
    fn a_report_without_errors_has_no_error_lines() {
        let (_, legend) = REPORT.split_once("========== Error Key").unwrap();
        let clean = format!("========== Error Key{legend}");
        assert!(ExecutionLog::from_text(clean).error_lines().is_empty());
        assert!(ExecutionLog::default().error_lines().is_empty());
    }

    #[test]
    fn zero_groups_are_told_from_ten() {
        let says = |text: &str| ExecutionLog::from_text(text).selected_no_group();
        assert!(says("launch_journal_import: Total: 0 group id(s)."));
        assert!(!says("launch_journal_import: Total: 10 group id(s)."));
        assert!(!says(REPORT));
    }

    #[test]
    fn a_log_that_is_no_archive_is_an_error() {
        assert!(unpack("!!").is_err());
        assert!(unpack("aGVsbG8=").is_err());
    }
}
