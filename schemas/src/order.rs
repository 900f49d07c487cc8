//! An order as accounting needs it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Amount, Currency, Digest, EntityKey, OrderId, StoreKey};

/// How an order or refund came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BroughtBy {
    /// A webhook told of it.
    Webhook,
    /// The poller found it among the newest changes.
    Poll,
    /// A listing of the store found it.
    Sweep,
    /// A person asked for its days.
    Backfill,
}

/// An amount in its three columns. Which of them are exact and which are the
/// store's estimate depends on [`OrderSnapshot::tax_inclusive`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Taxed {
    /// Without tax.
    pub ex_tax: Amount,
    /// With tax.
    pub inc_tax: Amount,
    /// The tax alone.
    pub tax: Amount,
}

/// An accounting snapshot of an order, complete in itself, without anything
/// that names a person. Amounts are in the charged currency and as exact as
/// the store reports them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderSnapshot {
    /// The store, by its key in the configuration.
    pub store: StoreKey,
    /// The order's number in the store.
    pub order: OrderId,
    /// The channel's id in the store.
    pub channel: u64,
    /// The status by its number in the store: 11 is awaiting fulfilment.
    pub status: u32,
    /// The store's word for the payment's state; empty when it has none.
    pub payment_status: String,
    /// The payment method's display name, which rules choose the clearing account by.
    pub payment_method: String,
    /// The payment provider's key; empty when the store names none.
    pub payment_provider: String,
    /// The currency that was charged (`default_currency_code` in BigCommerce's API).
    pub currency: Currency,
    /// Prices were entered with tax: the `inc_tax` columns are exact.
    pub tax_inclusive: bool,
    /// When it was placed.
    pub created: Timestamp,
    /// When it last changed in the store.
    pub modified: Timestamp,
    /// When all of it was shipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipped: Option<Timestamp>,
    /// It was deleted in the store, which archives it.
    pub archived: bool,
    /// Where the order came from when not from the storefront (`M-MIG` for migrated ones).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub external_source: String,
    /// Country and region that tax is due in, of the first consignment or else of the bill.
    pub country: String,
    /// The state or province that it goes to, as the store writes it.
    pub region: String,
    /// The lines before discounts.
    pub subtotal: Taxed,
    /// What shipping costs.
    pub shipping: Taxed,
    /// What handling costs.
    pub handling: Taxed,
    /// What gift wrapping costs.
    pub wrapping: Taxed,
    /// What is charged, store credit and gift certificates included.
    pub total: Taxed,
    /// Automatic and manual discounts, in the store's price entry mode.
    pub discount: Amount,
    /// What coupons take off.
    pub coupon_discount: Amount,
    /// What was paid by store credit.
    pub store_credit: Amount,
    /// What was paid by gift certificates.
    pub gift_certificate: Amount,
    /// What else is charged.
    pub fees: Vec<Fee>,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// How it goes to the customer.
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
    /// The tax classes of shipping, handling and wrapping.
    #[serde(default, skip_serializing_if = "ChargeClasses::is_empty")]
    pub charge_classes: ChargeClasses,
}

/// The tax classes of what an order charges beside its lines, where the store
/// says them. Fees say theirs themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ChargeClasses {
    /// That of shipping, by its id in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<u64>,
    /// That of handling, by its id in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling: Option<u64>,
    /// That of gift wrapping, by its id in the store.
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
    /// The tax.
    pub amount: Amount,
    /// The order line it is on; none for shipping, handling and wrapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// A product of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderLine {
    /// The order product's id, which refunds refer to.
    pub line: u64,
    /// 0 for a custom product.
    pub product: u64,
    /// The variant's id in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<u64>,
    /// The product's SKU; empty if it has none.
    pub sku: String,
    /// What kind of product it is.
    pub kind: LineKind,
    /// How many pieces were bought.
    pub quantity: u64,
    /// How many of them are shipped.
    pub quantity_shipped: u64,
    /// How many pieces the refunds took back that were not declined.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub quantity_refunded: u64,
    /// Before discounts; its `tax` however is that after discounts.
    pub total: Taxed,
    /// After discounts, with tax; stores older than 2023-09 do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discounted_inc_tax: Option<Amount>,
    /// What was taken off, part by part.
    pub discounts: Vec<Discount>,
    /// What its gift wrapping costs.
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
    /// The product's brand; empty if it has none.
    pub brand: String,
    /// The tax class, by its id in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_class: Option<u64>,
}

/// The kinds of product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// It is shipped or collected.
    Physical,
    /// It is downloaded.
    Digital,
    /// A gift certificate sold: a liability, not revenue.
    GiftCertificate,
}

/// A part of what was taken off a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Discount {
    /// The promotion's id as the store writes it.
    pub id: String,
    /// How much was taken off.
    pub amount: Amount,
    /// What it was given for.
    pub target: DiscountTarget,
    /// It was given for a coupon.
    pub coupon: bool,
}

/// What a discount is given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscountTarget {
    /// The whole order: this is the share of the line.
    Order,
    /// The product.
    Product,
}

/// A fee of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fee {
    /// The fee's id in the store.
    pub fee: u64,
    /// The kind of fee, as the store writes it.
    pub kind: String,
    /// What it costs.
    pub cost: Taxed,
    /// The tax class, by its id in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_class: Option<u64>,
}

/// A part of the order that goes one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consignment {
    /// Which way it goes.
    pub kind: ConsignmentKind,
    /// The order address of a shipment; the pickup's id; none for downloads and mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The country that it goes to, by its two letters in ISO 3166; empty for downloads
    /// and mails.
    pub country: String,
    /// The state or province that it goes to, as the store writes it.
    pub region: String,
    /// The location's code, for pickups.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub location: String,
    /// What its shipping costs.
    pub shipping: Taxed,
    /// What its handling costs.
    pub handling: Taxed,
}

/// The ways to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsignmentKind {
    /// By a carrier.
    Shipping,
    /// Collected at a location.
    Pickup,
    /// Downloaded.
    Download,
    /// By e-mail, as gift certificates are.
    Email,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl OrderSnapshot {
    /// The order as what journals are booked for.
    pub fn entity(&self) -> EntityKey {
        EntityKey::order(self.store.clone(), self.order)
    }

    /// SHA-256 over the snapshot's JSON, `modified` included: two fetches of an
    /// unchanged order have the same.
    pub fn digest(&self) -> Digest {
        Digest::of(&serde_json::to_vec(self).expect("a snapshot has only string keys"))
    }
}
