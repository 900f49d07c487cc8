//! Refunds, in bulk and one by one.

use super::{Id, Shopfront};
use crate::bigcommerce::answer::{Answer, Api, Refusal, v3_one, v3_plain};
use crate::bigcommerce::query::Query;
use crate::bigcommerce::wire::refund::{Form, RefundBody};
use crate::store::Refund;

/// `GET /v3/orders/payment_actions/refunds`: all refunds by ascending id.
pub(super) async fn all(shop: Shopfront, query: Query) -> Answer {
    let page = query.page(Api::V3)?;
    let orders = query.ids(Api::V3, "order_id:in")?;
    let ids = query.ids(Api::V3, "id:in")?;
    let (min, max) = (query.date("created:min"), query.date("created:max"));
    let transaction: Option<u32> = query.number(Api::V3, "transaction_id")?;
    let keeps = |refund: &Refund| {
        orders.as_ref().is_none_or(|o| o.contains(&refund.order_id))
            && ids.as_ref().is_none_or(|i| i.contains(&refund.id))
            && min.is_none_or(|m| refund.created >= m)
            && max.is_none_or(|m| refund.created <= m)
            && has_transaction(refund, transaction)
    };
    let shop = shop.desk().read();
    let kept = shop.refunds().values().filter(|r| keeps(r)).cloned();
    let refunds = page.of(kept.collect());
    drop(shop);
    let bodies: Vec<_> = refunds
        .iter()
        .map(|r| RefundBody::of(r, Form::Listed))
        .collect();
    Ok(v3_plain(&bodies))
}

/// `GET /v3/orders/{id}/payment_actions/refunds`.
pub(super) async fn of_order(shop: Shopfront, Id(id): Id, query: Query) -> Answer {
    let transaction: Option<u32> = query.number(Api::V3, "transaction_id")?;
    let shop = shop.desk().read();
    if shop.order(id).is_none() {
        return Err(Refusal::not_found(Api::V3));
    }
    let refunds = shop.refunds_of(id);
    drop(shop);
    let bodies: Vec<_> = refunds
        .iter()
        .filter(|r| has_transaction(r, transaction))
        .map(|r| RefundBody::of(r, Form::Listed))
        .collect();
    Ok(v3_plain(&bodies))
}

/// `GET /v3/orders/payment_actions/refunds/{id}`.
pub(super) async fn one(shop: Shopfront, Id(id): Id) -> Answer {
    let refund = shop.desk().read().refunds().get(&id).cloned();
    let refund = refund.ok_or_else(|| Refusal::not_found(Api::V3))?;
    Ok(v3_one(RefundBody::of(&refund, Form::Single)))
}

fn has_transaction(refund: &Refund, wanted: Option<u32>) -> bool {
    wanted.is_none_or(|id| refund.payments.iter().any(|p| p.id == id))
}
