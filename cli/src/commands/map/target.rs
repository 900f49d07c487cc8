//! The targets of orders and refunds in files.

use mapping::{Explained, Problem, RuleSet};
use schemas::{EntityKey, EventId, Mapped};

use super::input::Input;
use crate::tables;

/// A target, what brought it about, and why its lines are where they are.
pub(super) struct Target {
    pub(super) id: EventId,
    pub(super) mapped: Mapped,
    pub(super) explained: Vec<Explained>,
}

impl Target {
    /// Its journal, and if it is to be explained, how the accounts came about.
    pub(super) fn table(&self, explain: bool) -> String {
        let mut text = tables::target(&self.mapped);
        if explain {
            text += &tables::explanation(&self.mapped.entity, &self.explained);
        }
        text
    }
}

/// The targets of all that can be mapped, and whether that is all there is. Why
/// the others are parked is told at once.
pub(super) fn targets(input: &Input, rules: &RuleSet) -> anyhow::Result<(Vec<Target>, bool)> {
    let mut targets = Vec::new();
    let mut all_mapped = true;
    let mut take = |entity: EntityKey, outcome: Result<Target, Problem>| match outcome {
        Ok(target) => targets.push(target),
        Err(problem) => {
            all_mapped = false;
            eprintln!("{entity}: parked ({}): {problem}", problem.code());
            eprintln!("  to release it: {}", problem.remedy());
        }
    };
    for case in input.read()? {
        let order = &case.order;
        let target = mapping::map_order(&order.order, rules).and_then(|mapped| {
            Ok(Target {
                id: mapped.event_id(order.event_id()),
                explained: mapping::explain_order(&order.order, rules)?,
                mapped,
            })
        });
        take(order.order.entity(), target);
        for refund in &case.refunds {
            let target = mapping::map_refund(refund, rules).and_then(|mapped| {
                Ok(Target {
                    id: mapped.event_id(refund.event_id()),
                    explained: mapping::explain_refund(refund, rules)?,
                    mapped,
                })
            });
            take(refund.entity(), target);
        }
    }
    Ok((targets, all_mapped))
}
