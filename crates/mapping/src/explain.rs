//! Why each line of a journal is on its account.

use schemas::{OrderSnapshot, Recognition, RefundReceived};

use crate::{
    Problem, RuleSet,
    context::Context,
    entries::Explained,
    order::{self, day, route},
    refund,
};

/// Explains each line of an order's journal; there is none if it does not count.
/// Fails where [`crate::map_order`] does.
pub fn explain_order(order: &OrderSnapshot, rules: &RuleSet) -> Result<Vec<Explained>, Problem> {
    let route = route(order, rules)?;
    let date = day(order.created, route);
    match rules.policy().recognition(order, &route.recognition) {
        Recognition::Recognised => {
            order::entries(Context::order(order, date), rules, route)?.explain()
        }
        Recognition::NotRecognised | Recognition::Hold => Ok(Vec::new()),
    }
}

/// Explains each line of a refund's journal; there is none if it does not count.
/// Fails where [`crate::map_refund`] does.
pub fn explain_refund(
    received: &RefundReceived,
    rules: &RuleSet,
) -> Result<Vec<Explained>, Problem> {
    if !refund::counts(received, rules) {
        return Ok(Vec::new());
    }
    let route = route(&received.order, rules)?;
    let date = day(received.refund.created, route);
    let whole = Context::order(&received.order, date);
    refund::entries(received, whole, rules, route)?.explain()
}
