//! Target journals of orders, as tables that a person can check.

use crate::common::*;
use mapping::{Problem, map_order};
use schemas::{Recognition, Role};

fn journal(order: &schemas::OrderSnapshot) -> String {
    match map_order(order, &rules()) {
        Ok(mapped) => table(&mapped.journal),
        Err(problem) => format!("{}: {problem}\n", problem.code()),
    }
}

#[test]
fn tax_on_top_with_shipping() {
    let mut order = us_order(taxed("110.00", "118.80", "8.80"));
    order.lines = vec![line(1, 2, taxed("100.00", "108.00", "8.00"), "108.00")];
    order.shipping = taxed("10.00", "10.80", "0.80");
    insta::assert_snapshot!(journal(&order));
}

#[test]
fn tax_included_with_a_coupon() {
    // Figures of a live order: 2500.00 with tax, 100.00 off, VAT at 5.5 %.
    let mut order = eu_order(taxed("2274.88", "2400.00", "125.12"));
    let mut discounted = line(1, 1, taxed("2369.6667", "2500.00", "125.12"), "2400.00");
    discounted.discounts = vec![discount("100.00")];
    order.lines = vec![discounted];
    order.coupon_discount = amount("100.00");
    insta::assert_snapshot!(journal(&order));
}

#[test]
fn store_credit_and_gift_certificate_pay_a_part() {
    let mut order = us_order(taxed("100.00", "108.00", "8.00"));
    order.lines = vec![line(1, 1, taxed("100.00", "108.00", "8.00"), "108.00")];
    order.store_credit = amount("20.00");
    order.gift_certificate = amount("30.00");
    insta::assert_snapshot!(journal(&order));
}

#[test]
fn every_charge_has_its_own_account() {
    let mut order = us_order(taxed("69.00", "74.52", "5.52"));
    order.lines = vec![line(1, 1, taxed("50.00", "54.00", "4.00"), "54.00")];
    order.shipping = taxed("10.00", "10.80", "0.80");
    order.handling = taxed("4.00", "4.32", "0.32");
    order.wrapping = taxed("3.00", "3.24", "0.24");
    order.fees = vec![schemas::Fee {
        fee: 3,
        kind: "custom_fee".into(),
        cost: taxed("2.00", "2.16", "0.16"),
        tax_class: None,
    }];
    insta::assert_snapshot!(journal(&order));
}

#[test]
fn a_cent_left_over_goes_to_rounding() {
    let mut order = us_order(taxed("100.00", "108.01", "8.01"));
    order.lines = vec![line(1, 1, taxed("100.00", "108.00", "8.00"), "108.00")];
    order.total = taxed("100.00", "108.02", "8.01");
    insta::assert_snapshot!(journal(&order));
}

#[test]
fn a_gift_certificate_sold_is_a_liability() {
    let mut order = us_order(taxed("50.00", "50.00", "0"));
    let mut sold = line(1, 1, taxed("50.00", "50.00", "0"), "50.00");
    sold.kind = schemas::LineKind::GiftCertificate;
    sold.categories.clear();
    sold.parent_categories.clear();
    order.lines = vec![sold];
    insta::assert_snapshot!(journal(&order));
}

#[test]
fn an_order_that_does_not_add_up_is_parked_with_the_arithmetic() {
    let mut order = us_order(taxed("100.00", "118.00", "8.00"));
    order.lines = vec![line(1, 1, taxed("100.00", "108.00", "8.00"), "108.00")];
    insta::assert_snapshot!(journal(&order));
}

#[test]
fn an_unmapped_category_is_parked_and_named() {
    let mut order = us_order(taxed("100.00", "108.00", "8.00"));
    let mut unsorted = line(1, 1, taxed("100.00", "108.00", "8.00"), "108.00");
    unsorted.categories = vec![90];
    unsorted.parent_categories.clear();
    order.lines = vec![unsorted];
    let problem = map_order(&order, &rules()).unwrap_err();
    assert!(
        matches!(&problem, Problem::Unmapped { role: Role::Revenue, segment, .. } if segment == "product")
    );
    insta::assert_snapshot!(journal(&order));
}

#[test]
fn an_unknown_payment_method_is_parked() {
    let mut order = us_order(taxed("100.00", "108.00", "8.00"));
    order.lines = vec![line(1, 1, taxed("100.00", "108.00", "8.00"), "108.00")];
    order.payment_method = "Barter".into();
    let problem = map_order(&order, &rules()).unwrap_err();
    assert!(matches!(
        problem,
        Problem::Unmapped {
            role: Role::Clearing,
            ..
        }
    ));
}

#[test]
fn the_status_decides_whether_it_counts() {
    let mut order = us_order(taxed("100.00", "108.00", "8.00"));
    order.lines = vec![line(1, 1, taxed("100.00", "108.00", "8.00"), "108.00")];
    let recognition = |status| {
        let mapped = map_order(
            &schemas::OrderSnapshot {
                status,
                ..order.clone()
            },
            &rules(),
        )
        .unwrap();
        (mapped.recognition, mapped.journal.is_empty())
    };
    assert_eq!(recognition(11), (Recognition::Recognised, false));
    assert_eq!(recognition(4), (Recognition::Recognised, false));
    assert_eq!(recognition(12), (Recognition::Hold, true));
    for status in [0, 1, 5, 6, 7] {
        assert_eq!(recognition(status), (Recognition::NotRecognised, true));
    }
}

#[test]
fn the_accounting_date_is_the_day_in_the_routes_time_zone() {
    // 03:30 UTC is still the evening before in New York.
    let mut order = us_order(taxed("100.00", "108.00", "8.00"));
    order.lines = vec![line(1, 1, taxed("100.00", "108.00", "8.00"), "108.00")];
    let mapped = map_order(&order, &rules()).unwrap();
    assert_eq!(mapped.accounting_date.to_string(), "2026-11-01");
}
