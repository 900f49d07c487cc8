//! Which rule set each segment of an account, and which lost, as JSON.

use mapping::{
    Explained,
    rules::{SegmentChoice, Setter},
};
use schemas::Side;
use serde::Serialize;
use serde_json::Value;

use super::target::Target;

/// The explanation of all lines, and of which order or refund.
pub(super) fn json(target: &Target) -> anyhow::Result<String> {
    let entity = target.mapped.entity.to_string();
    let explained = value(target)?;
    Ok(serde_json::to_string_pretty(&serde_json::json!({
        "entity": entity, "lines": explained,
    }))?)
}

/// The explanation of all lines.
pub(super) fn value(target: &Target) -> serde_json::Result<Value> {
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
