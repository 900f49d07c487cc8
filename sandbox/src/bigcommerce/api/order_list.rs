//! `GET /v2/orders` with its filters, and the count by status.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::json;

use super::Shopfront;
use super::orders::{include, render};
use crate::bigcommerce::answer::{Answer, Api, Refusal, json, v2_list};
use crate::bigcommerce::query::Query;
use crate::bigcommerce::shop::Shop;
use crate::bigcommerce::wire::order::cart_id;
use crate::store::{Amount, Order, Profile, status};
use jiff::Timestamp;

/// The list of orders.
pub(super) async fn list(shop: Shopfront, query: Query) -> Answer {
    let filter = Filter::read(&query)?;
    let sort = Sort::read(&query)?;
    let page = query.page(Api::V2)?;
    let include = include(&query)?;
    let mut orders = filter.select(&shop.desk().read());
    sort.apply(&mut orders);
    let profile = &shop.desk().profile;
    let bodies = page
        .of(orders)
        .iter()
        .map(|order| render(profile, order, include))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(v2_list(&bodies))
}

/// How many orders there are in each status.
pub(super) async fn count(shop: Shopfront, query: Query) -> Answer {
    let orders = Filter::read(&query)?.select(&shop.desk().read());
    let statuses: Vec<_> = status::ALL
        .iter()
        .map(|s| {
            json!({
                "id": s.id,
                "name": s.label,
                "system_label": s.label,
                "custom_label": s.label,
                "system_description": s.description,
                "count": orders.iter().filter(|o| o.status == s.id).count(),
                "sort_order": s.id,
            })
        })
        .collect();
    Ok(json(&json!({"statuses": statuses, "count": orders.len()})))
}

/// The documented filters.
#[derive(Debug, Default)]
struct Filter {
    min_id: Option<u32>,
    max_id: Option<u32>,
    min_total: Option<Amount>,
    max_total: Option<Amount>,
    customer_id: Option<u32>,
    status_id: Option<u8>,
    channel_id: Option<u32>,
    email: Option<String>,
    cart_id: Option<String>,
    payment_method: Option<String>,
    external_order_id: Option<String>,
    created: (Option<Timestamp>, Option<Timestamp>),
    modified: (Option<Timestamp>, Option<Timestamp>),
}

impl Filter {
    fn read(query: &Query) -> Result<Self, Refusal> {
        let text = |name| query.get(name).map(str::to_owned);
        let dates = |min, max| (query.date(min), query.date(max));
        Ok(Self {
            min_id: query.number(Api::V2, "min_id")?,
            max_id: query.number(Api::V2, "max_id")?,
            min_total: query.amount(Api::V2, "min_total")?,
            max_total: query.amount(Api::V2, "max_total")?,
            customer_id: query.number(Api::V2, "customer_id")?,
            status_id: query.number(Api::V2, "status_id")?,
            channel_id: query.number(Api::V2, "channel_id")?,
            email: text("email"),
            cart_id: text("cart_id"),
            payment_method: text("payment_method"),
            external_order_id: text("external_order_id"),
            created: dates("min_date_created", "max_date_created"),
            modified: dates("min_date_modified", "max_date_modified"),
        })
    }

    fn select(&self, shop: &Shop) -> Vec<Arc<Order>> {
        let (min, max) = (self.min_id.unwrap_or(0), self.max_id.unwrap_or(u32::MAX));
        if min > max {
            return Vec::new();
        }
        let in_range = shop.orders().range(min..=max).map(|(_, order)| order);
        let kept = in_range.filter(|order| self.keeps(shop.profile(), order));
        kept.cloned().collect()
    }

    fn keeps(&self, profile: &Profile, order: &Order) -> bool {
        let total = order.total.inc;
        let within = |at: Timestamp, (min, max): (Option<Timestamp>, Option<Timestamp>)| {
            min.is_none_or(|m| at >= m) && max.is_none_or(|m| at <= m)
        };
        within(order.created, self.created)
            && within(order.modified, self.modified)
            && self.min_total.is_none_or(|m| total >= m)
            && self.max_total.is_none_or(|m| total <= m)
            && self.customer_id.is_none_or(|id| order.customer.id == id)
            && self.status_id.is_none_or(|id| order.status == id)
            && self.channel_id.is_none_or(|id| id == 1)
            && self.email.as_ref().is_none_or(|e| order.customer.email == *e)
            && self.cart_id.as_ref().is_none_or(|c| cart_id(profile, order) == *c)
            && self.payment_method.as_ref().is_none_or(|m| order.payment.name() == m)
            // No order of the sandbox has an external id.
            && self.external_order_id.is_none()
    }
}

/// Field and direction of the order list.
#[derive(Debug)]
struct Sort {
    by: fn(&Order, &Order) -> Ordering,
    descending: bool,
}

impl Sort {
    fn read(query: &Query) -> Result<Self, Refusal> {
        let wanted = query.get("sort").unwrap_or("id");
        let (field, direction) = wanted.split_once(':').unwrap_or((wanted, "asc"));
        let by: fn(&Order, &Order) -> Ordering = match field {
            "id" | "channel_id" | "external_id" => |a, b| a.id.cmp(&b.id),
            "customer_id" => |a, b| a.customer.id.cmp(&b.customer.id),
            "date_created" => |a, b| a.created.cmp(&b.created),
            "date_modified" => |a, b| a.modified.cmp(&b.modified),
            "status_id" => |a, b| a.status.cmp(&b.status),
            _ => return Err(Refusal::field(Api::V2, "sort")),
        };
        let descending = match direction {
            "asc" => false,
            "desc" => true,
            _ => return Err(Refusal::field(Api::V2, "sort")),
        };
        Ok(Self { by, descending })
    }

    fn apply(&self, orders: &mut [Arc<Order>]) {
        orders.sort_by(|a, b| {
            let order = (self.by)(a, b).then(a.id.cmp(&b.id));
            if self.descending {
                order.reverse()
            } else {
                order
            }
        });
    }
}
