//! Journals as tables and as JSON.

use comfy_table::{Cell, CellAlignment, Table, presets};
use schemas::{Mapped, Recognition, Side};
use serde::Serialize;
use serde_json::Value;

use super::{Target, explained};

pub fn tables(targets: &[Target], explain: bool) -> String {
    let mut text = String::new();
    for target in targets {
        text.push_str(&table(&target.mapped));
        if explain {
            text.push_str(&explained::table(target));
        }
    }
    text
}

/// A target as the event has it, and why its lines are where they are.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    mapped: &'a Mapped,
    #[serde(skip_serializing_if = "Option::is_none")]
    explained: Option<Value>,
}

impl Shown<'_> {
    fn of(target: &Target, explain: bool) -> serde_json::Result<Shown<'_>> {
        Ok(Shown {
            mapped: &target.mapped,
            explained: explain.then(|| explained::value(target)).transpose()?,
        })
    }
}

/// A list of all targets.
pub fn json(targets: &[Target], explain: bool) -> anyhow::Result<String> {
    let list: Vec<Shown> = targets
        .iter()
        .map(|target| Shown::of(target, explain))
        .collect::<serde_json::Result<_>>()?;
    Ok(format!("{}\n", serde_json::to_string_pretty(&list)?))
}

fn table(mapped: &Mapped) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["account", "debit", "credit", "rule", "for"]);
    for line in mapped.journal.lines() {
        let amount = Cell::new(line.amount).set_alignment(CellAlignment::Right);
        let (debit, credit) = match line.side {
            Side::Debit => (amount, Cell::new("")),
            Side::Credit => (Cell::new(""), amount),
        };
        table.add_row([
            Cell::new(&line.account),
            debit,
            credit,
            Cell::new(&line.rule),
            Cell::new(&line.memo),
        ]);
    }
    let heading = heading(mapped);
    match mapped.journal.is_empty() {
        true => format!("{heading}\n\n"),
        false => format!("{heading}\n{table}\n\n"),
    }
}

fn heading(mapped: &Mapped) -> String {
    let journal = &mapped.journal;
    let booked = match (journal.is_empty(), mapped.recognition) {
        (false, _) => format!("{} {} on each side", journal.currency(), journal.total()),
        (true, Recognition::Hold) => "nothing changes: its status is a hold".to_owned(),
        (true, Recognition::NotRecognised) => {
            "no journal: it does not count in the books".to_owned()
        }
        (true, Recognition::Recognised) => "no journal: it is worth nothing".to_owned(),
    };
    format!(
        "{} of {}, ledger {}: {booked}",
        mapped.entity, mapped.accounting_date, mapped.ledger
    )
}
