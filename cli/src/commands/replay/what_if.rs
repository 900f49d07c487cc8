//! `replay --rules`: what other rules would change, as a report.

use anyhow::{Context, bail};
use comfy_table::{Cell, CellAlignment, Table, presets};
use replay::{AccountChange, Difference, EntityChange, Told, decimal, what_if};
use schemas::Currency;
use serde_json::{Value, json};

use super::Replay;
use crate::{exit::Outcome, format::Format, progress};

impl Replay {
    pub(super) fn what_if(&self) -> anyhow::Result<Outcome> {
        let [file] = self.rules.as_slice() else {
            bail!("name one file of rules to compare with: several are for --verify");
        };
        let rules = mapper::load_rules(file)?;
        let (log, range) = self.part()?;
        let bar = progress::bar("mapped again", range.len());
        let compared = what_if(&log, range, &rules, |done| {
            bar.set_position(done + 1 - range.from);
        });
        bar.finish_and_clear();
        let difference = compared?.difference(self.most())?;
        match self.format {
            Format::Table => print!("{}", text(&difference)),
            Format::Json => println!("{:#}", json(&difference)),
            Format::Csv => print!("{}", csv(&difference)?),
        }
        Ok(Outcome::Fine)
    }
}

fn text(difference: &Difference) -> String {
    let mut text = format!(
        "{} orders and refunds compared, {} would be booked otherwise\n",
        difference.compared, difference.changed
    );
    for total in &difference.totals {
        let money = |minor| decimal(minor, total.currency);
        text += &format!(
            "{}: targets of {} in all, would be {}; {} would move between accounts\n",
            total.currency,
            money(total.was),
            money(total.would),
            money(total.moved)
        );
    }
    if !difference.accounts.is_empty() {
        text += "\nBy account (debits positive, credits negative)\n";
        let mut table = table(&[
            "Ledger",
            "Currency",
            "Account",
            "Was",
            "Would be",
            "Difference",
        ]);
        for change in &difference.accounts {
            table.add_row(account_cells(change));
        }
        text += &format!("{table}\n");
    }
    if !difference.entities.is_empty() {
        text += "\nBy order and refund, those with the most change first\n";
        let mut table = table(&[
            "About",
            "Ledger",
            "Currency",
            "Account",
            "Was",
            "Would be",
            "Difference",
        ]);
        for change in &difference.entities {
            add_entity(&mut table, change);
        }
        text += &format!("{table}\n");
        text += &more(difference.changed, difference.entities.len());
    }
    text += &reasons("Would be parked", &difference.parked_now);
    text += &reasons("Would no longer be parked", &difference.released);
    text + &left_out(difference)
}

fn add_entity(table: &mut Table, change: &EntityChange) {
    let mut about = change.entity.to_string();
    if let Some(days) = days(change) {
        about = format!("{about} ({days})");
    }
    if change.accounts.is_empty() {
        table.add_row(vec![about]);
        return;
    }
    for account in &change.accounts {
        let mut cells = vec![Cell::new(std::mem::take(&mut about))];
        cells.extend(account_cells(account));
        table.add_row(cells);
    }
}

fn account_cells(change: &AccountChange) -> Vec<Cell> {
    let right = |minor| Cell::new(money(minor, change)).set_alignment(CellAlignment::Right);
    vec![
        Cell::new(&change.key.ledger),
        Cell::new(change.key.currency),
        Cell::new(&change.key.account),
        right(change.was),
        right(change.would),
        right(change.would - change.was),
    ]
}

fn money(minor: i128, change: &AccountChange) -> String {
    decimal(minor, change.key.currency)
}

/// The accounting dates, if they differ.
fn days(change: &EntityChange) -> Option<String> {
    let (was, would) = change.dates?;
    let day =
        |date: Option<jiff::civil::Date>| date.map_or("no day".to_owned(), |it| it.to_string());
    Some(format!("{} to {}", day(was), day(would)))
}

fn reasons(title: &str, parked: &Told) -> String {
    if parked.count == 0 {
        return String::new();
    }
    let mut table = table(&["About", "Reason"]);
    for (entity, reason) in &parked.first {
        table.add_row(vec![entity.to_string(), reason.clone()]);
    }
    let more = more(parked.count, parked.first.len());
    format!("\n{title}: {}\n{table}\n{more}", parked.count)
}

fn more(count: u64, shown: usize) -> String {
    match count - shown as u64 {
        0 => String::new(),
        more => format!("… and {more} more: --all shows them\n"),
    }
}

fn left_out(difference: &Difference) -> String {
    let mut text = String::new();
    if difference.unmapped > 0 {
        text += &format!(
            "\n{} states have no verdict in this part of the log and are left out\n",
            difference.unmapped
        );
    }
    for offset in &difference.unreadable {
        text += &format!("the event at offset {offset} cannot be read and is left out\n");
    }
    text
}

fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(head.to_vec());
    table
}

fn json(difference: &Difference) -> Value {
    let entities = difference.entities.iter().map(|change| {
        json!({
            "entity": change.entity.to_string(),
            "moved": currency(change).map(|currency| decimal(change.moved, currency)),
            "dates": change.dates.map(|(was, would)| json!({ "was": was, "would": would })),
            "accounts": accounts(&change.accounts),
        })
    });
    let totals = difference.totals.iter().map(|total| {
        let money = |minor| decimal(minor, total.currency);
        json!({
            "currency": total.currency,
            "was": money(total.was),
            "would": money(total.would),
            "moved": money(total.moved),
        })
    });
    let reasons = |parked: &Told| -> Vec<Value> {
        let first = parked.first.iter();
        first
            .map(|(entity, reason)| json!({ "entity": entity.to_string(), "reason": reason }))
            .collect()
    };
    json!({
        "compared": difference.compared,
        "changed": difference.changed,
        "totals": totals.collect::<Vec<_>>(),
        "accounts": accounts(&difference.accounts),
        "entities": entities.collect::<Vec<_>>(),
        "parked_now_count": difference.parked_now.count,
        "parked_now": reasons(&difference.parked_now),
        "no_longer_parked_count": difference.released.count,
        "no_longer_parked": reasons(&difference.released),
        "unmapped": difference.unmapped,
        "unreadable": difference.unreadable,
    })
}

fn accounts(changes: &[AccountChange]) -> Vec<Value> {
    let change = |change: &AccountChange| {
        json!({
            "ledger": change.key.ledger,
            "currency": change.key.currency,
            "account": change.key.account,
            "was": money(change.was, change),
            "would": money(change.would, change),
            "difference": money(change.would - change.was, change),
        })
    };
    changes.iter().map(change).collect()
}

fn currency(change: &EntityChange) -> Option<Currency> {
    change.accounts.first().map(|account| account.key.currency)
}

/// One row for each change: of an account, of an order on an account, of what is
/// parked. The first column says which.
fn csv(difference: &Difference) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "what",
        "entity",
        "ledger",
        "currency",
        "account",
        "was",
        "would",
        "difference",
        "note",
    ])?;
    let mut row = |what: &str, entity: &str, change: Option<&AccountChange>, note: &str| {
        let key = change.map(|change| &change.key);
        let text = |of: Option<String>| of.unwrap_or_default();
        let sum = |of: fn(&AccountChange) -> i128| text(change.map(|it| money(of(it), it)));
        writer.write_record([
            what,
            entity,
            &text(key.map(|key| key.ledger.to_string())),
            &text(key.map(|key| key.currency.to_string())),
            &text(key.map(|key| key.account.to_string())),
            &sum(|it| it.was),
            &sum(|it| it.would),
            &sum(|it| it.would - it.was),
            note,
        ])
    };
    for change in &difference.accounts {
        row("account", "", Some(change), "")?;
    }
    for entity in &difference.entities {
        let name = entity.entity.to_string();
        if let Some(days) = days(entity) {
            row("day", &name, None, &days)?;
        }
        for change in &entity.accounts {
            row("order", &name, Some(change), "")?;
        }
    }
    for (entity, reason) in &difference.parked_now.first {
        row("parked_now", &entity.to_string(), None, reason)?;
    }
    for (entity, reason) in &difference.released.first {
        row("no_longer_parked", &entity.to_string(), None, reason)?;
    }
    let bytes = writer.into_inner().context("cannot write the CSV")?;
    Ok(String::from_utf8(bytes)?)
}
