//! Checking a rules file as a whole before any of it is used.

use jiff::{civil::Date, tz::TimeZone};
use schemas::{Conversion, Currency, Digest, StoreKey, SummaryRule};
use toml::Spanned;

use super::{
    AccountRule, Policy, RecognitionPolicy, Route, RuleSet, RulesError,
    condition::{self, Condition},
    file::{
        self, AccountFile, ConversionFile, JournalsFile, MatchFile, Place, PolicyFile, Recognised,
        RecognitionFile, RouteFile, RulesFile, SegmentsFile,
    },
    matcher::{Matcher, Segments, SkuPattern},
};

/// The version of the rules' format that this program reads.
const VERSION: u32 = 1;
/// The conversion type that comes with a rate of its own, as Fusion calls it.
const USER_RATE: &str = "User";

impl RuleSet {
    /// Checks rules given as text (TOML, version 1 of the format); `file` is what
    /// messages call it. The first thing that is wrong refuses them as a whole.
    pub fn parse(text: &str, file: &str) -> Result<RuleSet, RulesError> {
        check(RulesFile::parse(text, file)?, text, file)
    }
}

fn check(rules: RulesFile, text: &str, file: &str) -> Result<RuleSet, RulesError> {
    let chart = rules.chart.segments.get_ref().clone();
    let source = Source {
        text,
        file,
        chart: &chart,
    };
    if *rules.version.get_ref() != VERSION {
        let message = format!("this program reads version {VERSION} of the rules");
        return Err(source.error(&rules.version, message));
    }
    if chart.is_empty() || chart.len() > 30 {
        let message = "a chart of accounts has 1 to 30 segments".to_owned();
        return Err(source.error(&rules.chart.segments, message));
    }
    let defaults = source.segments(rules.chart.defaults)?;
    let policy = policy(rules.policy);

    let mut routes = Vec::new();
    for route in rules.routes {
        let name = route.name.clone();
        routes.push((name, source.route(route, &policy)?));
    }
    source.refuse_ties("routes", &routes, |a, b| a.matcher.ties_with(&b.matcher))?;

    let mut accounts = Vec::new();
    for rule in rules.accounts {
        let name = rule.name.clone();
        accounts.push((name, source.account(rule)?));
    }
    source.refuse_ties("rules", &accounts, |a, b| {
        a.role == b.role
            && a.from <= b.until
            && b.from <= a.until
            && a.segments
                .iter()
                .any(|(segment, value)| b.segments.get(segment).is_some_and(|other| other != value))
            && a.matcher.ties_with(&b.matcher)
    })?;

    Ok(RuleSet {
        file: file.to_owned(),
        digest: Digest::of(text.as_bytes()),
        segments: chart.clone(),
        defaults,
        routes: routes.into_iter().map(|(_, route)| route).collect(),
        accounts: accounts.into_iter().map(|(_, rule)| rule).collect(),
        policy,
    })
}

fn policy(file: PolicyFile) -> Policy {
    Policy {
        recognition: recognition(file.recognition),
        hold: file.hold_statuses,
        excluded_payment_methods: file.excluded_payment_methods,
        several_categories: file.several_categories,
        unmapped: file.unmapped,
        discounts: file.discounts,
        refund_tax: file.refund_tax,
        rounding_per_line: file.rounding_per_line.into(),
        rounding_at_most: file.rounding_at_most.into(),
    }
}

fn recognition(file: RecognitionFile) -> RecognitionPolicy {
    match file {
        RecognitionFile::Named(Recognised::Paid) => RecognitionPolicy::on_payment(),
        RecognitionFile::Named(Recognised::Shipped) => RecognitionPolicy::on_shipment(),
        RecognitionFile::Named(Recognised::Completed) => RecognitionPolicy::on_completion(),
        RecognitionFile::Statuses(statuses) => RecognitionPolicy::of(statuses),
    }
}

/// The text that is checked: what errors point into, and what names refer to.
struct Source<'a> {
    text: &'a str,
    file: &'a str,
    chart: &'a [String],
}

impl Source<'_> {
    fn error<T>(&self, at: &Spanned<T>, message: String) -> RulesError {
        file::at(self.text, self.file, at.span().start, message)
    }

    fn place<T>(&self, at: &Spanned<T>) -> Place {
        Place::of(self.text, at.span().start)
    }

    fn route(&self, route: RouteFile, policy: &Policy) -> Result<Route, RulesError> {
        let zone = route.time_zone.get_ref();
        let time_zone = TimeZone::get(zone).map_err(|_| {
            let message = format!("`{zone}` is not a time zone: write one such as `Europe/Berlin`");
            self.error(&route.time_zone, message)
        })?;
        let summary = self.summary(&route)?;
        Ok(Route {
            place: self.place(&route.name),
            name: route.name.get_ref().clone(),
            ledger: route.ledger,
            time_zone,
            recognition: route
                .recognition
                .map_or_else(|| policy.recognition.clone(), recognition),
            tax_by_rate: route.tax_by_rate,
            conversion: route.conversion.map(|it| self.conversion(it)).transpose()?,
            summary,
            matcher: self.matcher(route.matches, &route.name, 0)?,
            segments: self.segments(route.segments)?,
        })
    }

    /// Without a date to begin on, a summary of days long past could be meant.
    fn summary(&self, route: &RouteFile) -> Result<Option<SummaryRule>, RulesError> {
        let summed_up = |it: &&Spanned<JournalsFile>| *it.get_ref() == JournalsFile::Summary;
        match (
            route.journals.as_ref().filter(summed_up),
            &route.summary_from,
        ) {
            (None, None) => Ok(None),
            (Some(_), Some(from)) => Ok(Some(SummaryRule {
                from: *from.get_ref(),
                time_zone: route.time_zone.get_ref().clone(),
            })),
            (Some(journals), None) => {
                let message = "`journals = \"summary\"` needs `summary_from`, the first day that is summed up, such as \"2026-12-01\"".to_owned();
                Err(self.error(journals, message))
            }
            (None, Some(from)) => {
                let message = "`summary_from` goes with `journals = \"summary\"`".to_owned();
                Err(self.error(from, message))
            }
        }
    }

    fn account(&self, rule: AccountFile) -> Result<AccountRule, RulesError> {
        let from = rule.from.unwrap_or(Date::MIN);
        let until = rule.until.unwrap_or(Date::MAX);
        if from > until {
            let message = format!(
                "rule `{}` ends on {until}, before it begins",
                rule.name.get_ref()
            );
            return Err(self.error(&rule.name, message));
        }
        Ok(AccountRule {
            place: self.place(&rule.name),
            name: rule.name.get_ref().clone(),
            role: rule.role,
            matcher: self.matcher(rule.matches, &rule.name, rule.priority)?,
            segments: self.segments(rule.segments)?,
            from,
            until,
        })
    }

    fn conversion(&self, given: Spanned<ConversionFile>) -> Result<Conversion, RulesError> {
        let conversion = given.get_ref();
        if (conversion.kind == USER_RATE) != conversion.rate.is_some() {
            let message =
                format!("a rate goes with the conversion type `{USER_RATE}`, and with no other");
            return Err(self.error(&given, message));
        }
        Ok(Conversion {
            kind: conversion.kind.clone(),
            rate: conversion.rate,
        })
    }

    fn segments(&self, given: SegmentsFile) -> Result<Segments, RulesError> {
        let mut checked = Segments::new();
        for (name, value) in given {
            if !self.chart.contains(name.get_ref()) {
                let message = format!(
                    "`{}` is no segment of the chart, which has {}",
                    name.get_ref(),
                    self.chart.join(", ")
                );
                return Err(self.error(&name, message));
            }
            if value.get_ref().is_empty() || value.get_ref().contains('.') {
                let message = format!("`{}` cannot be the value of a segment", value.get_ref());
                return Err(self.error(&value, message));
            }
            checked.insert(name.into_inner(), value.into_inner());
        }
        Ok(checked)
    }

    fn matcher(
        &self,
        given: MatchFile,
        rule: &Spanned<String>,
        priority: i32,
    ) -> Result<Matcher, RulesError> {
        let wrong = |what: String| self.error(rule, format!("rule `{}`: {what}", rule.get_ref()));
        let stores = given.store.into_vec();
        for store in &stores {
            store
                .parse::<StoreKey>()
                .map_err(|error| wrong(error.to_string()))?;
        }
        let currencies = given.currency.into_vec();
        for code in &currencies {
            Currency::from_code(code).map_err(|error| wrong(error.to_string()))?;
        }
        let product_types = given.product_type.into_vec();
        for kind in &product_types {
            if !condition::PRODUCT_TYPES.contains(&kind.as_str()) {
                return Err(wrong(format!(
                    "`{kind}` is no product type: use {}",
                    condition::PRODUCT_TYPES.join(", ")
                )));
            }
        }
        let when = match &given.when {
            None => None,
            Some(text) => Some(Condition::compile(text.get_ref()).map_err(|error| {
                self.error(text, format!("the condition cannot be used: {error}"))
            })?),
        };
        let skus = given.sku.into_vec();
        Ok(Matcher {
            skus: skus.iter().map(|text| SkuPattern::parse(text)).collect(),
            products: given.product.into_vec(),
            categories: given.category.into_vec(),
            brands: given.brand.into_vec(),
            product_types,
            tax_classes: given.tax_class.into_vec(),
            pickup_locations: given.pickup_location.into_vec(),
            customer_groups: given.customer_group.into_vec(),
            tax_rates: given.tax_rate.into_vec(),
            payment_methods: given.payment_method.into_vec(),
            countries: given.country.into_vec(),
            channels: given.channel.into_vec(),
            currencies,
            stores,
            when,
            priority,
        })
    }

    /// Two rules of which neither is more specific leave the account to chance.
    fn refuse_ties<T>(
        &self,
        what: &str,
        rules: &[(Spanned<String>, T)],
        ties: impl Fn(&T, &T) -> bool,
    ) -> Result<(), RulesError> {
        for (index, (name, rule)) in rules.iter().enumerate() {
            for (earlier_name, earlier) in &rules[..index] {
                if ties(earlier, rule) {
                    let message = format!(
                        "the {what} `{}` and `{}` tie: both can match one order and set the same differently, and neither is more specific; give one a higher priority",
                        earlier_name.get_ref(),
                        name.get_ref()
                    );
                    return Err(self.error(name, message));
                }
            }
        }
        Ok(())
    }
}
