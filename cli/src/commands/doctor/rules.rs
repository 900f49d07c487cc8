//! The mapper's rules.

use std::collections::BTreeSet;

use mapping::RuleSet;
use service::config::Config;

use super::findings::{Findings, chain};

/// The rules, if they can be used.
pub(super) fn check(config: &Config, findings: &mut Findings) -> Option<RuleSet> {
    let rules = match mapper::load_rules(&config.rules) {
        Ok(rules) => rules,
        Err(error) => {
            findings.problem(
                "rules",
                chain(error),
                "correct the rules at the place named, or set `rules` to where they are",
            );
            return None;
        }
    };
    findings.fine(
        "rules",
        format!("the rules are usable ({})", rules.digest().short()),
    );
    let led_to: BTreeSet<_> = rules.ledgers().collect();
    for ledger in led_to {
        if !config.ledgers.contains_key(ledger) {
            findings.problem(
                "rules.ledger",
                format!("the rules lead to ledger `{ledger}`, which is not configured"),
                format!("add [ledgers.{ledger}], or correct the route's ledger"),
            );
        }
    }
    Some(rules)
}
