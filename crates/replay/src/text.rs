//! What came of a replay as CSV and as JSON, for programs. Amounts are decimal
//! strings.

use schemas::Currency;
use serde_json::{Value, json};

use crate::{AccountChange, Difference, EntityChange, Told, Verification, decimal};

impl Difference {
    /// All of it as JSON.
    pub fn json(&self) -> String {
        let entities = self.entities.iter().map(|change| {
            json!({
                "entity": change.entity.to_string(),
                "moved": currency(change).map(|currency| decimal(change.moved, currency)),
                "dates": change.dates.map(|(was, would)| json!({ "was": was, "would": would })),
                "accounts": accounts(&change.accounts),
            })
        });
        let totals = self.totals.iter().map(|total| {
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
        let report = json!({
            "compared": self.compared,
            "changed": self.changed,
            "totals": totals.collect::<Vec<_>>(),
            "accounts": accounts(&self.accounts),
            "entities": entities.collect::<Vec<_>>(),
            "parked_now_count": self.parked_now.count,
            "parked_now": reasons(&self.parked_now),
            "no_longer_parked_count": self.released.count,
            "no_longer_parked": reasons(&self.released),
            "unmapped": self.unmapped,
            "unreadable": self.unreadable,
        });
        format!("{report:#}\n")
    }

    /// One row for each change: of an account, of an order on an account, of what is
    /// parked. The first column says which.
    pub fn csv(&self) -> Result<String, csv::Error> {
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
            let sum = |of: fn(&AccountChange) -> i128| text(change.map(|it| it.decimal(of(it))));
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
        for change in &self.accounts {
            row("account", "", Some(change), "")?;
        }
        for entity in &self.entities {
            let name = entity.entity.to_string();
            if let Some(days) = entity.days() {
                row("day", &name, None, &days)?;
            }
            for change in &entity.accounts {
                row("order", &name, Some(change), "")?;
            }
        }
        for (entity, reason) in &self.parked_now.first {
            row("parked_now", &entity.to_string(), None, reason)?;
        }
        for (entity, reason) in &self.released.first {
            row("no_longer_parked", &entity.to_string(), None, reason)?;
        }
        finished(writer)
    }
}

impl Verification {
    /// All of it as JSON.
    pub fn json(&self) -> String {
        let deviations = self
            .deviations
            .iter()
            .map(|it| json!({ "offset": it.offset, "subject": it.subject, "what": it.what }));
        let report = json!({
            "same": self.same,
            "deviating": self.deviating,
            "deviations": deviations.collect::<Vec<_>>(),
            "unknown_rule_sets": self.unknown_rules,
            "other_engines": self.other_engines,
        });
        format!("{report:#}\n")
    }

    /// A row for each verdict that does not follow from its cause.
    pub fn csv(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["offset", "subject", "what"])?;
        for deviation in &self.deviations {
            let offset = deviation.offset.to_string();
            writer.write_record([&offset, &deviation.subject, &deviation.what])?;
        }
        finished(writer)
    }
}

fn accounts(changes: &[AccountChange]) -> Vec<Value> {
    let change = |change: &AccountChange| {
        json!({
            "ledger": change.key.ledger,
            "currency": change.key.currency,
            "account": change.key.account,
            "was": change.decimal(change.was),
            "would": change.decimal(change.would),
            "difference": change.decimal(change.would - change.was),
        })
    };
    changes.iter().map(change).collect()
}

fn currency(change: &EntityChange) -> Option<Currency> {
    change.accounts.first().map(|account| account.key.currency)
}

fn finished(writer: csv::Writer<Vec<u8>>) -> Result<String, csv::Error> {
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
