//! An order as accounting needs it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Amount, Currency, Digest, EntityKey, OrderId, StoreKey};

/// How an order or refund came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BroughtBy {
    Webhook,
    Poll,
    Sweep,
    Backfill,
}

/// An amount in its three columns. Which of them are exact and which are the
/// store's estimate depends on [`OrderSnapshot::tax_inclusive`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Taxed {
    pub ex_tax: Amount,
    pub inc_tax: Amount,
    pub tax: Amount,
}

/// An accounting snapshot of an order, complete in itself, without anything
/// that names a person. Amounts are in the charged currency and as exact as
/// the store reports them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderSnapshot {
    pub store: StoreKey,
    pub order: OrderId,
    pub channel: u64,
    pub status: u32,
    /// The store's word for the payment's state; empty when it has none.
    pub payment_status: String,
    /// The payment method's display name, which rules choose the clearing account by.
    pub payment_method: String,
    pub payment_provider: String,
    /// The currency that was charged (`default_currency_code` in BigCommerce's API).
    pub currency: Currency,
    /// Prices were entered with tax: the `inc_tax` columns are exact.
    pub tax_inclusive: bool,
    pub created: Timestamp,
    pub modified: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipped: Option<Timestamp>,
    pub archived: bool,
    /// Where the order came from when not from the storefront (`M-MIG` for migrated ones).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub external_source: String,
    /// Country and region that tax is due in, of the first consignment or else of the bill.
    pub country: String,
    pub region: String,
    pub subtotal: Taxed,
    pub shipping: Taxed,
    pub handling: Taxed,
    pub wrapping: Taxed,
    pub total: Taxed,
    /// Automatic and manual discounts, in the store's price entry mode.
    pub discount: Amount,
    pub coupon_discount: Amount,
    pub store_credit: Amount,
    pub gift_certificate: Amount,
    pub fees: Vec<Fee>,
    pub lines: Vec<OrderLine>,
    pub consignments: Vec<Consignment>,
    /// The tax by rate, where the store's configuration asks for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<TaxLine>,
    /// The customer's group, where the store's configuration asks for it; none for guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_group: Option<u64>,
    /// What the order's refunds come to, where its status says that it has some:
    /// a refund made at the gateway leaves a status without a refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Amount>,
    #[serde(default, skip_serializing_if = "ChargeClasses::is_empty")]
    pub charge_classes: ChargeClasses,
}

/// The tax classes of what an order charges beside its lines, where the store
/// says them. Fees say theirs themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ChargeClasses {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapping: Option<u64>,
}

impl ChargeClasses {
    fn is_empty(&self) -> bool {
        *self == ChargeClasses::default()
    }
}

/// The tax of one rate, such as that of a state or a city, on a part of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxLine {
    /// The rate's name in the store.
    pub name: String,
    /// In percent.
    pub rate: Amount,
    pub amount: Amount,
    /// The order line it is on; none for shipping, handling and wrapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderLine {
    /// The order product's id, which refunds refer to.
    pub line: u64,
    /// 0 for a custom product.
    pub product: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<u64>,
    pub sku: String,
    pub kind: LineKind,
    pub quantity: u64,
    pub quantity_shipped: u64,
    /// How many pieces the refunds took back that were not declined.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub quantity_refunded: u64,
    /// Before discounts; its `tax` however is that after discounts.
    pub total: Taxed,
    /// After discounts, with tax; stores older than 2023-09 do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discounted_inc_tax: Option<Amount>,
    pub discounts: Vec<Discount>,
    pub wrapping: Taxed,
    /// The consignment it goes with, by its order address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<u64>,
    /// The pickup it is collected by, instead of an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup: Option<u64>,
    /// The bundle's line that this one is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// The product's categories in the catalogue, ascending; none for deleted and custom products.
    pub categories: Vec<u64>,
    /// The categories above those, ascending.
    pub parent_categories: Vec<u64>,
    pub brand: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_class: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Physical,
    Digital,
    /// A gift certificate sold: a liability, not revenue.
    GiftCertificate,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Discount {
    /// The promotion's id as the store writes it.
    pub id: String,
    pub amount: Amount,
    pub target: DiscountTarget,
    /// It was given for a coupon.
    pub coupon: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscountTarget {
    Order,
    Product,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fee {
    pub fee: u64,
    pub kind: String,
    pub cost: Taxed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_class: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consignment {
    pub kind: ConsignmentKind,
    /// The order address of a shipment; the pickup's id; none for downloads and mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    pub country: String,
    pub region: String,
    /// The location's code, for pickups.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub location: String,
    pub shipping: Taxed,
    pub handling: Taxed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsignmentKind {
    Shipping,
    Pickup,
    Download,
    Email,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl OrderSnapshot {
    pub fn entity(&self) -> EntityKey {
        EntityKey::order(self.store.clone(), self.order)
    }

    /// SHA-256 over the snapshot's JSON, `modified` included: two fetches of an
    /// unchanged order have the same.
    pub fn digest(&self) -> Digest {
        Digest::of(&serde_json::to_vec(self).expect("a snapshot has only string keys"))
    }
}
