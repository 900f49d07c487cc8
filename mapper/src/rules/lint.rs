//! What is not wrong in a set of rules, but probably not meant.

use std::fmt;

use schemas::Role;

use super::{AccountRule, Route, RuleSet, matcher::Matcher};

/// Roles that have lines of their own, so that rules for them may ask for a product.
const OF_LINES: [Role; 5] = [
    Role::Revenue,
    Role::DeferredRevenue,
    Role::Returns,
    Role::Discount,
    Role::GiftCertificate,
];
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

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// No route leads to the stores, channels or currencies that it asks for.
    NoRouteFor {
        rule: String,
    },
    /// It asks for a product where no product is booked.
    AsksForALine {
        rule: String,
        role: Role,
    },
    NoAccountFor {
        route: String,
        role: Role,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::NoRouteFor { rule } => write!(
                f,
                "rule `{rule}` is never reached: no route has the store, channel or currency it asks for"
            ),
            Warning::AsksForALine { rule, role } => write!(
                f,
                "rule `{rule}` is never reached: {} is booked for the order as a whole, and the rule asks for a product",
                role.as_str()
            ),
            Warning::NoAccountFor { route, role } => write!(
                f,
                "route `{route}` has no rule for {}: an order that needs it is parked",
                role.as_str()
            ),
        }
    }
}

impl RuleSet {
    /// Rules that are never reached, and roles without an account.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for rule in &self.accounts {
            if !self.routes.iter().any(|route| can_meet(route, rule)) {
                warnings.push(Warning::NoRouteFor {
                    rule: rule.name.clone(),
                });
            }
            if rule.matcher.asks_for_a_line() && !OF_LINES.contains(&rule.role) {
                warnings.push(Warning::AsksForALine {
                    rule: rule.name.clone(),
                    role: rule.role,
                });
            }
        }
        for route in &self.routes {
            let has = |role: Role| {
                let of_role = |rule: &&AccountRule| rule.role == role && can_meet(route, rule);
                self.accounts.iter().any(|rule| of_role(&rule))
            };
            let deferred = route.recognition.deferred_until_shipment;
            let needed = NEEDED
                .into_iter()
                .chain(deferred.then_some(Role::DeferredRevenue));
            for role in needed.filter(|role| !has(*role)) {
                warnings.push(Warning::NoAccountFor {
                    route: route.name.clone(),
                    role,
                });
            }
        }
        warnings
    }
}

/// Whether an order of the route can match the rule, as far as both ask.
pub(super) fn can_meet(route: &Route, rule: &AccountRule) -> bool {
    fn meet<T: PartialEq>(a: &[T], b: &[T]) -> bool {
        a.is_empty() || b.is_empty() || a.iter().any(|value| b.contains(value))
    }
    let (a, b): (&Matcher, &Matcher) = (&route.matcher, &rule.matcher);
    meet(&a.stores, &b.stores)
        && meet(&a.channels, &b.channels)
        && meet(&a.currencies, &b.currencies)
        && meet(&a.countries, &b.countries)
}
