//! Who is to blame when a group is refused: the report's error lines name rows,
//! rows belong to journals, and only those journals are rejected.

use std::collections::BTreeMap;

use fusion::ErrorLine;
use schemas::{Account, Posting};

use crate::refusal::Reason;

/// A posting that was refused, by its place in the batch, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Culprit {
    pub place: usize,
    pub reason: Reason,
}

/// The postings that the error lines name. Of a summary, a line names the row of an
/// account, and those of its postings are to blame that are booked on it. A line that names none of ours blames
/// nobody: whoever calls must then find the culprit another way. Neither does a
/// warning (`WF02`), with which the journal may well have been imported.
pub fn culprits(lines: &[ErrorLine], postings: &[Posting]) -> Vec<Culprit> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, posting) in postings.iter().enumerate() {
        let name = posting.journal_in_ledger().as_str();
        by_name.entry(name).or_default().push(place);
    }
    let mut blamed: BTreeMap<usize, &ErrorLine> = BTreeMap::new();
    let is_error = |line: &&ErrorLine| line.codes.iter().any(|code| code.starts_with('E'));
    for line in lines.iter().filter(is_error) {
        let mut cells = line.cells.iter();
        let places = cells.find_map(|cell| by_name.get(cell.as_str()));
        let places = places.into_iter().flatten();
        let alone = places.clone().count() == 1;
        for place in places.filter(|it| alone || is_booked_there(&postings[**it], line)) {
            blamed.entry(*place).or_insert(line);
        }
    }
    let culprit = |(place, line): (usize, &ErrorLine)| Culprit {
        place,
        reason: reason(line),
    };
    blamed.into_iter().map(culprit).collect()
}

/// Whether a posting has a line on the account that the error line names.
fn is_booked_there(posting: &Posting, line: &ErrorLine) -> bool {
    let mut lines = posting.journal.lines().iter();
    lines.any(|it| line.cells.iter().any(|cell| is_named(&it.account, cell)))
}

/// Segments are joined as the chart of accounts has it.
fn is_named(account: &Account, cell: &str) -> bool {
    [".", "-"]
        .map(|it| account.segments().join(it))
        .iter()
        .any(|it| it == cell)
}

fn reason(line: &ErrorLine) -> Reason {
    let code = line.codes.first().cloned().unwrap_or_default();
    let row = line.cells.join(", ");
    let cause = match line.detail.is_empty() {
        true => row,
        false => format!("{} ({row})", line.detail),
    };
    Reason::new(&code, cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        summary::named,
        testing::{part, posting},
    };

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
    fn of_a_summary_only_who_is_booked_on_the_account_is_to_blame() {
        let elsewhere = |posting: Posting| {
            let text = serde_json::to_string(&posting.journal).unwrap();
            let journal = serde_json::from_str(&text.replace("101.2", "101.9")).unwrap();
            Posting { journal, ..posting }
        };
        let postings = named(vec![
            part(1, 500),
            elsewhere(part(2, 500)),
            part(3, 500),
            elsewhere(part(4, 500)),
            posting(5, 500),
        ]);
        let name = postings[0].journal_in_ledger().as_str();
        let places = |lines: &[ErrorLine]| -> Vec<usize> {
            let culprits = culprits(lines, &postings);
            culprits.into_iter().map(|it| it.place).collect()
        };
        assert_eq!(places(&[line("EF04", &["101.9", name])]), [1, 3]);
        assert_eq!(places(&[line("EF04", &["101-9", name])]), [1, 3]);
        // A cause that all rows have in common.
        let both = [
            line("EP01", &["101.1", name]),
            line("EP01", &["101.2", name]),
        ];
        assert_eq!(places(&both), [0, 1, 2, 3]);
        // It cannot be told who: the postings are halved.
        assert!(places(&[line("EF04", &["101.2.9", name])]).is_empty());
        let alone = named(vec![part(1, 500)]);
        let name = alone[0].journal_in_ledger().as_str();
        assert_eq!(culprits(&[line("EF04", &[name])], &alone).len(), 1);
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
