//! The rules: which ledger an order goes to, and which account each part of it.
//!
//! An account is composed of segments. Each segment is set by the most specific
//! rule that matches and sets it; a rule may set only the cost centre or only
//! the product and leave the others to wider rules. Beneath the rules lie the
//! route's segments, and beneath those the chart's defaults. A segment that
//! nothing sets is never guessed: the order is parked.
//!
//! How specific a rule is, from most to least: SKU, beginning of a SKU (the
//! longer the more), product, category, category above, brand, product type, tax
//! class, pickup location, customer group, tax rate, payment method, country,
//! channel, currency, store, free condition, priority. The highest key in which
//! two rules differ decides.

mod accounts;
mod check;
mod choice;
mod condition;
mod error;
mod explain;
mod file;
mod lint;
mod matcher;
mod policy;
mod set;

pub use error::RulesError;
pub use explain::{Explanation, SegmentChoice, Setter};
pub use lint::Warning;
pub(crate) use policy::{Discounts, Policy, RefundTax};
use policy::{RecognitionPolicy, SeveralCategories, Unmapped};
use set::AccountRule;
pub(crate) use set::Route;
pub use set::RuleSet;
