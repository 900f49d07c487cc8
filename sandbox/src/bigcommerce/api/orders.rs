//! One order and its parts.

use std::sync::Arc;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::{Id, Shopfront};
use crate::bigcommerce::answer::{Answer, Api, Refusal, json, no_content, v2_list, v3_page};
use crate::bigcommerce::page::Page;
use crate::bigcommerce::query::{MOST_PER_PAGE, Query};
use crate::bigcommerce::wire::consignments::{ConsignmentsBody, Shape};
use crate::bigcommerce::wire::line::LineBody;
use crate::bigcommerce::wire::order::{Include, OrderBody};
use crate::bigcommerce::wire::parts::{self, CouponBody, ShippingAddressBody, TransactionBody};
use crate::store::order::Malformation;
use crate::store::{Amount, Order, Profile};

/// `GET /v2/orders/{id}`.
pub(super) async fn one(shop: Shopfront, Id(id): Id, query: Query) -> Answer {
    let order = find(&shop, id, Api::V2)?;
    Ok(json(&render(
        &shop.desk().profile,
        &order,
        include(&query)?,
    )?))
}

/// `GET /v2/orders/{id}/products`.
pub(super) async fn products(shop: Shopfront, Id(id): Id, query: Query) -> Answer {
    let page = query.page(Api::V2)?;
    let order = find(&shop, id, Api::V2)?;
    let lines = page.of(order.lines.iter().collect());
    let bodies: Vec<_> = lines.into_iter().map(|l| LineBody::of(&order, l)).collect();
    Ok(v2_list(&bodies))
}

/// `GET /v2/orders/{id}/taxes`.
pub(super) async fn taxes(shop: Shopfront, Id(id): Id, query: Query) -> Answer {
    let page = query.page(Api::V2)?;
    let order = find(&shop, id, Api::V2)?;
    let details = query.get("details") == Some("true");
    Ok(v2_list(&page.of(parts::taxes(&order, details))))
}

/// `GET /v2/orders/{id}/coupons`.
pub(super) async fn coupons(shop: Shopfront, Id(id): Id, query: Query) -> Answer {
    let page = query.page(Api::V2)?;
    let order = find(&shop, id, Api::V2)?;
    let coupons = order.coupons.iter().map(|c| CouponBody::of(&order, c));
    Ok(v2_list(&page.of(coupons.collect())))
}

/// `GET /v2/orders/{id}/shipping_addresses`.
pub(super) async fn shipping_addresses(shop: Shopfront, Id(id): Id, query: Query) -> Answer {
    let page = query.page(Api::V2)?;
    let order = find(&shop, id, Api::V2)?;
    let address = ShippingAddressBody::of(shop.desk().profile.hash, &order);
    Ok(v2_list(&page.of(address.into_iter().collect())))
}

/// `GET /v2/orders/{id}/consignments`: always the object shape.
pub(super) async fn consignments(shop: Shopfront, Id(id): Id, query: Query) -> Answer {
    let order = find(&shop, id, Api::V2)?;
    let whole = query.words("include").contains(&"consignments.line_items");
    let hash = shop.desk().profile.hash;
    Ok(json(&ConsignmentsBody::included(
        hash,
        &order,
        Shape::Object,
        whole,
    )))
}

/// `GET /v3/orders/{id}/transactions`; 204 when there are none.
pub(super) async fn transactions(shop: Shopfront, Id(id): Id) -> Answer {
    let order = find(&shop, id, Api::V3)?;
    if order.transactions.is_empty() {
        return Ok(no_content());
    }
    let rows = order.transactions.iter();
    let bodies = rows.map(|t| TransactionBody::of(&order, t)).collect();
    Ok(v3_page(
        bodies,
        Page {
            page: 1,
            limit: MOST_PER_PAGE,
        },
    ))
}

fn find(shop: &Shopfront, id: u32, api: Api) -> Result<Arc<Order>, Refusal> {
    let order = shop.desk().read().order(id);
    order.ok_or_else(|| Refusal::not_found(api))
}

/// What `include` and `consignment_structure` ask for.
pub(super) fn include(query: &Query) -> Result<Include, Refusal> {
    let words = query.words("include");
    let wants = |word| words.contains(&word);
    let shape = match query.get("consignment_structure") {
        None => Shape::Array,
        Some("object") => Shape::Object,
        Some(_) => return Err(Refusal::field(Api::V2, "consignment_structure")),
    };
    Ok(Include {
        consignments: wants("consignments") || wants("consignments.line_items"),
        line_items: wants("consignments.line_items"),
        fees: wants("fees"),
        shape,
    })
}

/// An order as JSON text, malformed if it is to be.
pub(super) fn render(
    profile: &Profile,
    order: &Order,
    include: Include,
) -> Result<Box<RawValue>, Refusal> {
    let body = OrderBody::of(profile, order, include);
    let unwritable = |_| Refusal::new(Api::V2, 500, "The order cannot be written.");
    let text = to_raw_value(&body).map_err(unwritable)?;
    let Some(how) = order.malformed else {
        return Ok(text);
    };
    let mut value: Value = serde_json::from_str(text.get()).map_err(unwritable)?;
    malform(&mut value, order, how);
    to_raw_value(&value).map_err(unwritable)
}

fn malform(value: &mut Value, order: &Order, how: Malformation) {
    match how {
        Malformation::TotalNotANumber => value["total_inc_tax"] = "twelve".into(),
        Malformation::MissingCurrency => {
            for field in [
                "currency_code",
                "default_currency_code",
                "store_default_currency_code",
            ] {
                if let Some(fields) = value.as_object_mut() {
                    fields.remove(field);
                }
            }
        }
        Malformation::Unbalanced => {
            let wrong = order.total.inc + Amount::cents(500);
            value["total_inc_tax"] = wrong.plain().into();
        }
        Malformation::BadDate => value["date_created"] = "the day before yesterday".into(),
        Malformation::BadQuantity => spoil_quantities(value),
    }
}

/// Wherever a line item is, its quantity becomes a word; so does the header's count.
fn spoil_quantities(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(spoil_quantities),
        Value::Object(fields) => {
            for (name, field) in fields {
                match name.as_str() {
                    "quantity" | "items_total" => *field = "several".into(),
                    _ => spoil_quantities(field),
                }
            }
        }
        _ => {}
    }
}
