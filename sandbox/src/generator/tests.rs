//! The amounts of generated orders obey the documented identities.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Generator, Ids, Wishes};
use crate::store::order::{Delivery, LineKind, Order};
use crate::store::profile::{EU, US};
use crate::store::refunding::{RefundKind, draft};
use crate::store::{Amount, Profile};

fn orders(profile: Profile, seed: u64, count: usize) -> Vec<Order> {
    let mut generator = Generator::new(profile, seed);
    let mut ids = Ids::default();
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let wishes = Wishes::default();
    (0..count)
        .map(|_| generator.order(&mut ids, &wishes, now))
        .collect()
}

fn beside(order: &Order, view: fn(&crate::store::order::Taxed) -> Amount) -> Amount {
    let charges = [order.shipping, order.handling, order.wrapping];
    let fees = order.fees.iter().map(|f| f.charge);
    charges.into_iter().chain(fees).map(|c| view(&c.cost)).sum()
}

#[test]
fn totals_follow_from_their_parts() {
    for profile in [US, EU] {
        for order in orders(profile, 7, 800) {
            let discounts = order.discount_amount + order.coupon_discount;
            let id = order.id;
            if order.inclusive {
                let inc = order.subtotal.inc - discounts + beside(&order, |c| c.inc);
                assert_eq!(order.total.inc, inc, "order {id}");
            } else {
                let ex = order.subtotal.ex - discounts + beside(&order, |c| c.ex);
                assert_eq!(order.total.ex, ex, "order {id}");
            }
            assert_eq!(
                order.total.tax,
                order.subtotal.tax + beside(&order, |c| c.tax),
                "order {id}"
            );
            assert_eq!(
                order.total.inc,
                order.total.ex + order.total.tax,
                "order {id}"
            );
            assert_eq!(
                order.total.inc.ten_thousandths() % 100,
                0,
                "order {id} has whole cents"
            );
            assert!(order.money_due() >= Amount::ZERO, "order {id}");
        }
    }
}

#[test]
fn lines_add_up_in_both_tax_modes() {
    for profile in [US, EU] {
        for order in orders(profile, 8, 800) {
            let discounts: Amount = order
                .lines
                .iter()
                .map(crate::store::order::Line::discount)
                .sum();
            assert_eq!(discounts, order.discount_amount + order.coupon_discount);
            let net: Amount = order
                .lines
                .iter()
                .map(|l| l.discounted_total_inc_tax - l.total.tax)
                .sum();
            let stray = order.subtotal.tax - order.lines.iter().map(|l| l.total.tax).sum();
            assert!(
                stray.to_cents().abs() <= 2,
                "order {} strays by {}",
                order.id,
                stray.plain()
            );
            assert!(stray.is_zero() || order.external_tax);
            let expected = if order.inclusive {
                order.subtotal.inc - discounts - order.subtotal.tax + stray
            } else {
                order.subtotal.ex - discounts
            };
            assert_eq!(net, expected, "order {}", order.id);
            let rows: Amount = order.taxes.iter().map(|t| t.amount).sum();
            let fees: Amount = order.fees.iter().map(|f| f.charge.cost.tax).sum();
            assert_eq!(rows + fees + stray, order.total.tax, "order {}", order.id);
        }
    }
}

#[test]
fn a_thousand_orders_show_every_kind() {
    let all = orders(EU, 9, 1500);
    let some = |what: &str, found: bool| assert!(found, "no order with {what}");
    some(
        "more than fifty lines",
        all.iter().any(|o| o.lines.len() > 50),
    );
    some(
        "a pickup",
        all.iter().any(|o| o.delivery == Delivery::Pickup),
    );
    some("a fee", all.iter().any(|o| !o.fees.is_empty()));
    some("handling", all.iter().any(|o| !o.handling.base.is_zero()));
    some("wrapping", all.iter().any(|o| !o.wrapping.base.is_zero()));
    some(
        "store credit",
        all.iter().any(|o| !o.store_credit.is_zero()),
    );
    some(
        "a certificate used",
        all.iter().any(|o| !o.gift_certificate.is_zero()),
    );
    some(
        "an automatic discount",
        all.iter().any(|o| !o.discount_amount.is_zero()),
    );
    some("a coupon", all.iter().any(|o| !o.coupons.is_empty()));
    for kind in [
        LineKind::Physical,
        LineKind::Digital,
        LineKind::GiftCertificate,
    ] {
        some(
            "each kind of line",
            all.iter().any(|o| o.lines.iter().any(|l| l.kind == kind)),
        );
    }
    let methods: BTreeSet<&str> = all.iter().map(|o| o.payment.name()).collect();
    assert!(
        methods.is_superset(&["Credit Card", "PayPal", "Bank Deposit", "Klarna"].into()),
        "{methods:?}"
    );
    assert!(
        all.iter()
            .all(|o| o.lines.iter().all(|l| l.product_id != 990)),
        "990 only on demand"
    );
}

#[test]
fn the_same_seed_gives_the_same_orders() {
    let told = |seed| format!("{:?}", orders(US, seed, 50));
    assert_eq!(told(3), told(3));
    assert_ne!(told(3), told(4));
}

#[test]
fn line_refunds_add_up_to_the_line() {
    let found = orders(EU, 5, 200).into_iter().find(|o| {
        o.payment_status == "paid"
            && o.lines
                .first()
                .is_some_and(|l| l.quantity > 2 && !l.total.tax.is_zero())
    });
    let mut order = found.expect("such an order among 200");
    let line = order.lines[0].clone();
    let (mut total, mut tax) = (Amount::ZERO, Amount::ZERO);
    for _ in 0..line.quantity {
        let refund = draft(&order, &[], RefundKind::Line).unwrap();
        total += refund.total;
        tax += refund.tax;
        order.lines[0].quantity_refunded += 1;
    }
    assert_eq!(total, line.discounted_total_inc_tax);
    assert_eq!(tax, line.total.tax);
}
