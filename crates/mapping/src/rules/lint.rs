//! What is not wrong in a set of rules, but probably not meant.

use std::fmt;

use schemas::Role;

use super::{AccountRule, Route, RuleSet, file::Place};

/// Roles that have lines of their own, so that rules for them may ask for a product.
const OF_LINES: [Role; 6] = [
    Role::Revenue,
    Role::DeferredRevenue,
    Role::Returns,
    Role::Discount,
    Role::GiftCertificate,
    Role::Tax,
];
/// Roles of charges, which have a tax class and no product.
const OF_CHARGES: [Role; 4] = [Role::Shipping, Role::Handling, Role::Wrapping, Role::Fee];
/// Roles that nearly every store needs an account for.
const NEEDED: [Role; 8] = [
    Role::Revenue,
    Role::Discount,
    Role::Shipping,
    Role::Tax,
    Role::Clearing,
    Role::StoreCredit,
    Role::GiftCertificate,
    Role::Rounding,
];

/// Something to look at, and where: file, line and column of the rule's or route's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    file: String,
    line: usize,
    column: usize,
    finding: Finding,
}

/// What may not be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Finding {
    /// No route leads to the stores, channels or currencies that it asks for.
    NoRouteFor { rule: String },
    /// It asks for a product where no product is booked.
    AsksForALine { rule: String, role: Role },
    /// It asks for a tax class where neither a line nor a charge is booked.
    AsksForATaxClass { rule: String, role: Role },
    /// It asks for a tax rate, and no tax is booked by rate.
    AsksForATaxRate { rule: String },
    /// Orders of the route may need it, and no rule is for it.
    NoAccountFor { route: String, role: Role },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Warning {
            file,
            line,
            column,
            finding,
        } = self;
        write!(f, "{file}:{line}:{column}: {finding}")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::NoRouteFor { rule } => write!(
                f,
                "rule `{rule}` is never reached: no route has the store, channel, currency or country it asks for; add a route for them, or remove the rule"
            ),
            Finding::AsksForALine { rule, role } => write!(
                f,
                "rule `{rule}` is never reached: {} is not booked by product, and the rule asks for one; match something of the order instead",
                role.as_str()
            ),
            Finding::AsksForATaxClass { rule, role } => write!(
                f,
                "rule `{rule}` is never reached: {} is booked for the order as a whole, which has no tax class; match something of the order instead",
                role.as_str()
            ),
            Finding::AsksForATaxRate { rule } => write!(
                f,
                "rule `{rule}` is never reached: it asks for a tax rate, which only the role tax has, on routes with tax_by_rate = true"
            ),
            Finding::NoAccountFor { route, role } => write!(
                f,
                "route `{route}` has no rule for {}: an order that needs it is parked; add an [[accounts]] rule of that role",
                role.as_str()
            ),
        }
    }
}

impl RuleSet {
    /// Rules that are never reached, and roles without an account.
    pub fn warnings(&self) -> Vec<Warning> {
        let of_rules = self.accounts.iter().flat_map(|rule| {
            let findings = self.findings(rule).into_iter();
            findings.map(|finding| self.warning(rule.place, finding))
        });
        let of_routes = self.routes.iter().flat_map(|route| {
            let missing = self.missing(route).map(|role| Finding::NoAccountFor {
                route: route.name.clone(),
                role,
            });
            missing.map(|finding| self.warning(route.place, finding))
        });
        of_rules.chain(of_routes).collect()
    }

    fn warning(&self, Place { line, column }: Place, finding: Finding) -> Warning {
        Warning {
            file: self.file.clone(),
            line,
            column,
            finding,
        }
    }

    /// Why a rule is never reached.
    fn findings(&self, rule: &AccountRule) -> Vec<Finding> {
        let (matcher, role) = (&rule.matcher, rule.role);
        let met = || self.routes.iter().filter(|it| it.can_meet(rule));
        let has_rates = role == Role::Tax && met().any(|route| route.tax_by_rate);
        let mut findings = Vec::new();
        if met().next().is_none() {
            findings.push(Finding::NoRouteFor {
                rule: rule.name.clone(),
            });
        } else if !matcher.tax_rates.is_empty() && !has_rates {
            findings.push(Finding::AsksForATaxRate {
                rule: rule.name.clone(),
            });
        }
        let (of_lines, of_charges) = (OF_LINES.contains(&role), OF_CHARGES.contains(&role));
        if matcher.asks_for_a_line() && !of_lines {
            findings.push(Finding::AsksForALine {
                rule: rule.name.clone(),
                role,
            });
        }
        if !matcher.tax_classes.is_empty() && !of_lines && !of_charges {
            findings.push(Finding::AsksForATaxClass {
                rule: rule.name.clone(),
                role,
            });
        }
        findings
    }

    /// The roles that orders of a route need and no rule is for.
    fn missing<'a>(&'a self, route: &'a Route) -> impl Iterator<Item = Role> + 'a {
        let has = |role: Role| {
            let mut rules = self.accounts.iter();
            rules.any(|rule| rule.role == role && route.can_meet(rule))
        };
        let deferred = route.recognition.deferred_until_shipment;
        let needed = NEEDED
            .into_iter()
            .chain(deferred.then_some(Role::DeferredRevenue));
        needed.filter(move |role| !has(*role))
    }
}

impl Route {
    /// Whether an order of the route can match the rule, as far as both ask.
    pub(super) fn can_meet(&self, rule: &AccountRule) -> bool {
        self.matcher.can_meet(&rule.matcher)
    }
}
