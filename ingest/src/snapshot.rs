//! An order as accounting needs it: what the store says of it, together with
//! what the catalogue says of its products.

use bigcommerce::{Line, Order};
use schemas::{OrderLine, OrderSnapshot, RefundSnapshot, StoreKey};

use crate::product_facts::Facts;

/// The snapshot of an order. Pure: the same answers give the same bytes.
pub fn order(store: &StoreKey, order: &Order, facts: &Facts) -> OrderSnapshot {
    let (country, region) = destination(order);
    OrderSnapshot {
        store: store.clone(),
        order: order.id,
        channel: order.channel,
        status: order.status,
        payment_status: order.payment_status.clone(),
        payment_method: order.payment_method.clone(),
        payment_provider: order.payment_provider.clone(),
        currency: order.currency,
        tax_inclusive: order.tax_inclusive,
        created: order.created,
        modified: order.modified,
        shipped: order.shipped,
        archived: order.archived,
        external_source: order.external_source.clone(),
        country,
        region,
        subtotal: order.subtotal,
        shipping: order.shipping,
        handling: order.handling,
        wrapping: order.wrapping,
        total: order.total,
        discount: order.discount,
        coupon_discount: order.coupon_discount,
        store_credit: order.store_credit,
        gift_certificate: order.gift_certificate,
        fees: order.fees.clone(),
        lines: order.lines.iter().map(|item| line(item, facts)).collect(),
        consignments: order.consignments.clone(),
        taxes: Vec::new(),
        customer_group: None,
        refunded: None,
        charge_classes: order.charge_classes,
    }
}

/// Notes how many pieces of each line came back by the order's refunds.
pub fn note_pieces(order: &mut OrderSnapshot, refunds: &[&RefundSnapshot]) {
    for line in &mut order.lines {
        let accepted = refunds.iter().filter(|refund| !refund.is_declined());
        let pieces = accepted.map(|refund| refund.pieces_of(line));
        line.quantity_refunded = pieces.fold(0, u64::saturating_add);
    }
}

/// Where the tax is due: at the first consignment that says where it goes, or
/// else where the bill goes.
fn destination(order: &Order) -> (String, String) {
    let consigned = order
        .consignments
        .iter()
        .find(|consignment| !consignment.country.is_empty());
    match consigned {
        Some(consignment) => (consignment.country.clone(), consignment.region.clone()),
        None => (order.country.clone(), order.region.clone()),
    }
}

fn line(line: &Line, facts: &Facts) -> OrderLine {
    let facts = facts.get(&line.product).cloned().unwrap_or_default();
    OrderLine {
        line: line.line,
        product: line.product,
        variant: line.variant,
        sku: line.sku.clone(),
        kind: line.kind,
        quantity: line.quantity,
        quantity_shipped: line.quantity_shipped,
        quantity_refunded: 0,
        total: line.total,
        discounted_inc_tax: line.discounted_inc_tax,
        discounts: line.discounts.clone(),
        wrapping: line.wrapping,
        address: line.address,
        pickup: line.pickup,
        parent: line.parent,
        categories: facts.categories,
        parent_categories: facts.parent_categories,
        // What it was called when it was bought counts more than what the
        // catalogue says today.
        brand: match line.brand.is_empty() {
            true => facts.brand.unwrap_or_default(),
            false => line.brand.clone(),
        },
        tax_class: facts.tax_class,
    }
}
