//! Webhooks arrive signed, are retried and given up, doubled and dropped.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

mod support;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::Method;
use sandbox::bigcommerce::Config;
use sandbox::store::profile::US;
use sandbox::webhooks::Settings;
use serde_json::{Value, json};
use support::{Stand, eventually, generous};

/// What arrived, and what is answered.
#[derive(Clone)]
struct Receiver {
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answers: Arc<Mutex<Vec<StatusCode>>>,
    url: String,
}

impl Receiver {
    /// Answers with `answers` first and 200 after that.
    async fn start(answers: &[StatusCode]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            got: Arc::default(),
            answers: Arc::new(Mutex::new(answers.iter().rev().copied().collect())),
            url: format!("http://{}", listener.local_addr().unwrap()),
        };
        let app = Router::new()
            .route("/webhooks/us", post(Self::take))
            .route("/webhooks/eu", post(Self::take))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    async fn take(State(this): State<Self>, headers: HeaderMap, body: Bytes) -> StatusCode {
        this.got.lock().unwrap().push((headers, body));
        this.answers.lock().unwrap().pop().unwrap_or(StatusCode::OK)
    }

    fn got(&self) -> Vec<(HeaderMap, Value)> {
        let got = self.got.lock().unwrap();
        got.iter()
            .map(|(h, b)| (h.clone(), serde_json::from_slice(b).unwrap_or(Value::Null)))
            .collect()
    }

    fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }
}

async fn stand(receiver: &Receiver, retry_scale: f64) -> Stand {
    Stand::start(Config {
        quota: generous(),
        webhooks: Some(receiver.url.clone()),
        deliveries: Settings {
            retry_scale,
            ..Settings::default()
        },
        ..Config::default()
    })
    .await
}

/// Written here again, from the Standard Webhooks specification.
fn expected_signature(headers: &HeaderMap, body: &[u8]) -> String {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};
    let text = |name: &str| headers[name].to_str().unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(US.client_secret.as_bytes()).unwrap();
    mac.update(format!("{}.{}.", text("webhook-id"), text("webhook-timestamp")).as_bytes());
    mac.update(body);
    format!(
        "v1,{}",
        base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
    )
}

#[tokio::test]
async fn deliveries_are_signed_and_carry_the_custom_header() {
    let receiver = Receiver::start(&[]).await;
    let stand = stand(&receiver, 1.0).await;
    let id = stand.orders("us", json!({"status_id": 11})).await[0];
    eventually("two webhooks", async || receiver.count() == 2).await;
    for (headers, body) in receiver.got.lock().unwrap().iter() {
        assert_eq!(
            headers["webhook-signature"],
            expected_signature(headers, body)
        );
        assert_eq!(headers["x-counterfoil-key"], US.hook_key);
    }
    let bodies = receiver.got();
    let created = bodies
        .iter()
        .find(|(_, b)| b["scope"] == "store/order/created")
        .expect("created");
    assert_eq!(created.1["data"], json!({"type": "order", "id": id}));
    assert_eq!(created.1["producer"], "stores/sbxus0001");
    assert_eq!(created.1["store_id"], "1025646");
    assert_eq!(created.1["hash"].as_str().unwrap().len(), 40);
    let status = bodies
        .iter()
        .find(|(_, b)| b["scope"] == "store/order/statusUpdated")
        .expect("status");
    assert_eq!(
        status.1["data"]["status"],
        json!({"previous_status_id": 0, "new_status_id": 11})
    );
}

#[tokio::test]
async fn refunds_have_a_hook_of_their_own() {
    let receiver = Receiver::start(&[]).await;
    let stand = stand(&receiver, 1.0).await;
    let id = stand
        .orders("us", json!({"status_id": 11, "quiet": true}))
        .await[0];
    stand
        .post(
            "/stores/us/refunds",
            json!({"order_id": id, "kind": "amount"}),
        )
        .await;
    eventually("three webhooks", async || receiver.count() == 3).await;
    let refund = receiver
        .got()
        .into_iter()
        .find(|(_, b)| b["scope"] == "store/order/refund/created");
    assert_eq!(
        refund.expect("a refund").1["data"],
        json!({"type": "order", "id": id, "refund": {"refund_id": 1}})
    );
}

#[tokio::test]
async fn a_refused_webhook_is_retried_under_the_same_id() {
    let receiver = Receiver::start(&[StatusCode::SERVICE_UNAVAILABLE; 2]).await;
    let stand = stand(&receiver, 0.000_1).await;
    stand.orders("us", json!({"status_id": 0})).await;
    eventually("three attempts", async || receiver.count() == 3).await;
    let ids: Vec<_> = receiver
        .got()
        .iter()
        .map(|(h, _)| h["webhook-id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    let log = stand.admin(Method::GET, "/webhooks", json!({})).await;
    assert_eq!(
        (&log["counts"]["failed"], &log["counts"]["delivered"]),
        (&json!(2), &json!(1))
    );
}

#[tokio::test]
async fn a_hook_is_switched_off_after_the_last_retry() {
    let receiver = Receiver::start(&[StatusCode::INTERNAL_SERVER_ERROR; 12]).await;
    let stand = stand(&receiver, 0.0).await;
    stand.orders("us", json!({"status_id": 0})).await;
    let inactive = async || stand.json(&US, "/v3/hooks?is_active=false").await["data"].clone();
    eventually("the hook is off", async || {
        inactive().await.as_array().is_some_and(|h| h.len() == 1)
    })
    .await;
    assert_eq!(inactive().await[0]["scope"], "store/order/created");
    assert_eq!(receiver.count(), 12, "one try and eleven retries");
    stand.orders("us", json!({"status_id": 0})).await;
    let log = stand.admin(Method::GET, "/webhooks", json!({})).await;
    assert_eq!(
        log["counts"]["attempts"], 12,
        "an inactive hook is not called"
    );
}

#[tokio::test]
async fn webhooks_are_dropped_doubled_and_held_back() {
    let receiver = Receiver::start(&[]).await;
    let stand = stand(&receiver, 1.0).await;
    stand.post("/webhooks", json!({"drop_next": 1})).await;
    stand.orders("us", json!({"status_id": 0})).await;
    stand
        .post("/webhooks", json!({"duplicate_rate": 1.0, "paused": true}))
        .await;
    stand.orders("us", json!({"status_id": 0})).await;
    let log = stand.admin(Method::GET, "/webhooks", json!({})).await;
    assert_eq!(
        (&log["counts"]["dropped"], &log["counts"]["attempts"]),
        (&json!(1), &json!(0))
    );
    stand.post("/webhooks", json!({"paused": false})).await;
    eventually("both copies", async || receiver.count() == 2).await;
    let got = receiver.got();
    assert_eq!(got[0].1, got[1].1, "the same payload");
}

#[tokio::test]
async fn forgeries_differ_from_the_real_thing() {
    let receiver = Receiver::start(&[StatusCode::UNAUTHORIZED]).await;
    let stand = stand(&receiver, 1.0).await;
    let answer = stand.post("/webhooks", json!({"forge": "signature"})).await;
    assert_eq!(answer["forged"]["status"], 401);
    stand
        .post("/webhooks", json!({"forge": "header_missing"}))
        .await;
    stand.post("/webhooks", json!({"forge": "tampered"})).await;
    let got = receiver.got.lock().unwrap().clone();
    let genuine =
        |i: usize| got[i].0["webhook-signature"] == expected_signature(&got[i].0, &got[i].1);
    assert!(!genuine(0) && genuine(1) && !genuine(2));
    assert!(!got[1].0.contains_key("x-counterfoil-key"));
}

#[tokio::test]
async fn hooks_are_managed_by_the_api() {
    let stand = Stand::plain().await;
    let hook = json!({"scope": "store/order/*", "destination": "https://hooks.example/us", "headers": {"X-Key": "1"}});
    let create = async |body: &Value| {
        stand
            .call(Method::POST, &US, "/v3/hooks", Some(body.clone()))
            .await
    };
    let made: Value = create(&hook).await.json().await.unwrap();
    let id = made["data"]["id"].as_u64().unwrap();
    assert_eq!(
        create(&hook).await.status(),
        422,
        "scope and destination are taken"
    );
    let port = json!({"scope": "store/order/*", "destination": "https://hooks.example:8443/us"});
    assert_eq!(create(&port).await.status(), 422, "only port 443");
    let plain = json!({"scope": "store/order/*", "destination": "http://hooks.example/us"});
    assert_eq!(
        create(&plain).await.status(),
        422,
        "plain http only to this machine"
    );
    let path = format!("/v3/hooks/{id}");
    let empty = stand.call(Method::PUT, &US, &path, Some(json!({}))).await;
    assert_eq!(empty.status(), 422);
    let off = stand
        .call(Method::PUT, &US, &path, Some(json!({"is_active": false})))
        .await;
    assert_eq!(
        off.json::<Value>().await.unwrap()["data"]["is_active"],
        false
    );
    assert_eq!(
        stand.call(Method::DELETE, &US, &path, None).await.status(),
        200
    );
    assert_eq!(stand.get(&US, &path).await.status(), 404);
}
