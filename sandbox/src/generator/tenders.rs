//! How the order is paid, and the status that follows from it.

use jiff::{Timestamp, ToSpan};
use rand::RngExt;
use rand::rngs::StdRng;

use super::{Ids, Wishes, take};
use crate::store::order::{Delivery, Order, PaymentMethod, Transaction};
use crate::store::{Amount, Profile, status};

/// The wished payment method, or one the store's shoppers use.
pub(super) fn method(rng: &mut StdRng, profile: &Profile, wishes: &Wishes) -> PaymentMethod {
    let wished = wishes.payment_method.as_deref();
    wished
        .and_then(PaymentMethod::from_name)
        .unwrap_or_else(|| {
            let klarna = profile.inclusive;
            match rng.random_range(0..100) {
                0..55 => PaymentMethod::CreditCard,
                55..80 => PaymentMethod::PayPal,
                80..92 if klarna => PaymentMethod::Klarna,
                80..92 => PaymentMethod::CreditCard,
                _ => PaymentMethod::BankDeposit,
            }
        })
}

/// Sets tenders, status and transactions of a settled order.
pub(super) fn pay(
    rng: &mut StdRng,
    ids: &mut Ids,
    order: &mut Order,
    wishes: &Wishes,
    now: Timestamp,
) {
    tender(rng, order, wishes);
    let drawn = if wishes.days_back > 0 {
        mature(rng, order, now)
    } else {
        fresh(rng, order)
    };
    set_status(order, wishes.status_id.unwrap_or(drawn));
    if order.payment_status == "paid" {
        record(ids, order);
    }
}

/// Sets the status and what follows from it.
pub(crate) fn set_status(order: &mut Order, status: u8) {
    order.status = status;
    order.payment_status = match status {
        status::INCOMPLETE => "",
        1 | status::AWAITING_PAYMENT => "pending",
        6 => "declined",
        status::CANCELLED => "void",
        status::MANUAL_VERIFICATION => "held for review",
        status::REFUNDED => "refunded",
        _ => "paid",
    };
    if matches!(status, status::SHIPPED | status::COMPLETED) && order.delivery == Delivery::Shipping
    {
        order.shipped.get_or_insert(order.modified);
    }
}

/// Writes down the money that came in, unless the method leaves no trace.
pub(crate) fn record(ids: &mut Ids, order: &mut Order) {
    if !order.transactions.is_empty() {
        return;
    }
    let due = (order.payment, order.money_due());
    let parts = [
        due,
        (PaymentMethod::StoreCredit, order.store_credit),
        (PaymentMethod::GiftCertificate, order.gift_certificate),
    ];
    for (via, amount) in parts {
        if amount > Amount::ZERO && via != PaymentMethod::PayPal {
            order.transactions.push(Transaction {
                id: take(&mut ids.transaction),
                event: "purchase",
                via,
                amount,
                at: order.modified,
                reference: None,
            });
        }
    }
}

fn tender(rng: &mut StdRng, order: &mut Order, wishes: &Wishes) {
    let total = order.total.inc;
    let credit = wishes
        .store_credit
        .unwrap_or_else(|| order.customer.id != 0 && rng.random_bool(0.05));
    let certificate = rng.random_bool(0.04);
    if credit {
        order.store_credit = portion(rng, total);
    }
    if certificate {
        order.gift_certificate = portion(rng, order.money_due());
    }
    if order.money_due() <= Amount::ZERO {
        let by_credit = order.store_credit > Amount::ZERO;
        order.payment = if by_credit {
            PaymentMethod::StoreCredit
        } else {
            PaymentMethod::GiftCertificate
        };
    }
}

/// A round part of the whole, rarely all of it.
fn portion(rng: &mut StdRng, of: Amount) -> Amount {
    let value = [1_000, 2_000, 2_500, 5_000][rng.random_range(0..4)];
    Amount::cents(value).min(of)
}

fn fresh(rng: &mut StdRng, order: &Order) -> u8 {
    let paid = order.payment != PaymentMethod::BankDeposit;
    match rng.random_range(0..100) {
        0..2 => status::INCOMPLETE,
        2 => status::MANUAL_VERIFICATION,
        _ if !paid => status::AWAITING_PAYMENT,
        _ if order.is_digital() => status::COMPLETED,
        _ if order.delivery == Delivery::Pickup => status::AWAITING_PICKUP,
        _ => status::AWAITING_FULFILLMENT,
    }
}

/// An order of some days ago has been sent by now, or given up.
fn mature(rng: &mut StdRng, order: &mut Order, now: Timestamp) -> u8 {
    let hours = rng.random_range(1..40);
    let later = order.created.checked_add(hours.hours());
    order.modified = later.map_or(order.created, |t| t.min(now.max(order.created)));
    match rng.random_range(0..100) {
        0..2 => status::INCOMPLETE,
        2..5 => status::CANCELLED,
        5..15 => status::AWAITING_SHIPMENT,
        15..50 => status::SHIPPED,
        _ => status::COMPLETED,
    }
}
