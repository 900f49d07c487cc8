//! Free conditions of rules, in the Common Expression Language.
//!
//! A condition sees `order` and, where a line is booked, `line`. Amounts are
//! whole minor units, since CEL has no decimals: `order.total > 100000` is
//! a thousand euros. A condition that cannot be evaluated does not match; that
//! it is well formed and names nothing else is checked when the rules are loaded.

use std::{fmt, sync::Arc};

use cel::{Context as CelContext, Program, Value};
use schemas::{Amount, LineKind, Money};
use serde::Serialize;

use crate::context::Context;

/// What the types of products are called in rules.
pub(super) const PRODUCT_TYPES: [&str; 3] = ["physical", "digital", "gift_certificate"];

/// A condition that was compiled.
#[derive(Clone)]
pub(super) struct Condition {
    text: String,
    program: Arc<Program>,
    /// It looks at the line, and not at the order alone.
    pub names_a_line: bool,
}

#[derive(Default, Serialize)]
struct OrderFacts<'a> {
    store: &'a str,
    channel: u64,
    status: u32,
    currency: &'a str,
    country: &'a str,
    region: &'a str,
    payment_method: &'a str,
    external_source: &'a str,
    tax_inclusive: bool,
    /// Minor units.
    total: i64,
    tax: i64,
    lines: usize,
}

#[derive(Default, Serialize)]
struct LineFacts<'a> {
    sku: &'a str,
    product: u64,
    product_type: &'a str,
    brand: &'a str,
    quantity: u64,
    categories: &'a [u64],
    tax_class: u64,
    /// Minor units, before discounts, without tax.
    total: i64,
}

impl Condition {
    /// Compiles the condition and tries it on an order and a line without
    /// contents: it must come to true or false, and name nothing else.
    pub(super) fn compile(text: &str) -> Result<Condition, String> {
        let program = Program::compile(text).map_err(|error| error.to_string())?;
        let order = OrderFacts::default();
        let line = LineFacts::default();
        match evaluate(&program, &order, Some(&line))? {
            Value::Bool(_) => Ok(Condition {
                text: text.to_owned(),
                names_a_line: program.references().has_variable("line"),
                program: Arc::new(program),
            }),
            other => Err(format!("it comes to {other:?} and not to true or false")),
        }
    }

    pub(super) fn holds(&self, context: &Context) -> bool {
        let order = OrderFacts::of(context);
        let line = LineFacts::of(context);
        matches!(
            evaluate(&self.program, &order, line.as_ref()),
            Ok(Value::Bool(true))
        )
    }
}

fn evaluate(
    program: &Program,
    order: &OrderFacts,
    line: Option<&LineFacts>,
) -> Result<Value, String> {
    let mut cel = CelContext::default();
    cel.add_variable("order", order)
        .map_err(|error| error.to_string())?;
    if let Some(line) = line {
        cel.add_variable("line", line)
            .map_err(|error| error.to_string())?;
    }
    program.execute(&cel).map_err(|error| error.to_string())
}

impl<'a> OrderFacts<'a> {
    fn of(context: &Context<'a>) -> Self {
        let order = context.order;
        OrderFacts {
            store: order.store.as_str(),
            channel: order.channel,
            status: order.status,
            currency: order.currency.code(),
            country: &order.country,
            region: &order.region,
            payment_method: &order.payment_method,
            external_source: &order.external_source,
            tax_inclusive: order.tax_inclusive,
            total: minor(context, order.total.inc_tax),
            tax: minor(context, order.total.tax),
            lines: order.lines.len(),
        }
    }
}

impl<'a> LineFacts<'a> {
    fn of(context: &Context<'a>) -> Option<Self> {
        let line = context.line?;
        Some(LineFacts {
            sku: &line.sku,
            product: line.product,
            product_type: product_type(line.kind),
            brand: &line.brand,
            quantity: line.quantity,
            categories: &line.categories,
            tax_class: line.tax_class.unwrap_or_default(),
            total: minor(context, line.total.ex_tax),
        })
    }
}

/// What a product's type is called in rules.
pub(super) fn product_type(kind: LineKind) -> &'static str {
    PRODUCT_TYPES[match kind {
        LineKind::Physical => 0,
        LineKind::Digital => 1,
        LineKind::GiftCertificate => 2,
    }]
}

fn minor(context: &Context, amount: Amount) -> i64 {
    Money::round(amount, context.order.currency).map_or(i64::MAX, Money::minor)
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition({})", self.text)
    }
}

/// Conditions are the same if their texts are.
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_orders_and_lines_can_be_named() {
        assert!(Condition::compile("order.total > 100000").is_ok());
        assert!(Condition::compile("line.brand.startsWith('North')").is_ok());
        assert!(
            Condition::compile("customer.name == 'x'")
                .unwrap_err()
                .contains("customer")
        );
        assert!(Condition::compile("order.total >").is_err());
        assert!(
            Condition::compile("order.total + 1")
                .unwrap_err()
                .contains("true or false")
        );
        assert!(Condition::compile("line.categories.exists(id, id == 20)").is_ok());
    }
}
