//! Which rule made each account, and which lost.

use mapping::{Explained, rules::Setter};
use schemas::{EntityKey, Side};

use super::table;

/// For each line of a journal, which rule set each segment of its account, and which
/// lost.
pub(crate) fn explanation(entity: &EntityKey, lines: &[Explained]) -> String {
    let mut table = table(&["line", "segment", "value", "set by", "lost"]);
    for explained in lines {
        let mut about = about(explained);
        for choice in &explained.account.segments {
            let lost = choice
                .lost
                .iter()
                .map(|(rule, value)| format!("`{rule}` ({value})"));
            let lost: Vec<String> = lost.collect();
            table.add_row([
                about,
                choice.segment.clone(),
                choice.value.clone().unwrap_or_default(),
                set_by(&choice.set_by),
                lost.join(", "),
            ]);
            // A line of several segments is named once.
            about = String::new();
        }
    }
    match lines.is_empty() {
        true => format!("{entity}: no journal, so no account to explain\n\n"),
        false => format!("{entity}: how the accounts came about\n{table}\n\n"),
    }
}

/// The line in short, with the role if it is booked on another's account.
fn about(explained: &Explained) -> String {
    let line = &explained.line;
    let side = match line.side {
        Side::Debit => "debit",
        Side::Credit => "credit",
    };
    let role = match explained.asked == line.role {
        true => line.role.as_str().to_owned(),
        false => format!(
            "{}, as no rule gives {} an account",
            line.role.as_str(),
            explained.asked.as_str()
        ),
    };
    format!("{} {side} {} ({role})", line.memo, line.amount)
}

fn set_by(setter: &Setter) -> String {
    match setter {
        Setter::Rule(name) => format!("rule `{name}`"),
        Setter::Route(name) => format!("route `{name}`"),
        Setter::ChartDefault => "the chart's defaults".to_owned(),
        Setter::Nobody => "nothing".to_owned(),
    }
}
