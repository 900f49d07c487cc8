//! Checking a rules file as a whole before any of it is used.

use jiff::tz::TimeZone;
use schemas::{Currency, Digest, StoreKey};
use toml::Spanned;

use super::{
    AccountRule, Policy, Route, RuleSet, RulesError,
    file::{self, MatchFile, RulesFile, SegmentsFile},
    matcher::{Matcher, Segments, SkuPattern},
};

/// The version of the rules' format that this program reads.
const VERSION: u32 = 1;

/// Where errors are said to be.
struct Source<'a> {
    text: &'a str,
    file: &'a str,
}

impl Source<'_> {
    fn error<T>(&self, at: &Spanned<T>, message: String) -> RulesError {
        file::at(self.text, self.file, at.span().start, message)
    }
}

pub(super) fn check(rules: RulesFile, text: &str, file: &str) -> Result<RuleSet, RulesError> {
    let source = Source { text, file };
    if *rules.version.get_ref() != VERSION {
        let message = format!("this program reads version {VERSION} of the rules");
        return Err(source.error(&rules.version, message));
    }
    let chart = rules.chart.segments.get_ref();
    if chart.is_empty() || chart.len() > 30 {
        let message = "a chart of accounts has 1 to 30 segments".to_owned();
        return Err(source.error(&rules.chart.segments, message));
    }
    let segments = |given: SegmentsFile| segments(given, chart, &source);
    let defaults = segments(rules.chart.defaults)?;

    let mut routes: Vec<(Spanned<String>, Route)> = Vec::new();
    for route in rules.routes {
        let zone = route.time_zone.get_ref();
        let time_zone = TimeZone::get(zone).map_err(|_| {
            source.error(
                &route.time_zone,
                format!("`{zone}` is not a time zone: write one such as `Europe/Berlin`"),
            )
        })?;
        let checked = Route {
            name: route.name.get_ref().clone(),
            ledger: route.ledger,
            time_zone,
            matcher: matcher(route.matches, &route.name, &source)?,
            segments: segments(route.segments)?,
        };
        routes.push((route.name, checked));
    }
    refuse_ties(&source, "routes", &routes, |a, b| {
        a.matcher.ties_with(&b.matcher)
    })?;

    let mut accounts: Vec<(Spanned<String>, AccountRule)> = Vec::new();
    for rule in rules.accounts {
        let checked = AccountRule {
            name: rule.name.get_ref().clone(),
            role: rule.role,
            matcher: matcher(rule.matches, &rule.name, &source)?,
            segments: segments(rule.segments)?,
        };
        accounts.push((rule.name, checked));
    }
    refuse_ties(&source, "rules", &accounts, |a, b| {
        a.role == b.role
            && a.segments
                .keys()
                .any(|segment| b.segments.contains_key(segment))
            && a.matcher.ties_with(&b.matcher)
    })?;

    Ok(RuleSet {
        digest: Digest::of(text.as_bytes()),
        segments: chart.clone(),
        defaults,
        routes: routes.into_iter().map(|(_, route)| route).collect(),
        accounts: accounts.into_iter().map(|(_, rule)| rule).collect(),
        policy: Policy {
            recognised: rules.policy.recognised_statuses,
            hold: rules.policy.hold_statuses,
            rounding_per_line: rules.policy.rounding_per_line.into(),
            rounding_at_most: rules.policy.rounding_at_most.into(),
        },
    })
}

fn segments(
    given: SegmentsFile,
    chart: &[String],
    source: &Source,
) -> Result<Segments, RulesError> {
    let mut checked = Segments::new();
    for (name, value) in given {
        if !chart.contains(name.get_ref()) {
            let message = format!(
                "`{}` is no segment of the chart, which has {}",
                name.get_ref(),
                chart.join(", ")
            );
            return Err(source.error(&name, message));
        }
        if value.get_ref().is_empty() || value.get_ref().contains('.') {
            let message = format!("`{}` cannot be the value of a segment", value.get_ref());
            return Err(source.error(&value, message));
        }
        checked.insert(name.into_inner(), value.into_inner());
    }
    Ok(checked)
}

fn matcher(
    given: MatchFile,
    rule: &Spanned<String>,
    source: &Source,
) -> Result<Matcher, RulesError> {
    let stores = given.store.into_vec();
    for store in &stores {
        if let Err(error) = store.parse::<StoreKey>() {
            return Err(source.error(rule, format!("rule `{}`: {error}", rule.get_ref())));
        }
    }
    let currencies = given.currency.into_vec();
    for code in &currencies {
        if let Err(error) = Currency::from_code(code) {
            return Err(source.error(rule, format!("rule `{}`: {error}", rule.get_ref())));
        }
    }
    let skus = given.sku.into_vec();
    Ok(Matcher {
        stores,
        channels: given.channel.into_vec(),
        currencies,
        categories: given.category.into_vec(),
        skus: skus.iter().map(|text| SkuPattern::parse(text)).collect(),
        payment_methods: given.payment_method.into_vec(),
    })
}

/// Two rules of which neither is more specific leave the account to chance.
fn refuse_ties<T>(
    source: &Source,
    what: &str,
    rules: &[(Spanned<String>, T)],
    ties: impl Fn(&T, &T) -> bool,
) -> Result<(), RulesError> {
    for (index, (name, rule)) in rules.iter().enumerate() {
        for (earlier_name, earlier) in &rules[..index] {
            if ties(earlier, rule) {
                let message = format!(
                    "the {what} `{}` and `{}` tie: both can match one order and set the same, and neither is more specific",
                    earlier_name.get_ref(),
                    name.get_ref()
                );
                return Err(source.error(name, message));
            }
        }
    }
    Ok(())
}
