//! `replay --verify`.

use anyhow::Context;
use mapping::ENGINE;
use replay::{RuleSets, Verification, verify};
use serde_json::json;
use service::config::Config;

use super::Replay;
use crate::{exit::Outcome, format::Format, progress};

impl Replay {
    pub(super) fn verify(&self) -> anyhow::Result<Outcome> {
        let rules = self.known_rules()?;
        let (log, range) = self.part()?;
        let bar = progress::bar("verified", range.len());
        let verification = verify(&log, range, &rules, |done| {
            bar.set_position(done + 1 - range.from);
        });
        bar.finish_and_clear();
        let verification = verification?;
        match self.format {
            Format::Table => print!("{}", text(&verification)),
            Format::Json => println!("{:#}", json(&verification)),
            Format::Csv => print!("{}", csv(&verification)?),
        }
        Ok(Outcome::in_order(
            verification.is_in_order() && verification.unknown_rules.is_empty(),
        ))
    }

    /// The rules that are named, and those of the configuration.
    fn known_rules(&self) -> anyhow::Result<RuleSets> {
        let mut files = self.rules.clone();
        match Config::load(&self.data.service.config) {
            Ok(config) => files.push(config.rules),
            // A data folder may be looked at without its configuration.
            Err(error) if self.data.data.is_none() => return Err(error.into()),
            Err(_) => {}
        }
        let mut rules = RuleSets::new();
        for file in files {
            let set = mapper::load_rules(&file)?;
            rules.insert(set.digest().clone(), set);
        }
        Ok(rules)
    }
}

fn text(verification: &Verification) -> String {
    let mut lines = vec![format!(
        "{} verdicts follow from their causes to the byte, {} do not",
        verification.same, verification.deviating
    )];
    for deviation in &verification.deviations {
        lines.push(format!(
            "offset {} ({}): {}",
            deviation.offset, deviation.subject, deviation.what
        ));
    }
    let shown = verification.deviations.len() as u64;
    if verification.deviating > shown {
        lines.push(format!("… and {} more", verification.deviating - shown));
    }
    for (digest, count) in &verification.unknown_rules {
        lines.push(format!(
            "{count} verdicts are by the rule set {digest}, which was not given: name its file by --rules"
        ));
    }
    for (engine, count) in &verification.other_engines {
        lines.push(format!(
            "{count} verdicts are by version {engine} of the mapping, this is {ENGINE}: that version must verify them"
        ));
    }
    lines.join("\n") + "\n"
}

fn json(verification: &Verification) -> serde_json::Value {
    let deviations = verification
        .deviations
        .iter()
        .map(|it| json!({ "offset": it.offset, "subject": it.subject, "what": it.what }));
    json!({
        "same": verification.same,
        "deviating": verification.deviating,
        "deviations": deviations.collect::<Vec<_>>(),
        "unknown_rule_sets": verification.unknown_rules,
        "other_engines": verification.other_engines,
    })
}

fn csv(verification: &Verification) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["offset", "subject", "what"])?;
    for deviation in &verification.deviations {
        let offset = deviation.offset.to_string();
        writer.write_record([&offset, &deviation.subject, &deviation.what])?;
    }
    let bytes = writer.into_inner().context("cannot write the CSV")?;
    Ok(String::from_utf8(bytes)?)
}
