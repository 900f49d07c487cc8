//! Orders as BigCommerce answers them, read.

use schemas::{ConsignmentKind, DiscountTarget, LineKind};
use serde_json::{Value, json};

use super::*;

fn line(id: u64, quantity: u64) -> Value {
    json!({
        "id": id, "order_id": 519, "product_id": 111, "variant_id": 0, "sku": "SKU-1",
        "name": "A thing", "type": "physical", "quantity": quantity, "quantity_shipped": 0,
        "order_address_id": 12, "base_price": "10", "price_ex_tax": "10.0000",
        "total_ex_tax": "2369.6667", "total_inc_tax": "2500.0000", "total_tax": "125.1200",
        "discounted_total_inc_tax": "2400.0000", "brand": "Acme",
        "wrapping_cost_ex_tax": "0.0000", "wrapping_cost_inc_tax": "0.0000", "wrapping_cost_tax": "0.0000",
        "applied_discounts": [
            {"id": 41, "amount": "100.0000", "name": "JANE10", "code": "JANE10", "target": "order"}
        ],
        "parent_order_product_id": null, "fulfillment_source": "merchant"
    })
}

fn order() -> Value {
    let mut order: Value = serde_json::from_str(include_str!("order.json")).unwrap();
    order["consignments"]["shipping"][0]["line_items"] = json!([line(1, 2)]);
    order["consignments"]["pickups"][0]["line_items"] = json!([line(2, 1)]);
    order
}

fn read_value(value: &Value) -> Read<Order> {
    Order::read(&serde_json::value::to_raw_value(value).unwrap())
}

#[test]
fn a_whole_order() {
    let order = read_value(&order()).unwrap();
    assert_eq!(order.id, OrderId(519));
    assert_eq!(
        order.currency.code(),
        "EUR",
        "the charged one, not the displayed"
    );
    assert_eq!(order.shipping.tax.to_string(), "0.52");
    assert_eq!(order.total.inc_tax.to_string(), "2410");
    assert_eq!(order.fees[0].cost.ex_tax.to_string(), "1");
    assert_eq!(order.modified.to_string(), "2012-11-20T00:05:00Z");
    assert_eq!((order.shipped, order.payment_provider.as_str()), (None, ""));
    let line = order.lines.iter().find(|line| line.line == 1).unwrap();
    assert_eq!(
        (line.kind, line.variant, line.address),
        (LineKind::Physical, None, Some(12))
    );
    assert_eq!(
        (line.discounts[0].target, line.discounts[0].coupon),
        (DiscountTarget::Order, true)
    );
    let kinds: Vec<_> = order
        .consignments
        .iter()
        .map(|c| (c.kind, c.country.as_str()))
        .collect();
    assert_eq!(
        kinds,
        [
            (ConsignmentKind::Shipping, "DE"),
            (ConsignmentKind::Pickup, "FR")
        ]
    );
    assert!(!order.lines_incomplete);
}

#[test]
fn both_shapes_of_consignments_read_the_same() {
    let object = order();
    let mut list = object.clone();
    list["consignments"] = json!([object["consignments"]]);
    let (object, list) = (read_value(&object).unwrap(), read_value(&list).unwrap());
    assert_ne!(object.body, list.body);
    assert_eq!(
        Order {
            body: object.body.clone(),
            ..list
        },
        object
    );
}

#[test]
fn left_out_lines_are_noticed() {
    let incomplete = |change: &dyn Fn(&mut Value)| {
        let mut order = order();
        change(&mut order);
        read_value(&order).unwrap().lines_incomplete
    };
    assert!(incomplete(&|order| order["items_total"] = json!(4)));
    assert!(incomplete(&|order| {
        order["consignments"]["shipping"][0]["__warning__"] = json!({"message": "use /products"});
    }));
    assert!(incomplete(&|order| {
        order["consignments"]["shipping"][0]["line_items"] =
            json!([{"url": "https://…", "resource": "/orders/519/products/1"}]);
    }));
    assert!(incomplete(&|order| {
        order["consignments"] = json!({"url": "https://…", "resource": "/orders/519/consignments"});
    }));
}

#[test]
fn nothing_of_a_person_is_kept() {
    let kept = format!("{:?}", read_value(&order()).unwrap());
    for personal in [
        "Jane",
        "Doe",
        "Elm",
        "example.com",
        "203.0.113.7",
        "JANE10",
        "Ring",
        "called",
    ] {
        assert!(!kept.contains(personal), "{personal} is in {kept}");
    }
}

#[test]
fn a_bad_field_is_named_with_its_order() {
    let wrong = |field: &str, value: Value, expected: &str| {
        let mut order = order();
        *order.pointer_mut(field).unwrap() = value;
        let error = read_value(&order).unwrap_err();
        assert_eq!(error.order, Some(OrderId(519)));
        assert!(error.body.is_some() && (error.modified.is_some() || field == "/date_modified"));
        assert_eq!(error.to_string(), expected);
    };
    wrong(
        "/total_inc_tax",
        json!("n/a"),
        "order 519: field `total_inc_tax` should be an amount, but is `\"n/a\"`",
    );
    wrong(
        "/default_currency_code",
        json!(""),
        "order 519: field `default_currency_code` should be a currency's code, but is `\"\"`",
    );
    wrong(
        "/consignments/shipping/0/line_items/0/total_tax",
        Value::Null,
        "order 519: field `consignments.shipping[0].line_items[0].total_tax` should be an amount, but is null",
    );
    wrong(
        "/date_modified",
        json!("0000-00-00"),
        "order 519: field `date_modified` should be a date, but is `\"0000-00-00\"`",
    );
    wrong(
        "/billing_address",
        json!("12 Elm Street"),
        "order 519: field `billing_address` should be an object, but is a text",
    );
}

#[test]
fn charges_say_their_tax_classes_and_need_not() {
    let mut value = order();
    value["shipping_cost_tax_class_id"] = json!(2);
    value["handling_cost_tax_class_id"] = json!("0");
    value["wrapping_cost_tax_class_id"] = json!("gift");
    value["fees"][0]["tax_class_id"] = json!("1");
    let order = read_value(&value).unwrap();
    assert_eq!(order.charge_classes.shipping, Some(2));
    assert_eq!(order.charge_classes.handling, Some(0));
    assert_eq!(order.charge_classes.wrapping, None);
    assert_eq!(order.fees[0].tax_class, Some(1));
}

#[test]
fn an_external_source_may_be_an_empty_object() {
    let with = |source: Value| {
        let mut order = order();
        order["external_source"] = source;
        read_value(&order).map(|order| order.external_source)
    };
    assert_eq!(with(json!({})).unwrap(), "");
    assert_eq!(with(json!("M-MIG")).unwrap(), "M-MIG");
    let error = with(json!({"id": 1})).unwrap_err();
    assert_eq!(error.field, "external_source");
}
