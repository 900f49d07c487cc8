//! Choosing the account of a role.

use jiff::civil::Date;
use schemas::{Account, Role};

use super::{AccountRule, Route, RuleSet, SeveralCategories, Unmapped, matcher::Specificity};
use crate::{Problem, context::Context};

/// An account and the rules that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub account: Account,
    /// The names of the rules, in the order of the segments they set: `product revenue + footwear`.
    pub rule: String,
    /// The role it was chosen by, which is `Suspense` where no rule was.
    pub role: Role,
}

/// A rule that matches, and how specifically.
pub(super) type Fitting<'a> = (Specificity, &'a AccountRule);

impl RuleSet {
    /// The route of an order: the most specific that matches.
    pub(crate) fn route(&self, context: &Context) -> Result<&Route, Problem> {
        let fitting = self.routes.iter().filter_map(|route| {
            let specificity = route.matcher.specificity(context)?;
            Some((specificity, route))
        });
        // Routes that tie were refused when the rules were loaded.
        let best = fitting.reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map(|(_, route)| route)
            .ok_or_else(|| Problem::NoRoute {
                store: context.order.store.to_string(),
                channel: context.order.channel,
                currency: context.order.currency,
            })
    }

    /// The account of a role; that of `suspense` if there is none and the policy says so.
    pub(crate) fn choose(
        &self,
        route: &Route,
        role: Role,
        context: &Context,
    ) -> Result<Chosen, Problem> {
        match self.compose(route, role, context) {
            Err(Problem::Unmapped { .. })
                if role != Role::Suspense && self.policy.unmapped == Unmapped::Suspense =>
            {
                self.compose(route, Role::Suspense, context)
            }
            outcome => outcome,
        }
    }

    /// Whether a role has an account of its own for this.
    pub(crate) fn has(&self, role: Role, context: &Context) -> bool {
        !self.fitting(role, context).is_empty()
    }

    /// Whether the tax of such an order is told apart by its parts: a rule for tax
    /// asks for a line, or for the tax class of a line or charge.
    pub(crate) fn books_tax_by_part(&self, route: &Route, date: Date) -> bool {
        let mut rules = self.accounts.iter();
        rules.any(|rule| {
            rule.role == Role::Tax
                && rule.matcher.asks_for_a_part()
                && rule.is_effective(date)
                && route.can_meet(rule)
        })
    }

    /// The account of a role, composed segment by segment.
    fn compose(&self, route: &Route, role: Role, context: &Context) -> Result<Chosen, Problem> {
        let fitting = self.fitting(role, context);
        let mut values = Vec::with_capacity(self.segments.len());
        let mut names: Vec<&str> = Vec::new();
        for segment in &self.segments {
            let value = match self.setter(&fitting, segment, context)? {
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
        Ok(Chosen {
            account,
            rule,
            role,
        })
    }

    /// The rules of a role that match and are in effect.
    pub(super) fn fitting(&self, role: Role, context: &Context) -> Vec<Fitting<'_>> {
        self.accounts
            .iter()
            .filter(|rule| rule.role == role && rule.is_effective(context.date))
            .filter_map(|rule| Some((rule.matcher.specificity(context)?, rule)))
            .collect()
    }

    /// The rule that sets a segment: the most specific of those that do. Of
    /// several that are equally specific, which only a product in several
    /// categories or two conditions that hold at once can bring about, the policy
    /// chooses.
    pub(super) fn setter<'a>(
        &self,
        fitting: &[Fitting<'a>],
        segment: &str,
        context: &Context,
    ) -> Result<Option<&'a AccountRule>, Problem> {
        let setting = || {
            fitting
                .iter()
                .filter(|(_, rule)| rule.segments.contains_key(segment))
        };
        let Some(most) = setting().map(|(specificity, _)| *specificity).max() else {
            return Ok(None);
        };
        let equals: Vec<_> = setting()
            .filter(|(specificity, _)| *specificity == most)
            .map(|(_, rule)| *rule)
            .collect();
        let first = equals[0];
        let agree = equals
            .iter()
            .all(|rule| rule.segments[segment] == first.segments[segment]);
        if agree {
            return Ok(Some(first));
        }
        match self.policy.several_categories {
            SeveralCategories::FirstRule => Ok(Some(first)),
            SeveralCategories::LowestCategory => Ok(equals
                .into_iter()
                .min_by_key(|rule| rule.matcher.lowest_category(context))),
            SeveralCategories::Park => Err(Problem::SeveralRules {
                segment: segment.to_owned(),
                rules: equals
                    .iter()
                    .map(|rule| rule.name.as_str())
                    .collect::<Vec<_>>()
                    .join("`, `"),
                what: context.describe(),
            }),
        }
    }
}
