//! Targets as JSON.

use schemas::Mapped;
use serde::Serialize;
use serde_json::Value;

use super::{explanation, target::Target};

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
            explained: explain.then(|| explanation::value(target)).transpose()?,
        })
    }
}

/// A list of all targets.
pub(super) fn text(targets: &[Target], explain: bool) -> anyhow::Result<String> {
    let list: Vec<Shown> = targets
        .iter()
        .map(|target| Shown::of(target, explain))
        .collect::<serde_json::Result<_>>()?;
    Ok(format!("{}\n", serde_json::to_string_pretty(&list)?))
}
