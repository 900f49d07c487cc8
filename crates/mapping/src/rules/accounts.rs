//! The accounts that rules name by themselves: those which a rule, the wider rules
//! of its role and the route set completely. Others depend on what is sold.

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemas::{Account, LedgerKey};

use super::{AccountRule, Route, RuleSet, matcher::Matcher};

impl RuleSet {
    /// The accounts that rules in effect on a day name for a ledger, each with the
    /// rule that names it.
    pub fn accounts(&self, ledger: &LedgerKey, on: Date) -> BTreeSet<(Account, String)> {
        let mut named = BTreeSet::new();
        for route in self.routes.iter().filter(|route| route.ledger == *ledger) {
            let reached = |rule: &&AccountRule| rule.is_effective(on) && route.can_meet(rule);
            for rule in self.accounts.iter().filter(reached) {
                if let Some(account) = self.named_by(rule, route, on) {
                    named.insert((account, rule.name.clone()));
                }
            }
        }
        named
    }

    /// The account that a rule names, if every segment of it is set.
    fn named_by(&self, rule: &AccountRule, route: &Route, on: Date) -> Option<Account> {
        let is_wider = |wide: &&AccountRule| {
            wide.role == rule.role
                && wide.is_effective(on)
                && wide.matcher.asks_for_nothing_but_place()
                && route.can_meet(wide)
        };
        let wider: Vec<&AccountRule> = self.accounts.iter().filter(is_wider).collect();
        let values = self.segments.iter().map(|segment| {
            let of_wider = || wider.iter().find_map(|wide| wide.segments.get(segment));
            rule.segments
                .get(segment)
                .or_else(of_wider)
                .or_else(|| route.segments.get(segment))
                .or_else(|| self.defaults.get(segment))
                .cloned()
        });
        Account::new(values.collect::<Option<Vec<String>>>()?).ok()
    }
}

impl Matcher {
    /// Whether it fits every order of its stores, channels, currencies and countries.
    fn asks_for_nothing_but_place(&self) -> bool {
        let place = Matcher {
            stores: self.stores.clone(),
            channels: self.channels.clone(),
            currencies: self.currencies.clone(),
            countries: self.countries.clone(),
            priority: self.priority,
            ..Matcher::default()
        };
        *self == place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
        version = 1
        [chart]
        segments = ["company", "account", "product"]
        [policy]
        [[routes]]
        name = "US"
        match = { store = "us" }
        ledger = "us"
        time_zone = "UTC"
        segments = { company = "101" }
        [[accounts]]
        name = "revenue"
        role = "revenue"
        segments = { account = "41000" }
        [[accounts]]
        name = "shoes"
        role = "revenue"
        match = { category = 21 }
        segments = { product = "120" }
        [[accounts]]
        name = "shipping"
        role = "shipping"
        segments = { account = "42000", product = "000" }
        [[accounts]]
        name = "old shipping"
        role = "fee"
        until = "2026-01-31"
        segments = { account = "42300", product = "000" }
        [[accounts]]
        name = "VAT"
        role = "tax"
        match = { store = "eu" }
        segments = { account = "21510", product = "000" }
    "#;

    #[test]
    fn complete_accounts_of_the_ledgers_routes_are_named() {
        let rules = RuleSet::parse(RULES, "rules.toml").unwrap();
        let named = rules.accounts(&"us".parse().unwrap(), "2026-11-05".parse().unwrap());
        let named: Vec<String> = named
            .iter()
            .map(|(it, rule)| format!("{it} {rule}"))
            .collect();
        assert_eq!(named, ["101.41000.120 shoes", "101.42000.000 shipping"]);
        assert!(
            rules
                .accounts(&"eu".parse().unwrap(), "2026-11-05".parse().unwrap())
                .is_empty()
        );
    }
}
