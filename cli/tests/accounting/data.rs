//! An order and what the store says around it, as the API answers it: 2 shirts
//! for 100.00 with 10.00 off, a lamp for 40.00, 10.00 for the shipping, 8 % tax
//! on top of it all, and 1.20 of it paid with store credit.

use serde_json::{Value, json};

fn item(id: u64, product: u64, sku: &str, quantity: u64) -> Value {
    json!({
        "id": id, "order_id": 1001, "product_id": product, "variant_id": 0, "sku": sku,
        "name": "A thing", "type": "physical", "quantity": quantity, "quantity_shipped": 0,
        "order_address_id": 12, "brand": "Acme", "parent_order_product_id": null,
        "wrapping_cost_ex_tax": "0.0000", "wrapping_cost_inc_tax": "0.0000", "wrapping_cost_tax": "0.0000",
    })
}

fn with(mut value: Value, more: Value) -> Value {
    let members = more.as_object().unwrap().clone();
    value.as_object_mut().unwrap().extend(members);
    value
}

/// The order's line items, as `/products` answers them.
pub fn items() -> Value {
    json!([
        with(
            item(5, 111, "SHIRT-M", 2),
            json!({
                "total_ex_tax": "100.0000", "total_inc_tax": "107.2000", "total_tax": "7.2000",
                "discounted_total_inc_tax": "97.2000",
                "applied_discounts": [{"id": 41, "amount": "10.0000", "name": "AUTUMN", "code": null, "target": "order"}],
            })
        ),
        with(
            item(6, 112, "LAMP", 1),
            json!({
                "total_ex_tax": "40.0000", "total_inc_tax": "43.2000", "total_tax": "3.2000",
                "discounted_total_inc_tax": "43.2000", "applied_discounts": [],
            })
        ),
    ])
}

fn shipping(items: Value) -> Value {
    json!({
        "id": 12, "first_name": "Jane", "country_iso2": "US", "state": "New York",
        "cost_ex_tax": 10, "cost_inc_tax": 10.8, "cost_tax": 0.8,
        "handling_cost_ex_tax": 0, "handling_cost_inc_tax": 0, "handling_cost_tax": 0,
        "line_items": items,
    })
}

fn order_with(consignments: Value) -> Value {
    json!({
        "id": 1001, "customer_id": 4, "channel_id": 1, "status_id": 11, "status": "Awaiting Fulfillment",
        "payment_status": "captured", "payment_method": "Credit Card", "payment_provider_id": "stripe",
        "currency_code": "USD", "default_currency_code": "USD",
        "is_tax_inclusive_pricing": false, "is_deleted": false, "items_total": 3,
        "date_created": "Thu, 05 Nov 2026 15:00:00 +0000", "date_modified": "Thu, 05 Nov 2026 15:05:00 +0000",
        "date_shipped": "", "external_source": null,
        "billing_address": {"first_name": "Jane", "country_iso2": "US", "state": "New York"},
        "subtotal_ex_tax": "140.0000", "subtotal_inc_tax": "150.4000", "subtotal_tax": "10.4000",
        "shipping_cost_ex_tax": "10.0000", "shipping_cost_inc_tax": "10.8000", "shipping_cost_tax": "0.8000",
        "handling_cost_ex_tax": "0", "handling_cost_inc_tax": "0", "handling_cost_tax": "0",
        "wrapping_cost_ex_tax": "0", "wrapping_cost_inc_tax": "0", "wrapping_cost_tax": "0",
        "total_ex_tax": "140.0000", "total_inc_tax": "151.2000", "total_tax": "11.2000",
        "discount_amount": "10.0000", "coupon_discount": "0.0000",
        "store_credit_amount": "1.2000", "gift_certificate_amount": "0.0000",
        "fees": [], "consignments": consignments,
    })
}

/// With the line items in it, consignments as one object.
pub fn order() -> Value {
    order_with(json!({
        "pickups": [], "shipping": [shipping(items())], "downloads": [], "email": {"gift_certificates": []},
    }))
}

/// The same with consignments as a list, as the API wrote them before.
pub fn order_in_the_older_shape() -> Value {
    order_with(json!([{"shipping": [shipping(items())]}]))
}

/// The same with links in place of line items.
pub fn order_without_items() -> Value {
    order_with(json!({
        "shipping": [shipping(json!({"url": "https://store.invalid/products", "resource": "/products"}))],
    }))
}

/// `/v2/orders/1001/taxes?details=true`: 6 % to the state, 2 % to the county.
pub fn taxes() -> Value {
    let tax = |name: &str, rate: &str, amount: &str, line: &str, kind: &str| {
        json!({
            "id": 1, "order_id": 1001, "order_address_id": 12, "tax_class_id": 0, "name": name,
            "class": "Default Tax Class", "rate": rate, "priority": 1, "priority_amount": amount,
            "line_amount": amount, "order_product_id": line, "line_item_type": kind,
        })
    };
    json!([
        tax("State", "6.0000", "5.4000", "5", "item"),
        tax("State", "6.0000", "2.4000", "6", "item"),
        tax("State", "6.0000", "0.6000", "", "shipping"),
        tax("County", "2.0000", "1.8000", "5", "item"),
        tax("County", "2.0000", "0.8000", "6", "item"),
        tax("County", "2.0000", "0.2000", "", "shipping"),
    ])
}

fn refund(id: u64, items: Value, total: f64, tax: f64) -> Value {
    json!({
        "id": id, "order_id": 1001, "user_id": 3, "created": format!("2026-11-{:02}T10:00:00+00:00", 10 + id),
        "reason": "", "total_amount": total, "total_tax": tax, "uses_merchant_override_values": false,
        "items": items,
        "payments": [{"id": 1, "provider_id": "stripe", "amount": total, "offline": false, "is_declined": false}],
    })
}

fn refunded(kind: &str, item: u64, quantity: Option<u64>) -> Value {
    json!({"item_type": kind, "item_id": item, "quantity": quantity, "requested_amount": null, "adjustments": []})
}

/// Two refunds, the later one first: one shirt, then the other shirt and the shipping.
pub fn refunds() -> Value {
    let second = json!([
        refunded("PRODUCT", 5, Some(1)),
        refunded("SHIPPING", 12, None)
    ]);
    json!({
        "data": [
            refund(8, second, 59.4, 4.4),
            refund(7, json!([refunded("PRODUCT", 5, Some(1))]), 48.6, 3.6),
        ],
        "meta": {},
    })
}

/// A refund of one line that the order need not have.
pub fn refund_of(line: u64, total: f64, tax: f64) -> Value {
    json!([refund(
        7,
        json!([refunded("PRODUCT", line, Some(1))]),
        total,
        tax
    )])
}

/// `/v3/catalog/products`
pub fn catalog() -> Value {
    json!({"data": [
        {"id": 111, "categories": [201], "brand_id": 1, "tax_class_id": 0},
        {"id": 112, "categories": [22], "brand_id": 2, "tax_class_id": 0},
    ], "meta": {"pagination": {"total": 2}}})
}

/// `/v3/catalog/trees/categories`
pub fn categories() -> Value {
    json!({"data": [
        {"category_id": 20, "parent_id": 0, "name": "Apparel", "tree_id": 1},
        {"category_id": 201, "parent_id": 20, "name": "Shirts", "tree_id": 1},
        {"category_id": 22, "parent_id": 0, "name": "Home", "tree_id": 1},
    ], "meta": {}})
}
