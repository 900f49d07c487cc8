//! An order as the store answers it, without what names a person.

mod consignments;
mod line;

use jiff::Timestamp;
use schemas::{Amount, ChargeClasses, Consignment, Currency, Digest, Fee, OrderId, Taxed};
use serde_json::value::RawValue;

pub use line::Line;

use crate::{
    Malformed,
    json::{self, Fields, Read},
};

/// The store adds a note of this name where it left line items out.
const CUT_OFF: &str = "\"__warning__\"";

/// 2000-01-01T00:00:00Z.
const EARLIEST: Timestamp = Timestamp::constant(946_684_800, 0);

/// An order (`/v2/orders`, orders.v2). Amounts are decimals in its charged currency, as
/// exact as the store reports them: mostly four places, not rounded to minor units.
///
/// Orders that a [`crate::Client`] returns have all of their lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Unique within the store.
    pub id: OrderId,
    /// `channel_id`, the sales channel it came by; 1 is the default storefront.
    pub channel: u64,
    /// `status_id`, 0 (incomplete) to 14 (partially refunded). Staff set it by hand and
    /// rename its label, so it moves no money and only the number counts.
    pub status: u32,
    /// `authorized`, `captured`, `declined`, `void` …; empty when the store has none.
    pub payment_status: String,
    /// The payment method's display name.
    pub payment_method: String,
    /// `payment_provider_id`: the payment's id at its provider; empty when it has none.
    pub payment_provider: String,
    /// The currency that was charged: the API's `default_currency_code`. Its
    /// `currency_code` is only what the shopper saw.
    pub currency: Currency,
    /// Prices were entered with tax (`is_tax_inclusive_pricing`): the `inc_tax` columns
    /// are exact and the `ex_tax` columns estimates; otherwise it is the reverse.
    pub tax_inclusive: bool,
    /// `date_created`, which whoever imports an order may set to long ago.
    pub created: Timestamp,
    /// `date_modified`, in whole seconds.
    pub modified: Timestamp,
    /// `date_shipped`; none until all of it was shipped.
    pub shipped: Option<Timestamp>,
    /// `is_deleted`: the store archives an order instead of deleting it.
    pub archived: bool,
    /// The system that made it by the API, `M-MIG` for a migrated one; else empty.
    pub external_source: String,
    /// The customer's number; none for a guest.
    pub customer: Option<u64>,
    /// The country of the billing address, by its ISO 3166 code of two letters.
    pub country: String,
    /// The state or province of the billing address, by its name.
    pub region: String,
    /// The lines before discounts; its `tax` however is that after discounts.
    pub subtotal: Taxed,
    /// `shipping_cost_…`, of all consignments.
    pub shipping: Taxed,
    /// `handling_cost_…`; zero where the store has none.
    pub handling: Taxed,
    /// `wrapping_cost_…`, that of the lines included; zero where the store has none.
    pub wrapping: Taxed,
    /// The tax classes of shipping, handling and wrapping.
    pub charge_classes: ChargeClasses,
    /// What the order costs. Store credit and gift certificates pay for it and are not
    /// taken off: so the checkout's documentation has it, orders.v2 does not say.
    pub total: Taxed,
    /// Automatic and manual discounts, with tax where prices are entered with tax.
    pub discount: Amount,
    /// What coupons took off, with tax where prices are entered with tax.
    pub coupon_discount: Amount,
    /// What store credit paid of the total.
    pub store_credit: Amount,
    /// What gift certificates paid of the total.
    pub gift_certificate: Amount,
    /// Charges of the merchant's own, side-loaded by `include=fees`.
    pub fees: Vec<Fee>,
    /// The line items of all consignments.
    pub lines: Vec<Line>,
    /// Shipments, pickups, downloads and mails, in this order.
    pub consignments: Vec<Consignment>,
    /// SHA-256 of the order as it stood in the answer.
    pub body: Digest,
    /// Line items were left out, or do not add up to the order's item count:
    /// they have to be fetched by themselves.
    pub(crate) lines_incomplete: bool,
}

impl Order {
    /// Reads one order of an answer. The error names the order where it can.
    pub fn read(raw: &RawValue) -> Result<Order, Malformed> {
        let body = json::digest(raw);
        let fields = Fields::record(raw).map_err(|malformed| Malformed {
            body: Some(body.clone()),
            ..malformed
        })?;
        read(&fields, raw, body.clone()).map_err(|malformed| Malformed {
            order: fields.count("id").ok().map(OrderId),
            modified: modified(&fields).ok(),
            body: Some(body),
            ..malformed
        })
    }

    /// Whether all line items were in the answer. It leaves them out beyond 50 to
    /// a consignment, or has only links to them without the right `include`.
    pub fn has_all_lines(&self) -> bool {
        !self.lines_incomplete
    }

    /// The order with its line items as `/orders/{id}/products` answers them.
    pub fn with_lines(self, lines: Vec<Line>) -> Order {
        Order {
            lines,
            lines_incomplete: false,
            ..self
        }
    }
}

fn read(fields: &Fields, raw: &RawValue, body: Digest) -> Read<Order> {
    let bill = fields.object_or_none("billing_address")?;
    let bill = |name| {
        bill.as_ref()
            .map_or(Ok(String::new()), |bill| bill.text(name))
    };
    let consigned = consignments::read(fields)?;
    let items = fields.count("items_total")?;
    Ok(Order {
        id: OrderId(fields.count("id")?),
        channel: fields.count("channel_id")?,
        status: fields.parsed("status_id", "a whole number", |text| text.parse().ok())?,
        payment_status: fields.text("payment_status")?,
        payment_method: fields.text("payment_method")?,
        payment_provider: fields.text("payment_provider_id")?,
        currency: fields.parsed("default_currency_code", "a currency's code", |code| {
            Currency::from_code(code).ok()
        })?,
        tax_inclusive: fields.flag("is_tax_inclusive_pricing")?,
        created: fields.time("date_created")?,
        modified: modified(fields)?,
        shipped: fields.time_or_none("date_shipped")?,
        archived: fields.flag_or("is_deleted", false)?,
        external_source: fields.text_or_braces("external_source")?,
        customer: fields.count_or_none("customer_id")?.filter(|&id| id != 0),
        country: bill("country_iso2")?,
        region: bill("state")?,
        subtotal: fields.taxed_required("subtotal")?,
        shipping: fields.taxed_required("shipping_cost")?,
        handling: fields.taxed("handling_cost")?,
        wrapping: fields.taxed("wrapping_cost")?,
        charge_classes: ChargeClasses {
            shipping: tax_class(fields, "shipping_cost_tax_class_id"),
            handling: tax_class(fields, "handling_cost_tax_class_id"),
            wrapping: tax_class(fields, "wrapping_cost_tax_class_id"),
        },
        total: fields.taxed_required("total")?,
        discount: fields.amount_or_zero("discount_amount")?,
        coupon_discount: fields.amount_or_zero("coupon_discount")?,
        store_credit: fields.amount_or_zero("store_credit_amount")?,
        gift_certificate: fields.amount_or_zero("gift_certificate_amount")?,
        fees: fields
            .objects("fees")?
            .iter()
            .map(fee)
            .collect::<Read<_>>()?,
        lines_incomplete: !consigned.whole
            || raw.get().contains(CUT_OFF)
            || quantity(&consigned.lines) != Some(items),
        lines: consigned.lines,
        consignments: consigned.consignments,
        body,
    })
}

/// The store sets it to its own time with each change, so none is of before there was
/// such a store.
fn modified(fields: &Fields) -> Read<Timestamp> {
    fields.time("date_modified")?;
    fields.parsed("date_modified", "a date since the year 2000", |text| {
        json::time(text).filter(|time| *time >= EARLIEST)
    })
}

/// How many items the lines have together; none beyond 64 bits.
fn quantity(lines: &[Line]) -> Option<u64> {
    lines
        .iter()
        .try_fold(0u64, |sum, line| sum.checked_add(line.quantity))
}

/// A tax class, where it can be read: only some rules ask for it, and an order is
/// not kept out for what it need not say.
fn tax_class(fields: &Fields, name: &str) -> Option<u64> {
    fields.count_or_none(name).ok().flatten()
}

fn fee(fields: &Fields) -> Read<Fee> {
    // The documentation writes the column without tax both ways.
    let ex_tax = if fields.has("cost_exc_tax") {
        "cost_exc_tax"
    } else {
        "cost_ex_tax"
    };
    Ok(Fee {
        fee: fields.count("id")?,
        kind: fields.text("type")?,
        cost: Taxed {
            ex_tax: fields.amount(ex_tax)?,
            inc_tax: fields.amount("cost_inc_tax")?,
            tax: fields.amount("cost_tax")?,
        },
        tax_class: tax_class(fields, "tax_class_id"),
    })
}

#[cfg(test)]
mod tests;
