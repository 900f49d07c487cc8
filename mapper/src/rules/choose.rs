//! Choosing the account of a role.

use schemas::{Account, Role};

use super::{Policy, Route, RuleSet};
use crate::{Problem, context::Context};

/// An account and the rules that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub account: Account,
    /// The names of the rules, in the order of the segments they set: `product revenue + footwear`.
    pub rule: String,
}

impl RuleSet {
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The route of an order: the most specific that matches.
    pub fn route(&self, context: &Context) -> Result<&Route, Problem> {
        let fitting = self.routes.iter().filter_map(|route| {
            let specificity = route.matcher.specificity(context)?;
            Some((specificity, route))
        });
        match best(fitting) {
            Some(route) => Ok(route),
            None => Err(Problem::NoRoute {
                store: context.order.store.to_string(),
                channel: context.order.channel,
                currency: context.order.currency,
            }),
        }
    }

    /// The account of a role, composed segment by segment.
    pub fn choose(&self, route: &Route, role: Role, context: &Context) -> Result<Chosen, Problem> {
        let fitting: Vec<_> = self
            .accounts
            .iter()
            .filter(|rule| rule.role == role)
            .filter_map(|rule| Some((rule.matcher.specificity(context)?, rule)))
            .collect();
        let mut values = Vec::with_capacity(self.segments.len());
        let mut names: Vec<&str> = Vec::new();
        for segment in &self.segments {
            let setting = fitting
                .iter()
                .copied()
                .filter(|(_, rule)| rule.segments.contains_key(segment));
            let value = match best(setting) {
                Some(rule) => {
                    if !names.contains(&rule.name.as_str()) {
                        names.push(&rule.name);
                    }
                    rule.segments.get(segment)
                }
                None => route
                    .segments
                    .get(segment)
                    .or_else(|| self.defaults.get(segment)),
            };
            let value = value.ok_or_else(|| Problem::Unmapped {
                role,
                segment: segment.clone(),
                what: context.describe(),
            })?;
            values.push(value.clone());
        }
        let rule = names.join(" + ");
        let account = Account::new(values).map_err(|error| Problem::BadAccount {
            rule: rule.clone(),
            reason: error.to_string(),
        })?;
        Ok(Chosen { account, rule })
    }
}

/// The most specific; of equals, which only a product in several categories
/// can bring about, the first in the file.
fn best<S: Ord, T>(fitting: impl Iterator<Item = (S, T)>) -> Option<T> {
    fitting
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, found)| found)
}
