//! Which rule set each segment of an account, and which lost.

use comfy_table::{Table, presets};
use mapping::{
    Explained,
    rules::{SegmentChoice, Setter},
};
use schemas::Side;
use serde::Serialize;
use serde_json::Value;

use super::Target;

pub fn table(target: &Target) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["line", "segment", "value", "set by", "lost"]);
    for explained in &target.explained {
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
    let entity = &target.mapped.entity;
    match target.explained.is_empty() {
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

/// The explanation of all lines, and of which order or refund.
pub fn json(target: &Target) -> anyhow::Result<String> {
    let entity = target.mapped.entity.to_string();
    let explained = value(target)?;
    Ok(serde_json::to_string_pretty(&serde_json::json!({
        "entity": entity, "lines": explained,
    }))?)
}

/// The explanation of all lines.
pub fn value(target: &Target) -> serde_json::Result<Value> {
    let lines: Vec<Line> = target.explained.iter().map(Line::of).collect();
    serde_json::to_value(lines)
}

#[derive(Serialize)]
struct Line {
    account: String,
    side: &'static str,
    amount: String,
    currency: &'static str,
    role: &'static str,
    asked_for: &'static str,
    memo: String,
    segments: Vec<Segment>,
}

#[derive(Serialize)]
struct Segment {
    segment: String,
    value: Option<String>,
    /// `rule`, `route`, `default` or `nothing`.
    set_by: &'static str,
    name: Option<String>,
    lost: Vec<Lost>,
}

#[derive(Serialize)]
struct Lost {
    rule: String,
    value: String,
}

impl Line {
    fn of(explained: &Explained) -> Line {
        let line = &explained.line;
        Line {
            account: line.account.to_string(),
            side: match line.side {
                Side::Debit => "debit",
                Side::Credit => "credit",
            },
            amount: line.amount.to_string(),
            currency: line.amount.currency().code(),
            role: line.role.as_str(),
            asked_for: explained.asked.as_str(),
            memo: line.memo.clone(),
            segments: explained.account.segments.iter().map(Segment::of).collect(),
        }
    }
}

impl Segment {
    fn of(choice: &SegmentChoice) -> Segment {
        let (set_by, name) = match &choice.set_by {
            Setter::Rule(name) => ("rule", Some(name.clone())),
            Setter::Route(name) => ("route", Some(name.clone())),
            Setter::ChartDefault => ("default", None),
            Setter::Nobody => ("nothing", None),
        };
        let lost = choice.lost.iter().map(|(rule, value)| Lost {
            rule: rule.clone(),
            value: value.clone(),
        });
        Segment {
            segment: choice.segment.clone(),
            value: choice.value.clone(),
            set_by,
            name,
            lost: lost.collect(),
        }
    }
}
