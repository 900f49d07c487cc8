//! Whether a rule is for an order or line, and how specific it is.

use std::collections::BTreeMap;

use crate::context::Context;

/// Values by segment name.
pub(super) type Segments = BTreeMap<String, String>;

/// What a rule asks. An empty list asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Matcher {
    pub stores: Vec<String>,
    pub channels: Vec<u64>,
    pub currencies: Vec<String>,
    pub categories: Vec<u64>,
    pub skus: Vec<SkuPattern>,
    pub payment_methods: Vec<String>,
}

/// A SKU, or the beginning of one: `SHIRT-*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SkuPattern {
    Exact(String),
    Prefix(String),
}

/// How specific a match is: compared rank by rank, the highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Specificity {
    sku: usize,
    category: u8,
    payment_method: bool,
    channel: bool,
    currency: bool,
    store: bool,
}

impl SkuPattern {
    pub fn parse(text: &str) -> SkuPattern {
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
    pub fn specificity(&self, context: &Context) -> Option<Specificity> {
        let order = context.order;
        let asks = |wanted: bool, fits: bool| {
            if wanted {
                fits.then_some(true)
            } else {
                Some(false)
            }
        };
        Some(Specificity {
            sku: self.sku_rank(context)?,
            category: self.category_rank(context)?,
            payment_method: asks(
                !self.payment_methods.is_empty(),
                self.payment_methods.contains(&order.payment_method),
            )?,
            channel: asks(
                !self.channels.is_empty(),
                self.channels.contains(&order.channel),
            )?,
            currency: asks(
                !self.currencies.is_empty(),
                self.currencies
                    .iter()
                    .any(|code| code == order.currency.code()),
            )?,
            store: asks(
                !self.stores.is_empty(),
                self.stores
                    .iter()
                    .any(|store| store == order.store.as_str()),
            )?,
        })
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

    /// Whether an order or line can exist that both match, with the same rank
    /// in every key: then neither is more specific.
    pub fn ties_with(&self, other: &Matcher) -> bool {
        fn overlap<T: PartialEq>(a: &[T], b: &[T]) -> bool {
            a.is_empty() && b.is_empty() || a.iter().any(|value| b.contains(value))
        }
        overlap(&self.stores, &other.stores)
            && overlap(&self.channels, &other.channels)
            && overlap(&self.currencies, &other.currencies)
            && overlap(&self.categories, &other.categories)
            && overlap(&self.skus, &other.skus)
            && overlap(&self.payment_methods, &other.payment_methods)
    }
}
