//! Target journals of refunds, as tables that a person can check.

use crate::common::*;
use mapping::{map_order, map_refund};
use schemas::{OrderSnapshot, Recognition, RefundReceived};

fn journal(refund: &RefundReceived) -> String {
    match map_refund(refund, &rules()) {
        Ok(mapped) => table(&mapped.journal),
        Err(problem) => format!("{}: {problem}\n", problem.code()),
    }
}

/// Two lines of 3 and 1 pieces, the first discounted, and shipping.
fn order() -> OrderSnapshot {
    let mut order = us_order(taxed("150.00", "162.00", "12.00"));
    let mut shirts = line(1, 3, taxed("90.00", "97.20", "6.00"), "81.00");
    shirts.discounts = vec![discount("15.00")];
    let boots = schemas::OrderLine {
        categories: vec![21],
        parent_categories: Vec::new(),
        ..line(2, 1, taxed("60.00", "64.80", "4.80"), "64.80")
    };
    order.lines = vec![shirts, boots];
    order.shipping = taxed("15.00", "16.20", "1.20");
    order
}

#[test]
fn one_piece_of_three() {
    let refund = refund(
        &order(),
        "27.00",
        "2.00",
        vec![item("PRODUCT", 1, Some(1), None)],
    );
    insta::assert_snapshot!(journal(&refund));
}

#[test]
fn a_line_and_the_shipping() {
    let items = vec![
        item("PRODUCT", 2, Some(1), None),
        item("SHIPPING", 1, None, Some("16.20")),
    ];
    insta::assert_snapshot!(journal(&refund(&order(), "81.00", "6.00", items)));
}

#[test]
fn an_amount_off_the_order_without_tax() {
    let items = vec![item("ORDER", 1001, None, Some("10.00"))];
    insta::assert_snapshot!(journal(&refund(&order(), "10.00", "0", items)));
}

#[test]
fn tax_alone() {
    insta::assert_snapshot!(journal(&refund(&order(), "3.00", "3.00", Vec::new())));
}

#[test]
fn to_store_credit() {
    let mut refund = refund(
        &order(),
        "64.80",
        "4.80",
        vec![item("PRODUCT", 2, Some(1), None)],
    );
    refund.refund.payments[0].provider = "storecredit".into();
    insta::assert_snapshot!(journal(&refund));
}

#[test]
fn a_full_refund_brings_every_account_back_to_zero() {
    let order = order();
    let items = vec![
        item("PRODUCT", 1, Some(3), None),
        item("PRODUCT", 2, Some(1), None),
        item("SHIPPING", 1, None, Some("16.20")),
    ];
    let refund = map_refund(&refund(&order, "162.00", "12.00", items), &rules()).unwrap();
    let order = map_order(&order, &rules()).unwrap();
    let both = [order.journal.lines(), refund.journal.lines()].concat();
    let net = schemas::Journal::new(order.journal.currency(), both).unwrap();
    assert!(
        net.net_by_account().is_empty(),
        "{:?}",
        net.net_by_account()
    );
}

#[test]
fn more_than_was_charged_is_parked() {
    insta::assert_snapshot!(journal(&refund(&order(), "162.01", "12.00", Vec::new())));
}

#[test]
fn an_item_that_the_order_does_not_have_is_parked() {
    insta::assert_snapshot!(journal(&refund(
        &order(),
        "10.00",
        "0",
        vec![item("PRODUCT", 99, Some(1), None)]
    )));
}

#[test]
fn a_refund_that_was_declined_is_not_booked() {
    let mut refund = refund(
        &order(),
        "64.80",
        "4.80",
        vec![item("PRODUCT", 2, Some(1), None)],
    );
    refund.refund.payments[0].declined = true;
    let mapped = map_refund(&refund, &rules()).unwrap();
    assert_eq!(mapped.recognition, Recognition::NotRecognised);
    assert!(mapped.journal.is_empty());
}
