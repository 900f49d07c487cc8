//! `replay --verify`.

use replay::{RuleSets, verify};
use service::config::Config;

use super::args::Replay;
use crate::{exit::Outcome, format::Format, progress, tables};

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
        let text = match self.format {
            Format::Table => tables::verification(&verification),
            Format::Json => verification.json(),
            Format::Csv => verification.csv()?,
        };
        print!("{text}");
        Ok(Outcome::in_order(verification.is_in_order()))
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
