//! Why an account was chosen: which rule set each segment, and which lost.

use schemas::Role;

use super::{Route, RuleSet};
use crate::{Problem, context::Context};

/// How an account came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The role that it was chosen for.
    pub role: Role,
    /// One for each segment of the chart of accounts, in the chart's order.
    pub segments: Vec<SegmentChoice>,
}

/// How one segment came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentChoice {
    /// The segment as the chart calls it: `cost_centre`.
    pub segment: String,
    /// None if nothing sets it.
    pub value: Option<String>,
    /// Whose value it is.
    pub set_by: Setter,
    /// Rules that matched and set it too, but less specifically: name and value.
    pub lost: Vec<(String, String)>,
}

/// Who set a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setter {
    /// The `[[accounts]]` rule of this name.
    Rule(String),
    /// The `[[routes]]` entry of this name, beneath all rules.
    Route(String),
    /// The chart's defaults, beneath all routes.
    ChartDefault,
    /// None of them: an order that needs the account is parked, or goes to suspense.
    Nobody,
}

impl RuleSet {
    /// Explains the account of a role.
    pub(crate) fn explain(
        &self,
        route: &Route,
        role: Role,
        context: &Context,
    ) -> Result<Explanation, Problem> {
        let fitting = self.fitting(role, context);
        let mut segments = Vec::new();
        for segment in &self.segments {
            let winner = self.setter(&fitting, segment, context)?;
            let (value, set_by) = if let Some(rule) = winner {
                (rule.segments.get(segment), Setter::Rule(rule.name.clone()))
            } else if let Some(value) = route.segments.get(segment) {
                (Some(value), Setter::Route(route.name.clone()))
            } else if let Some(value) = self.defaults.get(segment) {
                (Some(value), Setter::ChartDefault)
            } else {
                (None, Setter::Nobody)
            };
            let lost = fitting
                .iter()
                .filter(|(_, rule)| winner.is_none_or(|winner| winner.name != rule.name))
                .filter_map(|(_, rule)| {
                    Some((rule.name.clone(), rule.segments.get(segment)?.clone()))
                })
                .collect();
            segments.push(SegmentChoice {
                segment: segment.clone(),
                value: value.cloned(),
                set_by,
                lost,
            });
        }
        Ok(Explanation { role, segments })
    }
}
