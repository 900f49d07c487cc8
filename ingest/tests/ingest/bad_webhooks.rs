//! Webhooks that must be refused: each with its cause, none in the log, and
//! none hurting the next one.

use sandbox::store::profile::{EU, HOOK_KEY_HEADER, US};
use schemas::EventType;

use crate::support::{Delivery, Setup, World};

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_names_its_cause() {
    let world = World::with_webhooks().await;
    let good = Delivery::of_order(7);
    let signed = |body: &[u8]| Delivery::signed(&US, US.client_secret, 0, body.to_vec());
    let mut tampered = good.clone();
    tampered.body = String::from_utf8(tampered.body)
        .unwrap()
        .replace("\"id\":7", "\"id\":8")
        .into_bytes();
    let mut wrong_header = good.clone().without(HOOK_KEY_HEADER);
    wrong_header
        .headers
        .push((HOOK_KEY_HEADER, "guessed".to_owned()));
    let mut unknown = good.clone();
    unknown.store = "uk";
    let mut other = Delivery::signed(&US, EU.client_secret, 0, good.body.clone());
    other.store = "eu";
    other.headers.retain(|(name, _)| *name != HOOK_KEY_HEADER);
    other
        .headers
        .push((HOOK_KEY_HEADER, EU.hook_key.to_owned()));
    for (name, delivery, status, cause) in [
        (
            "forged",
            Delivery::signed(&US, "guessed", 0, good.body.clone()),
            401,
            "forged",
        ),
        (
            "stale",
            Delivery::signed(&US, US.client_secret, -3600, good.body.clone()),
            401,
            "stale",
        ),
        (
            "from the future",
            Delivery::signed(&US, US.client_secret, 3600, good.body.clone()),
            401,
            "stale",
        ),
        ("tampered", tampered, 401, "forged"),
        ("wrong header", wrong_header, 401, "forged"),
        (
            "unsigned",
            good.clone().without("webhook-signature"),
            401,
            "unsigned",
        ),
        (
            "without our header",
            good.clone().without(HOOK_KEY_HEADER),
            401,
            "unsigned",
        ),
        (
            "oversized",
            signed(&vec![b' '; 64 * 1024 + 1]),
            413,
            "too_large",
        ),
        ("not JSON", signed(b"order=1&paid=yes"), 400, "not_json"),
        (
            "not a webhook",
            signed(b"{\"hello\":\"world\"}"),
            400,
            "not_a_webhook",
        ),
        (
            "no order's number",
            signed(br#"{"scope":"store/order/created","data":{},"producer":"stores/sbxus0001"}"#),
            400,
            "not_a_webhook",
        ),
        ("of another store", other, 400, "other_store"),
        ("for an unknown store", unknown, 404, "unknown_store"),
    ] {
        let (answered, body) = world.deliver(delivery).await;
        assert_eq!(
            (answered, body["error"].as_str()),
            (status, Some(cause)),
            "{name}: {body}"
        );
        let message = body["message"].as_str().unwrap();
        assert!(
            !message.is_empty() && !message.contains("sbx-"),
            "{name}: {message}"
        );
    }
    assert_eq!(world.events_of(EventType::WebhookReceived), []);
    assert_eq!(
        world.deliver(good).await.0,
        200,
        "a good one is still taken"
    );
    assert_eq!(world.events_of(EventType::WebhookReceived).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_answered_alike_and_kept_once() {
    let world = World::with_webhooks().await;
    for _ in 0..3 {
        let (status, body) = world.deliver(Delivery::of_order(7)).await;
        assert_eq!(
            (status, body),
            (200, serde_json::Value::Null),
            "an empty answer"
        );
    }
    assert_eq!(world.events_of(EventType::WebhookReceived).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_configured_is_required() {
    let world = World::start(Setup {
        ingest: "poll_every = \"1h\"",
        store: "require_signature = false",
        hooks: false,
    })
    .await;
    let unsigned = Delivery::of_order(7)
        .without("webhook-id")
        .without("webhook-timestamp")
        .without("webhook-signature");
    assert_eq!(world.deliver(unsigned.clone()).await.0, 200);
    assert_eq!(
        world.deliver(unsigned.without(HOOK_KEY_HEADER)).await.0,
        401
    );
    // A signature that is there must be right, even so.
    let forged = Delivery::signed(&US, "guessed", 0, Delivery::of_order(8).body);
    assert_eq!(world.deliver(forged).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_at_once_are_sent_back() {
    let world = World::start(Setup {
        ingest: "poll_every = \"1h\"\nmax_in_flight = 0",
        ..Setup::default()
    })
    .await;
    let (status, body) = world.deliver(Delivery::of_order(7)).await;
    assert_eq!((status, body["error"].as_str()), (503, Some("busy")));
}
