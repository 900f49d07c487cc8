//! Many orders at once: all are served, all their webhooks arrive, and the
//! truth the admin path tells is what the API shows.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use reqwest::{Method, StatusCode};
use sandbox::bigcommerce::Config;
use sandbox::store::profile::EU;
use sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use support::{Stand, eventually, generous};

const ORDERS: usize = 2_000;

#[tokio::test]
async fn two_thousand_orders_are_served_and_announced() {
    let (url, arrived) = receiver().await;
    let config = Config {
        quota: generous(),
        webhooks: Some(url),
        ..Config::default()
    };
    let stand = Stand::start(config).await;
    let ids = stand
        .orders("eu", json!({"count": ORDERS, "seed": 3}))
        .await;
    assert_eq!(ids.len(), ORDERS);
    let truth = stand
        .admin(Method::GET, "/stores/eu/truth", json!({}))
        .await;
    let orders = truth["orders"].as_array().unwrap();
    let told: Vec<(u64, i64)> = orders.iter().map(id_and_cents).collect();
    assert_eq!(served(&stand).await, told);
    // Created, and for all but the incomplete ones a status as well.
    let incomplete = orders.iter().filter(|o| o["status_id"] == 0).count();
    let due = 2 * ORDERS - incomplete;
    eventually("all webhooks", async || {
        arrived.load(Ordering::Relaxed) == due
    })
    .await;
    let log = stand.admin(Method::GET, "/webhooks", json!({})).await;
    assert_eq!(
        (&log["counts"]["delivered"], &log["counts"]["failed"]),
        (&json!(due), &json!(0))
    );
    stand.sandbox.stop().await;
}

#[tokio::test]
async fn both_stand_ins_start_and_stop_together() {
    let sandbox = Sandbox::start(SandboxConfig::default()).await.unwrap();
    let (stores, pod) = (sandbox.bigcommerce.address(), sandbox.fusion.addr());
    assert_ne!(stores, pod);
    for address in [stores, pod] {
        tokio::net::TcpStream::connect(address).await.unwrap();
    }
    sandbox.stop().await;
    assert!(tokio::net::TcpStream::connect(stores).await.is_err());
}

/// Counts the webhooks it gets.
async fn receiver() -> (String, Arc<AtomicUsize>) {
    let arrived = Arc::new(AtomicUsize::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/{{key}}", listener.local_addr().unwrap());
    let count = async |State(arrived): State<Arc<AtomicUsize>>| {
        arrived.fetch_add(1, Ordering::Relaxed);
    };
    let app = Router::new()
        .route("/{key}", post(count))
        .with_state(arrived.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, arrived)
}

/// Every order's id and total as the API lists them.
async fn served(stand: &Stand) -> Vec<(u64, i64)> {
    let mut all = Vec::new();
    for page in 1.. {
        let include =
            "include=consignments,consignments.line_items,fees&consignment_structure=object";
        let response = stand
            .get(&EU, &format!("/v2/orders?limit=250&page={page}&{include}"))
            .await;
        if response.status() == StatusCode::NO_CONTENT {
            break;
        }
        let rows: Value = response.json().await.unwrap();
        all.extend(rows.as_array().unwrap().iter().map(id_and_cents));
    }
    all
}

/// The total is written in several styles.
fn id_and_cents(order: &Value) -> (u64, i64) {
    let total = order["total_inc_tax"].as_str().unwrap();
    let (whole, part) = total.split_once('.').unwrap_or((total, ""));
    let cents = format!("{part:0<4}");
    assert!(cents.ends_with("00"), "{total} has whole cents");
    let cents: i64 = cents[..2].parse().unwrap();
    (
        order["id"].as_u64().unwrap(),
        whole.parse::<i64>().unwrap() * 100 + cents,
    )
}
