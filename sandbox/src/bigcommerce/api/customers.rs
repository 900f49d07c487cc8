//! Customers: everybody who has ordered and was not a guest.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Shopfront;
use crate::bigcommerce::answer::{Answer, Api, v3_page};
use crate::bigcommerce::query::Query;
use crate::store::order::Order;

/// Customers are in one of so many groups, or in none.
const GROUPS: u32 = 4;

/// `GET /v3/customers`.
pub(super) async fn list(shop: Shopfront, query: Query) -> Answer {
    let page = query.page(Api::V3)?;
    let ids = query.ids(Api::V3, "id:in")?;
    let groups = query.ids(Api::V3, "customer_group_id:in")?;
    let emails = query.words("email:in");
    let desk = shop.desk();
    let shop = desk.read();
    // Whoever orders again has a customer's number already: the last order counts.
    let orders = shop
        .orders()
        .values()
        .map(|order| (order.customer.id, order));
    let customers: BTreeMap<u32, _> = orders.filter(|(id, _)| *id != 0).collect();
    let keeps = |(id, order): &(u32, &std::sync::Arc<Order>)| {
        ids.as_ref().is_none_or(|ids| ids.contains(id))
            && groups
                .as_ref()
                .is_none_or(|groups| groups.contains(&group(*id)))
            && (emails.is_empty() || emails.contains(&order.customer.email.as_str()))
    };
    let kept = customers.into_iter().filter(keeps);
    let rows = kept.map(|(_, order)| customer(order)).collect();
    Ok(v3_page(rows, page))
}

/// The group of a customer, 0 for none.
fn group(customer: u32) -> u32 {
    customer % (GROUPS + 1)
}

fn customer(order: &Order) -> Value {
    let customer = &order.customer;
    json!({
        "id": customer.id,
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "company": "",
        "phone": customer.phone,
        "registration_ip_address": customer.ip,
        "notes": format!("{} likes to be called in the evening", customer.first_name),
        "tax_exempt_category": "",
        "customer_group_id": group(customer.id),
        "date_modified": order.created.to_string(),
        "date_created": order.created.to_string(),
        "address_count": 1,
        "attribute_count": 0,
        "authentication": {"force_password_reset": false},
        "accepts_product_review_abandoned_cart_emails": true,
        "origin_channel_id": 1,
        "channel_ids": [1],
    })
}
