//! What cannot be: each message says what is wrong, where, and what to do.

use serde_json::{Value, json};

use crate::{
    data,
    map::desk,
    support::{Desk, RULES},
};

fn order_with(changes: Value) -> Value {
    let mut order = data::order();
    let changes = changes.as_object().unwrap().clone();
    order.as_object_mut().unwrap().extend(changes);
    order
}

/// What `map` says of this order.
fn told_of(order: &Value) -> String {
    let desk = desk();
    desk.file("order.json", order);
    desk.outcome("map order.json --store us --catalog catalog.json --categories categories.json")
}

#[test]
fn orders_that_cannot_be() {
    let cases = [
        (
            "a total that is no number",
            json!({"total_inc_tax": "a lot"}),
        ),
        ("no currency", json!({"default_currency_code": ""})),
        (
            "a total that its parts do not make",
            json!({"total_inc_tax": "171.2000"}),
        ),
        (
            "a tax that its lines do not make",
            json!({"total_tax": "1.2000"}),
        ),
        (
            "more store credit than the total",
            json!({"store_credit_amount": "200.0000"}),
        ),
        (
            "a payment method without a rule",
            json!({"payment_method": "Barter"}),
        ),
    ];
    let told: String = cases
        .into_iter()
        .map(|(name, changes)| format!("{name}: {}\n", told_of(&order_with(changes))))
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn refunds_that_contradict_their_order() {
    let cases = [
        ("more than was charged", data::refund_of(5, 500.0, 40.0)),
        (
            "a line that the order does not have",
            data::refund_of(99, 10.0, 0.0),
        ),
        (
            "an amount that is none",
            json!([{"id": 7, "order_id": 1001, "created": "2026-11-11T10:00:00Z",
            "total_amount": "ten", "total_tax": 0, "items": [], "payments": []}]),
        ),
        (
            "a refund of another order",
            json!([{"id": 7, "order_id": 1002, "created": "2026-11-11T10:00:00Z",
            "total_amount": 10, "total_tax": 0, "items": [], "payments": []}]),
        ),
    ];
    let mut told = String::new();
    for (name, refunds) in cases {
        let desk = desk();
        desk.file("refunds.json", &refunds);
        let output = desk.run(
            "map order.json --store us --catalog catalog.json --categories categories.json --refunds refunds.json",
        );
        let code = output.status.code().unwrap();
        told.push_str(&format!(
            "{name}: exit {code}\n{}\n",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let desk = desk();
    desk.file("bare.json", &data::order_without_items());
    desk.write(
        "order.xml",
        "<?xml version=\"1.0\"?><order><id>1001</id></order>",
    );
    desk.write("half.json", "{\"id\": 1001,");
    desk.file("list.json", &json!([data::order(), 7]));
    desk.file(
        "others.json",
        &json!([{"id": 1, "order_id": 7, "type": "physical", "quantity": 1,
        "total_ex_tax": "1", "total_inc_tax": "1", "total_tax": "0"}]),
    );
    let cases = [
        "map nowhere.json --store us",
        "map order.xml --store us",
        "map half.json --store us",
        "map list.json --store us",
        "map bare.json --store us",
        "map bare.json --store us --products others.json",
        "map order.json --store us --catalog order.xml",
        "map order.json --store us --rules nowhere.toml",
        "map order.json --store asia",
        "report journals --data nowhere",
    ];
    let told: String = cases
        .iter()
        .map(|arguments| format!("{arguments}: {}\n", desk.outcome(arguments)))
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn rules_that_cannot_be_used() {
    let changes = [
        ("an unknown key", "ledger = \"us\"", "ledgr = \"us\""),
        ("not TOML", "version = 1", "version = = 1"),
        (
            "a segment that the chart lacks",
            "{ account = \"42000\"",
            "{ acount = \"42000\"",
        ),
        (
            "rules that tie",
            "match = { category = 21 }",
            "match = { category = 20 }",
        ),
    ];
    let mut told = String::new();
    for (name, from, to) in changes {
        let desk = Desk::new();
        let rules = RULES.replacen(from, to, 1);
        assert_ne!(rules, RULES, "{name}");
        desk.write("rules.toml", &rules);
        told.push_str(&format!(
            "{name}: {}\n",
            desk.outcome("rules check rules.toml")
        ));
    }
    // Where a line is may change with the example: what is asked is that it is named.
    let mut places = told.split("rules.toml:");
    let mut masked = places.next().unwrap().to_owned();
    for place in places {
        let message = place.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
        let place = place.strip_suffix(message).unwrap();
        assert_eq!(place.matches(':').count(), 2, "no line and column: {told}");
        masked.push_str("rules.toml:LINE:COLUMN:");
        masked.push_str(message);
    }
    assert_eq!(masked.matches("LINE:COLUMN").count(), 4, "{told}");
    insta::assert_snapshot!(masked);
}
