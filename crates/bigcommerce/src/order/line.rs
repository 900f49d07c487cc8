//! The line items of an order, priced as they were when it was placed.

use schemas::{Amount, Discount, DiscountTarget, LineKind, OrderId, Taxed};

use serde_json::value::RawValue;

use crate::{
    Malformed,
    json::{Fields, Read},
};

/// A line item of an order: what `/orders/{id}/products` answers, which is the
/// same as what is side-loaded with consignments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The order product's id, which refunds refer to.
    pub line: u64,
    /// 0 for a custom product.
    pub product: u64,
    /// None for a custom product.
    pub variant: Option<u64>,
    /// Empty where the product has none.
    pub sku: String,
    /// `type`; a line of another type than those known cannot be read.
    pub kind: LineKind,
    /// Pieces ordered; 0 for a line that was removed from the order.
    pub quantity: u64,
    /// Pieces shipped so far.
    pub quantity_shipped: u64,
    /// Before discounts; its `tax` however is that after discounts.
    pub total: Taxed,
    /// After discounts, with tax; answers older than 2023-09 do not say it.
    pub discounted_inc_tax: Option<Amount>,
    /// `applied_discounts`, of the line and the line's share in those of the order.
    pub discounts: Vec<Discount>,
    /// `wrapping_cost_…`, which the order's gift wrapping includes.
    pub wrapping: Taxed,
    /// The order address it is shipped to.
    pub address: Option<u64>,
    /// The pickup it is collected by, instead.
    pub pickup: Option<u64>,
    /// The bundle's line that this one is part of.
    pub parent: Option<u64>,
    /// The brand's name when it was ordered.
    pub brand: String,
}

impl Line {
    /// Reads one record of an answer of `/orders/{id}/products`, and which order
    /// it is of. The error names the order where it can.
    pub fn read_with_order(raw: &RawValue) -> Result<(OrderId, Line), Malformed> {
        let fields = Fields::record(raw)?;
        let read = || Ok((OrderId(fields.count("order_id")?), Line::read(&fields)?));
        read().map_err(|malformed: Malformed| Malformed {
            order: fields.count("order_id").ok().map(OrderId),
            ..malformed.beneath("products")
        })
    }

    pub(crate) fn read(fields: &Fields) -> Read<Line> {
        // An id of 0 is how the API says "none".
        let id_or_none = |name| {
            fields
                .count_or_none(name)
                .map(|id| id.filter(|&id| id != 0))
        };
        Ok(Line {
            line: fields.count("id")?,
            product: fields.count_or_none("product_id")?.unwrap_or(0),
            variant: id_or_none("variant_id")?,
            sku: fields.text("sku")?,
            kind: fields.parsed("type", "a known type of product", kind)?,
            quantity: fields.count("quantity")?,
            quantity_shipped: fields.count_or_none("quantity_shipped")?.unwrap_or(0),
            total: fields.taxed_required("total")?,
            discounted_inc_tax: fields.amount_or_none("discounted_total_inc_tax")?,
            discounts: fields
                .objects("applied_discounts")?
                .iter()
                .map(discount)
                .collect::<Read<_>>()?,
            wrapping: fields.taxed("wrapping_cost")?,
            address: id_or_none("order_address_id")?,
            pickup: id_or_none("order_pickup_method_id")?,
            parent: id_or_none("parent_order_product_id")?,
            brand: fields.text("brand")?,
        })
    }
}

fn kind(text: &str) -> Option<LineKind> {
    match text {
        "physical" => Some(LineKind::Physical),
        "digital" => Some(LineKind::Digital),
        "giftcertificate" => Some(LineKind::GiftCertificate),
        _ => None,
    }
}

fn discount(fields: &Fields) -> Read<Discount> {
    Ok(Discount {
        id: fields.text("id")?,
        amount: fields.amount("amount")?,
        target: fields.parsed("target", "`order` or `product`", |text| match text {
            "order" => Some(DiscountTarget::Order),
            "product" => Some(DiscountTarget::Product),
            _ => None,
        })?,
        // The code itself may be personal ("JANE10"), and accounting needs only
        // that there was one.
        coupon: !fields.text("code")?.is_empty(),
    })
}
