//! Who is to blame when a group is refused: the report's error lines name rows,
//! rows belong to journals, and only those journals are rejected.

use std::collections::BTreeMap;

use fusion::ErrorLine;
use schemas::{codes, v1::Posting};

/// A posting that was refused, by its place in the batch, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Culprit {
    pub place: usize,
    pub reason: Reason,
}

/// Why a journal was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Fusion's code, or one of ours.
    pub code: String,
    pub cause: String,
    pub remedy: String,
}

impl Reason {
    /// The journal cannot be written as Fusion would need it.
    pub fn unwritable(error: &fusion::FileError) -> Reason {
        Reason {
            code: "UNWRITABLE".to_owned(),
            cause: error.to_string(),
            remedy: codes::remedy("UNWRITABLE").to_owned(),
        }
    }

    /// No period takes the journal.
    pub fn no_open_period(period: &str) -> Reason {
        Reason {
            code: "NO_OPEN_PERIOD".to_owned(),
            cause: format!("neither {period} nor any later period of the ledger is open"),
            remedy: codes::remedy("NO_OPEN_PERIOD").to_owned(),
        }
    }

    /// Refused alone, again and again, without a word.
    pub fn unknown(report: &str) -> Reason {
        Reason {
            code: "UNKNOWN_REFUSAL".to_owned(),
            cause: format!(
                "Fusion refused the journal by itself and its report names no row: {report}"
            ),
            remedy: codes::remedy("UNKNOWN_REFUSAL").to_owned(),
        }
    }
}

/// The postings that the error lines name. A line that names none of ours blames
/// nobody: whoever calls must then find the culprit another way. Neither does a
/// warning (`WF02`), with which the journal may well have been imported.
pub fn culprits(lines: &[ErrorLine], postings: &[Posting]) -> Vec<Culprit> {
    let by_key: BTreeMap<&str, usize> = postings
        .iter()
        .enumerate()
        .map(|(place, posting)| (posting.key.as_str(), place))
        .collect();
    let mut blamed: BTreeMap<usize, &ErrorLine> = BTreeMap::new();
    let is_error = |line: &&ErrorLine| line.codes.iter().any(|code| code.starts_with('E'));
    for line in lines.iter().filter(is_error) {
        let place = line.cells.iter().find_map(|cell| by_key.get(cell.as_str()));
        if let Some(place) = place {
            blamed.entry(*place).or_insert(line);
        }
    }
    let culprit = |(place, line): (usize, &ErrorLine)| Culprit {
        place,
        reason: reason(line),
    };
    blamed.into_iter().map(culprit).collect()
}

fn reason(line: &ErrorLine) -> Reason {
    let code = line.codes.first().cloned().unwrap_or_default();
    let row = line.cells.join(", ");
    let cause = match line.detail.is_empty() {
        true => row,
        false => format!("{} ({row})", line.detail),
    };
    Reason {
        remedy: codes::remedy(&code).to_owned(),
        code,
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::testing::posting;

    fn line(code: &str, cells: &[&str]) -> ErrorLine {
        ErrorLine {
            codes: vec![code.into()],
            cells: cells.iter().map(|it| (*it).to_owned()).collect(),
            detail: "no such account".into(),
        }
    }

    #[test]
    fn the_named_journals_are_blamed_once_each() {
        let postings = [posting(1, 500), posting(2, 500), posting(3, 500)];
        let lines = [
            line("EF04", &["Counterfoil", "us-2-1"]),
            line("EF04", &["Counterfoil", "us-2-1"]),
            line("EF04", &["Counterfoil", "somebody-else"]),
        ];
        let culprits = culprits(&lines, &postings);
        assert_eq!(culprits.len(), 1);
        assert_eq!(culprits[0].place, 1);
        assert!(culprits[0].reason.cause.contains("no such account"));
        assert!(culprits[0].reason.remedy.contains("account"));
    }

    #[test]
    fn an_unknown_code_is_data() {
        let culprits = culprits(&[line("EZ99", &["us-1-1"])], &[posting(1, 500)]);
        assert_eq!(culprits[0].reason.code, "EZ99");
    }

    #[test]
    fn a_warning_blames_nobody() {
        assert_eq!(
            culprits(&[line("WF02", &["us-1-1"])], &[posting(1, 500)]),
            []
        );
    }
}
