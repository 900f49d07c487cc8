//! Discounts: automatic promotions, coupons and what a clerk gives.

use rand::RngExt;
use rand::rngs::StdRng;

use super::{Discount, Ids, take};
use crate::store::Amount;
use crate::store::order::{Coupon, Line, LineDiscount, LineKind, Order};

/// Gives the wished discount, or one in five orders one of its own.
pub(super) fn give(rng: &mut StdRng, ids: &mut Ids, order: &mut Order, wish: Option<Discount>) {
    let kind = wish.unwrap_or_else(|| match rng.random_range(0..100) {
        0..10 => Discount::Coupon,
        10..17 => Discount::Automatic,
        17..20 => Discount::Manual,
        _ => Discount::None,
    });
    match kind {
        Discount::None => {}
        Discount::Automatic => automatic(order),
        Discount::Coupon if rng.random_bool(0.5) => percent_coupon(ids, order),
        Discount::Coupon => fixed_coupon(ids, order),
        Discount::Manual => manual(order),
    }
}

/// Fifteen percent off the first line that may be discounted.
fn automatic(order: &mut Order) {
    let Some(line) = order.lines.iter_mut().find(|l| is_discountable(l)) else {
        return;
    };
    let amount = gross(line).scaled_to_cents(15, 100);
    line.discounts.push(LineDiscount {
        id: "automatic-promotion",
        amount,
        name: "Autumn Promotion".to_owned(),
        code: None,
        on_order: false,
    });
    order.discount_amount = amount;
}

/// Five units off, spread over the lines.
fn manual(order: &mut Order) {
    let amount = Amount::cents(500);
    let given = spread(order, amount, |share| LineDiscount {
        id: "manual-discount",
        amount: share,
        name: "Manual Discount".to_owned(),
        code: None,
        on_order: true,
    });
    order.discount_amount = given;
}

/// Ten units off the total with a code.
fn fixed_coupon(ids: &mut Ids, order: &mut Order) {
    let code = "TENOFF";
    let given = spread(order, Amount::cents(1_000), |share| LineDiscount {
        id: "total-coupon",
        amount: share,
        name: "10 off".to_owned(),
        code: Some(code.to_owned()),
        on_order: true,
    });
    order.coupon_discount = given;
    order
        .coupons
        .push(coupon(ids, code, 2, Amount::cents(1_000), given));
}

/// Twelve and a half percent off each line with a code.
fn percent_coupon(ids: &mut Ids, order: &mut Order) {
    let code = "WELCOME125";
    let mut given = Amount::ZERO;
    for line in order.lines.iter_mut().filter(|l| is_discountable(l)) {
        let amount = gross(line).scaled_to_cents(125, 1000);
        given += amount;
        line.discounts.push(LineDiscount {
            id: "coupon",
            amount,
            name: "12.5% off".to_owned(),
            code: Some(code.to_owned()),
            on_order: false,
        });
    }
    if !given.is_zero() {
        order.coupon_discount = given;
        order
            .coupons
            .push(coupon(ids, code, 1, Amount::cents(1_250), given));
    }
}

fn coupon(ids: &mut Ids, code: &str, kind: u8, amount: Amount, discount: Amount) -> Coupon {
    Coupon {
        id: take(&mut ids.part),
        coupon_id: u32::from(kind),
        code: code.to_owned(),
        kind,
        amount,
        discount,
    }
}

/// Spreads an order discount over what may be discounted, never more than that.
fn spread(order: &mut Order, amount: Amount, make: impl Fn(Amount) -> LineDiscount) -> Amount {
    let weights: Vec<i64> = order
        .lines
        .iter()
        .map(|l| {
            if is_discountable(l) {
                gross(l).to_cents()
            } else {
                0
            }
        })
        .collect();
    let most = Amount::cents(weights.iter().sum());
    let shares = amount.min(most).spread(&weights);
    for (line, share) in order.lines.iter_mut().zip(&shares) {
        if !share.is_zero() {
            line.discounts.push(make(*share));
        }
    }
    shares.into_iter().sum()
}

fn is_discountable(line: &Line) -> bool {
    line.kind != LineKind::GiftCertificate
}

fn gross(line: &Line) -> Amount {
    line.unit_price.times(line.quantity)
}
