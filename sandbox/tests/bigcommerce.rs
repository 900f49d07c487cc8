//! The stand-in behaves as the documentation says, quirks included.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

mod support;

use std::time::Duration;

use reqwest::{Method, StatusCode};
use sandbox::bigcommerce::Config;
use sandbox::bigcommerce::quota::Limit;
use sandbox::store::profile::{EU, US};
use serde_json::{Value, json};
use support::Stand;

const WHOLE: &str = "include=consignments,consignments.line_items,fees";

#[tokio::test]
async fn an_empty_v2_list_is_204_without_a_body() {
    let stand = Stand::plain().await;
    let response = stand.get(&US, "/v2/orders").await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert!(response.bytes().await.unwrap().is_empty());
    let refunds = stand.json(&US, "/v3/orders/payment_actions/refunds").await;
    assert_eq!(refunds["data"], json!([]), "V3 answers an empty list");
}

#[tokio::test]
async fn v2_answers_xml_to_those_who_do_not_ask_for_json() {
    let stand = Stand::plain().await;
    stand.orders("us", json!({})).await;
    let path = format!("/stores/{}/v2/orders", US.hash);
    let response = stand
        .raw(&path, &[("x-auth-token", US.token), ("accept", "*/*")])
        .await;
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("application/xml"), "{kind}");
    assert!(response.text().await.unwrap().contains("<orders><order>"));
}

#[tokio::test]
async fn tokens_belong_to_their_store() {
    let stand = Stand::plain().await;
    let path = format!("/stores/{}/v2/time", US.hash);
    for headers in [&[][..], &[("x-auth-token", EU.token)][..]] {
        assert_eq!(
            stand.raw(&path, headers).await.status(),
            StatusCode::UNAUTHORIZED
        );
    }
    assert_eq!(
        stand
            .raw(&path, &[("x-auth-token", US.token)])
            .await
            .status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn errors_have_the_shape_of_their_version() {
    let stand = Stand::plain().await;
    let v2 = stand.get(&US, "/v2/orders/7").await;
    assert_eq!(v2.status(), StatusCode::NOT_FOUND);
    let v2: Value = v2.json().await.unwrap();
    assert_eq!(v2[0]["status"], 404);
    let v3 = stand.get(&US, "/v3/orders/7/transactions").await;
    let v3: Value = v3.json().await.unwrap();
    assert_eq!(v3["status"], 404);
    assert!(v3["title"].is_string());
    assert_eq!(
        stand.get(&US, "/v2/orders?limit=251").await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        stand.get(&US, "/v2/orders?status_id=paid").await.status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn consignments_come_in_both_shapes() {
    let stand = Stand::plain().await;
    let id = stand
        .orders(
            "us",
            json!({"lines": 2, "pickup": false, "gift_certificate": false}),
        )
        .await[0];
    let link = stand.json(&US, &format!("/v2/orders/{id}")).await;
    assert!(link["consignments"]["url"].is_string());
    assert!(link["fees"]["url"].is_string());
    let array = stand.json(&US, &format!("/v2/orders/{id}?{WHOLE}")).await;
    let object = stand
        .json(
            &US,
            &format!("/v2/orders/{id}?{WHOLE}&consignment_structure=object"),
        )
        .await;
    assert_eq!(array["consignments"][0], object["consignments"]);
    let shipping = &object["consignments"]["shipping"][0];
    assert!(shipping["cost_inc_tax"].is_number() && object["shipping_cost_inc_tax"].is_string());
    assert!(object["fees"].is_array());
}

#[tokio::test]
async fn side_loaded_lines_stop_at_fifty_with_a_warning() {
    let stand = Stand::plain().await;
    let wishes = json!({"lines": 63, "pickup": false, "gift_certificate": false, "seed": 11});
    let id = stand.orders("us", wishes).await[0];
    let order = stand
        .json(
            &US,
            &format!("/v2/orders/{id}?{WHOLE}&consignment_structure=object"),
        )
        .await;
    let shipping = &order["consignments"]["shipping"][0];
    assert_eq!(shipping["line_items"].as_array().unwrap().len(), 50);
    assert!(shipping["__warning__"]["message"].is_string());
    let first = stand.json(&US, &format!("/v2/orders/{id}/products")).await;
    assert_eq!(first.as_array().unwrap().len(), 50, "the default page");
    let all = stand
        .json(&US, &format!("/v2/orders/{id}/products?limit=250"))
        .await;
    assert_eq!(all.as_array().unwrap().len(), 63);
    let units: u64 = all
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|l| l["quantity"].as_u64())
        .sum();
    assert_eq!(order["items_total"].as_u64(), Some(units));
    assert_eq!(
        stand
            .get(&US, &format!("/v2/orders/{id}/products?limit=250&page=2"))
            .await
            .status(),
        204
    );
}

#[tokio::test]
async fn the_list_pages_sorts_and_filters() {
    let stand = Stand::plain().await;
    let ids = stand
        .orders("eu", json!({"count": 120, "days_back": 30}))
        .await;
    let listed = |query: &'static str| stand_ids(&stand, query);
    assert_eq!(listed("limit=250").await, ids);
    assert_eq!(listed("limit=50&page=3").await, ids[100..]);
    assert_eq!(
        listed("limit=250&min_id=1010&max_id=1012").await,
        [1010, 1011, 1012]
    );
    let sorted = stand
        .json(&EU, "/v2/orders?limit=250&sort=date_modified:asc")
        .await;
    let dates: Vec<i64> = sorted
        .as_array()
        .unwrap()
        .iter()
        .map(|o| rfc2822(&o["date_modified"]))
        .collect();
    assert!(dates.is_sorted());
    let cancelled = listed("limit=250&status_id=5").await;
    let counted = stand.json(&EU, "/v2/orders/count").await;
    assert_eq!(counted["statuses"][5]["count"], cancelled.len());
    assert_eq!(counted["count"], 120);
}

#[tokio::test]
async fn date_filters_hold_or_are_ignored() {
    let stand = Stand::plain().await;
    stand.orders("eu", json!({"count": 20})).await;
    let future = "min_date_modified=2099-01-01T00:00:00";
    assert!(
        stand_ids(&stand, &format!("{future}%2B00:00"))
            .await
            .is_empty()
    );
    assert!(
        stand_ids(
            &stand,
            "min_date_modified=Thu,%2001%20Jan%202099%2000:00:00%20%2B0000"
        )
        .await
        .is_empty()
    );
    for ignored in [
        format!("{future}+00:00"),
        future.to_owned(),
        "min_date_modified=tomorrow".to_owned(),
    ] {
        assert_eq!(stand_ids(&stand, &ignored).await.len(), 20, "{ignored}");
    }
}

#[tokio::test]
async fn the_quota_shows_in_headers_and_ends_in_429() {
    let limit = Limit {
        requests: 3,
        window: Duration::from_secs(60),
    };
    let stand = Stand::start(Config {
        quota: limit,
        ..Config::default()
    })
    .await;
    for left in [2, 1, 0] {
        let response = stand.get(&US, "/v2/time").await;
        assert_eq!(
            response.headers()["x-rate-limit-requests-left"],
            left.to_string()
        );
        assert_eq!(response.headers()["x-rate-limit-requests-quota"], "3");
    }
    let refused = stand.get(&US, "/v2/time").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("x-rate-limit-time-reset-ms"));
    assert_eq!(
        stand.get(&EU, "/v2/time").await.status(),
        StatusCode::OK,
        "each store has its own"
    );
}

#[tokio::test]
async fn faults_are_switched_on_and_off() {
    let stand = Stand::plain().await;
    stand.orders("us", json!({})).await;
    let status = async || stand.get(&US, "/v2/orders").await.status().as_u16();
    stand
        .post("/bigcommerce/faults", json!({"down": true}))
        .await;
    assert_eq!(status().await, 503);
    stand
        .post(
            "/bigcommerce/faults",
            json!({"throttle": 1, "error_500_next": 1}),
        )
        .await;
    let throttled = stand.get(&US, "/v2/orders").await;
    assert_eq!(throttled.status(), 429);
    assert!(
        !throttled
            .headers()
            .contains_key("x-rate-limit-requests-left"),
        "overload has no headers"
    );
    assert_eq!((status().await, status().await), (500, 200));
    stand
        .post(
            "/bigcommerce/faults",
            json!({"throttle": 1, "throttle_with_headers": true}),
        )
        .await;
    assert_eq!(
        stand.get(&US, "/v2/orders").await.headers()["x-rate-limit-requests-left"],
        "0"
    );
    stand
        .post("/bigcommerce/faults", json!({"truncate_next": 1}))
        .await;
    assert!(
        stand.get(&US, "/v2/orders").await.bytes().await.is_err(),
        "the answer breaks off"
    );
    stand
        .post("/bigcommerce/faults", json!({"down": true}))
        .await;
    stand
        .admin(Method::DELETE, "/bigcommerce/faults", json!({}))
        .await;
    assert_eq!(status().await, 200);
}

#[tokio::test]
async fn refunds_change_the_order_and_are_listed() {
    let stand = Stand::plain().await;
    let paid = json!({"status_id": 11, "payment_method": "Credit Card", "lines": 2, "gift_certificate": false});
    let id = stand.orders("us", paid).await[0];
    let path = format!("/v2/orders/{id}");
    stand
        .post(
            "/stores/us/refunds",
            json!({"order_id": id, "kind": "line"}),
        )
        .await;
    assert_eq!(stand.json(&US, &path).await["status_id"], 14);
    stand
        .post(
            "/stores/us/refunds",
            json!({"order_id": id, "kind": "full"}),
        )
        .await;
    let order = stand.json(&US, &path).await;
    assert_eq!(
        (&order["status_id"], &order["payment_status"]),
        (&json!(4), &json!("refunded"))
    );
    assert!(
        order["refunded_amount"]
            .as_str()
            .unwrap()
            .trim_matches(['0', '.'])
            .is_empty()
    );
    let refunds = stand
        .json(
            &US,
            &format!("/v3/orders/payment_actions/refunds?order_id:in={id}"),
        )
        .await;
    let rows = refunds["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["items"][0]["requested_amount"], Value::Null);
    assert!(rows[0]["items"][0]["quantity"] == 1 && rows[0]["total_amount"].is_number());
    let truth = stand
        .admin(Method::GET, "/stores/us/truth", json!({}))
        .await;
    let cents = |v: &Value| v.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let back: i64 = truth["refunds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| cents(&r["total_amount"]))
        .sum();
    assert_eq!(
        back,
        cents(&truth["orders"][0]["total_inc_tax"]),
        "all of it went back"
    );
    let since = stand
        .json(
            &US,
            "/v3/orders/payment_actions/refunds?created:min=2099-01-01T00:00:00Z",
        )
        .await;
    assert_eq!(since["data"], json!([]));
}

#[tokio::test]
async fn orders_are_edited_cancelled_and_malformed() {
    let stand = Stand::plain().await;
    let paid = json!({"count": 2, "status_id": 11, "payment_method": "Credit Card"});
    let ids = stand.orders("eu", paid).await;
    let path = format!("/v2/orders/{}", ids[0]);
    let before = stand.json(&EU, &path).await;
    stand
        .post(&format!("/stores/eu/orders/{}/edit", ids[0]), json!({}))
        .await;
    let after = stand.json(&EU, &path).await;
    assert_ne!(before["total_inc_tax"], after["total_inc_tax"]);
    stand
        .post(&format!("/stores/eu/orders/{}/cancel", ids[0]), json!({}))
        .await;
    assert_eq!(stand.json(&EU, &path).await["status_id"], 5);
    stand
        .post("/stores/eu/malform", json!({"order_id": ids[1]}))
        .await;
    let path = format!("/v2/orders/{}", ids[1]);
    assert_eq!(stand.json(&EU, &path).await["total_inc_tax"], "twelve");
    stand
        .post(
            "/stores/eu/malform",
            json!({"order_id": ids[1], "heal": true}),
        )
        .await;
    assert_ne!(stand.json(&EU, &path).await["total_inc_tax"], "twelve");
}

#[tokio::test]
async fn the_catalogue_resolves_categories_and_brands() {
    let stand = Stand::plain().await;
    let fields = "include_fields=name,sku,categories,brand_id&limit=250";
    let products = stand
        .json(&US, &format!("/v3/catalog/products?id:in=101,990&{fields}"))
        .await;
    let rows = products["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["categories"], json!([90]));
    assert!(rows[0].get("price").is_none() && rows[0]["id"] == 101);
    let tree = stand
        .json(&US, "/v3/catalog/trees/categories?category_id:in=201")
        .await;
    assert_eq!(tree["data"][0]["parent_id"], 20);
    let brands = stand.json(&US, "/v3/catalog/brands").await;
    assert_eq!(brands["meta"]["pagination"]["total"], 5);
}

#[tokio::test]
async fn requests_outside_the_documentation_are_noted() {
    let stand = Stand::plain().await;
    stand.get(&US, "/v2/orders?limit=10").await;
    stand.get(&US, "/v2/orders?is_deleted=false").await;
    stand.get(&US, "/v2/orders/7/secrets").await;
    let violations = stand
        .admin(Method::GET, "/bigcommerce/violations", json!({}))
        .await;
    let told: Vec<&str> = violations
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|v| v["violation"].as_str())
        .collect();
    assert_eq!(told, ["unknown parameter is_deleted", "unknown path"]);
    let calls = stand
        .admin(Method::GET, "/bigcommerce/calls", json!({}))
        .await;
    assert_eq!(calls["GET /stores/{hash}/v2/orders"], 2);
}

async fn stand_ids(stand: &Stand, query: &str) -> Vec<u64> {
    let response = stand.get(&EU, &format!("/v2/orders?{query}")).await;
    if response.status() == StatusCode::NO_CONTENT {
        return Vec::new();
    }
    let rows: Value = response.json().await.expect("JSON");
    rows.as_array()
        .expect("a list")
        .iter()
        .filter_map(|o| o["id"].as_u64())
        .collect()
}

fn rfc2822(date: &Value) -> i64 {
    let text = date.as_str().expect("a date");
    jiff::fmt::rfc2822::parse(text)
        .expect("RFC 2822")
        .timestamp()
        .as_second()
}
