//! Whether a rule is for an order or line, and how specific it is.

use std::collections::BTreeMap;

use super::condition::{Condition, product_type};
use crate::context::Context;

/// Values by segment name.
pub(super) type Segments = BTreeMap<String, String>;

/// What a rule asks. An empty list asks nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Matcher {
    pub skus: Vec<SkuPattern>,
    pub products: Vec<u64>,
    pub categories: Vec<u64>,
    pub brands: Vec<String>,
    pub product_types: Vec<String>,
    pub tax_classes: Vec<u64>,
    pub pickup_locations: Vec<String>,
    pub customer_groups: Vec<u64>,
    pub tax_rates: Vec<String>,
    pub payment_methods: Vec<String>,
    pub countries: Vec<String>,
    pub channels: Vec<u64>,
    pub currencies: Vec<String>,
    pub stores: Vec<String>,
    pub when: Option<Condition>,
    pub priority: i32,
}

/// A SKU, or the beginning of one: `SHIRT-*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SkuPattern {
    Exact(String),
    Prefix(String),
}

/// How specific a match is: compared field by field, from the top. What is
/// asked for and fits ranks above what is not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Specificity {
    sku: usize,
    product: bool,
    category: u8,
    brand: bool,
    product_type: bool,
    tax_class: bool,
    pickup_location: bool,
    customer_group: bool,
    tax_rate: bool,
    payment_method: bool,
    country: bool,
    channel: bool,
    currency: bool,
    store: bool,
    when: bool,
    priority: i32,
}

impl SkuPattern {
    pub(super) fn parse(text: &str) -> SkuPattern {
        match text.strip_suffix('*') {
            Some(prefix) => SkuPattern::Prefix(prefix.to_owned()),
            None => SkuPattern::Exact(text.to_owned()),
        }
    }

    fn fits(&self, sku: &str) -> bool {
        match self {
            SkuPattern::Exact(exact) => sku == exact,
            SkuPattern::Prefix(prefix) => sku.starts_with(prefix.as_str()),
        }
    }
}

impl Matcher {
    /// How specifically this matches, or `None` if it does not.
    pub(super) fn specificity(&self, context: &Context) -> Option<Specificity> {
        let (order, line) = (context.order, context.line);
        let specificity = Specificity {
            sku: self.sku_rank(context)?,
            product: asked(&self.products, |id| {
                line.is_some_and(|line| line.product == *id)
            })?,
            category: self.category_rank(context)?,
            brand: asked(&self.brands, |brand| {
                line.is_some_and(|line| line.brand == *brand)
            })?,
            product_type: asked(&self.product_types, |kind| {
                line.is_some_and(|line| product_type(line.kind) == kind)
            })?,
            tax_class: asked(&self.tax_classes, |id| context.tax_class() == Some(*id))?,
            pickup_location: asked(&self.pickup_locations, |code| {
                context.pickup_location() == Some(code)
            })?,
            customer_group: asked(&self.customer_groups, |id| {
                order.customer_group == Some(*id)
            })?,
            tax_rate: asked(&self.tax_rates, |name| context.tax == Some(name))?,
            payment_method: asked(&self.payment_methods, |name| *name == order.payment_method)?,
            country: asked(&self.countries, |code| *code == order.country)?,
            channel: asked(&self.channels, |id| *id == order.channel)?,
            currency: asked(&self.currencies, |code| code == order.currency.code())?,
            store: asked(&self.stores, |key| key == order.store.as_str())?,
            when: self.when.is_some(),
            priority: self.priority,
        };
        // Last, because it costs most.
        let holds = self.when.as_ref().is_none_or(|when| when.holds(context));
        holds.then_some(specificity)
    }

    /// A longer beginning is more specific than a shorter one, a whole SKU than any.
    fn sku_rank(&self, context: &Context) -> Option<usize> {
        if self.skus.is_empty() {
            return Some(0);
        }
        let sku = &context.line?.sku;
        let rank = |pattern: &SkuPattern| match pattern {
            SkuPattern::Exact(_) => usize::MAX,
            SkuPattern::Prefix(prefix) => prefix.len() + 1,
        };
        self.skus
            .iter()
            .filter(|pattern| pattern.fits(sku))
            .map(rank)
            .max()
    }

    /// A category that the product is in is more specific than one above it.
    fn category_rank(&self, context: &Context) -> Option<u8> {
        if self.categories.is_empty() {
            return Some(0);
        }
        let line = context.line?;
        let has = |ids: &[u64]| ids.iter().any(|id| self.categories.contains(id));
        if has(&line.categories) {
            Some(2)
        } else if has(&line.parent_categories) {
            Some(1)
        } else {
            None
        }
    }

    /// The lowest of the line's categories that this asks for.
    pub(super) fn lowest_category(&self, context: &Context) -> Option<u64> {
        let line = context.line?;
        let all = line.categories.iter().chain(&line.parent_categories);
        all.filter(|id| self.categories.contains(id)).min().copied()
    }

    /// Whether an order or line can exist that both match with the same rank in
    /// every key: then neither is more specific. Two categories are no tie here:
    /// a product in both is the policy's to decide.
    pub(super) fn ties_with(&self, other: &Matcher) -> bool {
        overlap(&self.skus, &other.skus)
            && overlap(&self.products, &other.products)
            && overlap(&self.categories, &other.categories)
            && overlap(&self.brands, &other.brands)
            && overlap(&self.product_types, &other.product_types)
            && overlap(&self.tax_classes, &other.tax_classes)
            && overlap(&self.pickup_locations, &other.pickup_locations)
            && overlap(&self.customer_groups, &other.customer_groups)
            && overlap(&self.tax_rates, &other.tax_rates)
            && overlap(&self.payment_methods, &other.payment_methods)
            && overlap(&self.countries, &other.countries)
            && overlap(&self.channels, &other.channels)
            && overlap(&self.currencies, &other.currencies)
            && overlap(&self.stores, &other.stores)
            // Two conditions may hold at once, whatever they say.
            && self.when.is_some() == other.when.is_some()
            && self.priority == other.priority
    }

    /// Whether it asks for something that only a line has.
    pub(super) fn asks_for_a_line(&self) -> bool {
        !(self.skus.is_empty()
            && self.products.is_empty()
            && self.categories.is_empty()
            && self.brands.is_empty()
            && self.product_types.is_empty())
    }

    /// Whether it tells parts of an order apart: lines, or charges by their tax class.
    pub(super) fn asks_for_a_part(&self) -> bool {
        let names_a_line = self.when.as_ref().is_some_and(|when| when.names_a_line);
        self.asks_for_a_line() || !self.tax_classes.is_empty() || names_a_line
    }
}

impl Matcher {
    /// Whether an order can match both, as far as both ask for its store, channel,
    /// currency and country.
    pub(super) fn can_meet(&self, other: &Matcher) -> bool {
        fn meet<T: PartialEq>(a: &[T], b: &[T]) -> bool {
            a.is_empty() || b.is_empty() || a.iter().any(|value| b.contains(value))
        }
        meet(&self.stores, &other.stores)
            && meet(&self.channels, &other.channels)
            && meet(&self.currencies, &other.currencies)
            && meet(&self.countries, &other.countries)
    }
}

/// Whether a key is asked for; `None` if it is and does not fit.
fn asked<T>(wanted: &[T], fits: impl Fn(&T) -> bool) -> Option<bool> {
    if wanted.is_empty() {
        return Some(false);
    }
    wanted.iter().any(fits).then_some(true)
}

fn overlap<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.is_empty() && b.is_empty() || a.iter().any(|value| b.contains(value))
}
