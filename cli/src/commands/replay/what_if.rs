//! `replay --rules`.

use anyhow::bail;
use replay::what_if;

use super::args::Replay;
use crate::{exit::Outcome, format::Format, progress, tables};

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
        let text = match self.format {
            Format::Table => tables::difference(&difference),
            Format::Json => difference.json(),
            Format::Csv => difference.csv()?,
        };
        print!("{text}");
        Ok(Outcome::Fine)
    }
}
