//! Order products: `/v2/orders/{id}/products` and side-loaded line items.

use serde::Serialize;

use super::Money;
use crate::store::order::{Delivery, Line, LineDiscount, LineKind, Order, Taxed};
use crate::store::{Amount, MoneyStyle};

/// One order product.
#[derive(Debug, Serialize)]
pub struct LineBody<'a> {
    id: u32,
    order_id: u32,
    product_id: u32,
    variant_id: u32,
    order_pickup_method_id: u32,
    order_address_id: u32,
    name: &'a str,
    name_customer: &'a str,
    name_merchant: &'a str,
    sku: &'a str,
    upc: &'a str,
    r#type: &'a str,
    base_price: Money,
    price_ex_tax: Money,
    price_inc_tax: Money,
    price_tax: Money,
    base_total: Money,
    total_ex_tax: Money,
    total_inc_tax: Money,
    total_tax: Money,
    weight: &'a str,
    width: &'a str,
    height: &'a str,
    depth: &'a str,
    quantity: u32,
    base_cost_price: Money,
    cost_price_inc_tax: Money,
    cost_price_ex_tax: Money,
    cost_price_tax: Money,
    is_refunded: bool,
    quantity_refunded: u32,
    refund_amount: Money,
    return_id: u32,
    wrapping_id: u32,
    wrapping_name: &'a str,
    base_wrapping_cost: Money,
    wrapping_cost_ex_tax: Money,
    wrapping_cost_inc_tax: Money,
    wrapping_cost_tax: Money,
    wrapping_message: &'a str,
    quantity_shipped: u32,
    event_name: Option<&'a str>,
    fixed_shipping_cost: Money,
    ebay_item_id: &'a str,
    ebay_transaction_id: &'a str,
    option_set_id: Option<u32>,
    parent_order_product_id: Option<u32>,
    is_bundled_product: bool,
    bin_picking_number: &'a str,
    external_id: Option<&'a str>,
    // Sent by the live service although its schema has no such field.
    fulfillment_source: &'a str,
    brand: &'a str,
    gift_certificate_id: Option<u32>,
    applied_discounts: Vec<DiscountBody<'a>>,
    product_options: Vec<OptionBody<'a>>,
    configurable_fields: [(); 0],
    discounted_total_inc_tax: Money,
}

#[derive(Debug, Serialize)]
struct DiscountBody<'a> {
    id: &'a str,
    amount: Money,
    name: &'a str,
    code: Option<&'a str>,
    target: &'a str,
}

#[derive(Debug, Serialize)]
struct OptionBody<'a> {
    id: u32,
    option_id: u32,
    order_product_id: u32,
    product_option_id: u32,
    display_name: &'a str,
    display_name_customer: &'a str,
    display_name_merchant: &'a str,
    display_value: &'a str,
    display_value_customer: &'a str,
    display_value_merchant: &'a str,
    value: &'a str,
    r#type: &'a str,
    name: &'a str,
    display_style: &'a str,
}

impl<'a> LineBody<'a> {
    /// The order product for a line of `order`.
    #[must_use]
    pub fn of(order: &Order, line: &'a Line) -> Self {
        let money = |amount| Money(amount, order.style);
        let zero = money(Amount::ZERO);
        let physical = line.kind == LineKind::Physical;
        let wrapped = line.wrapping.as_ref();
        let wrapping = wrapped.map_or(Taxed::default(), |w| w.cost);
        let shipped = physical && order.shipped.is_some();
        Self {
            id: line.id,
            order_id: order.id,
            product_id: line.product_id,
            variant_id: variant_id(line),
            order_pickup_method_id: delivery_id(order, physical, Delivery::Pickup),
            order_address_id: delivery_id(order, physical, Delivery::Shipping),
            name: &line.name,
            name_customer: &line.name,
            name_merchant: &line.name,
            sku: &line.sku,
            upc: "",
            r#type: kind(line.kind),
            base_price: money(line.unit_price),
            price_ex_tax: money(line.price.ex),
            price_inc_tax: money(line.price.inc),
            price_tax: money(line.price.tax),
            base_total: money(line.unit_price.times(line.quantity)),
            total_ex_tax: money(line.total.ex),
            total_inc_tax: money(line.total.inc),
            total_tax: money(line.total.tax),
            weight: if physical { "1.0000" } else { "0.0000" },
            width: "0.0000",
            height: "0.0000",
            depth: "0.0000",
            quantity: line.quantity,
            base_cost_price: money(line.cost_price),
            cost_price_inc_tax: money(line.cost_price),
            cost_price_ex_tax: money(line.cost_price),
            cost_price_tax: zero,
            is_refunded: line.quantity_refunded == line.quantity,
            quantity_refunded: line.quantity_refunded,
            // Always zero, refunded or not; the refunds list is the truth.
            refund_amount: zero,
            return_id: 0,
            wrapping_id: wrapped.map_or(0, |w| w.id),
            wrapping_name: wrapped.map_or("", |w| w.name),
            base_wrapping_cost: money(wrapped.map_or(Amount::ZERO, |w| w.base)),
            wrapping_cost_ex_tax: money(wrapping.ex),
            wrapping_cost_inc_tax: money(wrapping.inc),
            wrapping_cost_tax: money(wrapping.tax),
            wrapping_message: wrapped.map_or("", |w| &w.message),
            quantity_shipped: if shipped { line.quantity } else { 0 },
            event_name: None,
            fixed_shipping_cost: zero,
            ebay_item_id: "",
            ebay_transaction_id: "",
            option_set_id: line.size.map(|_| 19),
            parent_order_product_id: None,
            is_bundled_product: false,
            bin_picking_number: "",
            external_id: None,
            fulfillment_source: "",
            brand: &line.brand,
            gift_certificate_id: (line.kind == LineKind::GiftCertificate).then_some(line.id),
            applied_discounts: discounts(&line.discounts, order.style),
            product_options: line.size.map(|s| size(line.id, s)).into_iter().collect(),
            configurable_fields: [],
            discounted_total_inc_tax: money(line.discounted_total_inc_tax),
        }
    }
}

fn variant_id(line: &Line) -> u32 {
    if line.product_id == 0 {
        0
    } else {
        10_000 + line.product_id
    }
}

fn delivery_id(order: &Order, physical: bool, by: Delivery) -> u32 {
    if physical && order.delivery == by {
        order.delivery_id
    } else {
        0
    }
}

const fn kind(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Physical => "physical",
        LineKind::Digital => "digital",
        LineKind::GiftCertificate => "giftcertificate",
    }
}

fn discounts(discounts: &[LineDiscount], style: MoneyStyle) -> Vec<DiscountBody<'_>> {
    discounts
        .iter()
        .map(|d| DiscountBody {
            id: d.id,
            amount: Money(d.amount, style),
            name: &d.name,
            code: d.code.as_deref(),
            target: if d.on_order { "order" } else { "product" },
        })
        .collect()
}

fn size(line: u32, size: &str) -> OptionBody<'_> {
    OptionBody {
        id: 50_000 + line,
        option_id: 18,
        order_product_id: line,
        product_option_id: 120,
        display_name: "Size",
        display_name_customer: "Size",
        display_name_merchant: "Size",
        display_value: size,
        display_value_customer: size,
        display_value_merchant: size,
        value: "69",
        r#type: "Multiple choice",
        name: "Apparel sizes",
        display_style: "Rectangle",
    }
}
