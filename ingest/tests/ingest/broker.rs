//! Ingest on a real broker that goes away and comes back.

use std::{sync::Arc, time::Duration};

use ingest::Ingest;
use sandbox::bigcommerce::{self, BigCommerce, Load};
use schemas::{EventType, Payload};
use service::CancellationToken;
use stream::{JetStreamOptions, Start, Stream};
use tests::nats::NatsServer;

use crate::support::{Delivery, Setup, came_true, config};

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_away_webhooks_are_sent_back_and_nothing_is_lost() {
    killed_after_a_webhook_by(Duration::ZERO).await;
}

/// By then the webhook is read, and ingest waits for others of its moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_in_hand_when_the_broker_is_killed_is_not_lost() {
    killed_after_a_webhook_by(Duration::from_millis(50)).await;
}

async fn killed_after_a_webhook_by(delay: Duration) {
    service::tls::init();
    let mut nats = NatsServer::start().unwrap();
    let options = JetStreamOptions {
        urls: vec![nats.url.clone()],
        monitor_url: Some(nats.monitor_url.clone()),
        publish_timeout: Duration::from_secs(1),
        ..JetStreamOptions::default()
    };
    let stream = Stream::connect(&options).await.unwrap();
    let sandbox = BigCommerce::start(bigcommerce::Config::default())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup {
        ingest: "poll_every = \"1h\"",
        ..Setup::default()
    };
    let config = Arc::new(config(&setup, &sandbox.url(), folder.path()));
    let ingest = Ingest::bind(config, stream.clone()).await.unwrap();
    let url = format!("http://{}", ingest.address());
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(ingest.run(shutdown.clone()));
    let http = reqwest::Client::builder().build().unwrap();
    let load = Load {
        count: 2,
        ..Load::default()
    };
    let orders = sandbox.world().create_orders("us", &load).await.unwrap();
    let [before, after] = [orders[0], orders[1]].map(u64::from);

    assert_eq!(Delivery::of_order(before).send(&http, &url).await.0, 200);
    tokio::time::sleep(delay).await;
    nats.kill();
    let (status, body) = Delivery::of_order(after).send(&http, &url).await;
    assert_eq!(status, 503, "{body}");
    let cause = body["error"].as_str().unwrap();
    assert!(
        ["stream_unavailable", "stream_stalled"].contains(&cause),
        "{cause}"
    );
    nats.restart().unwrap();
    // The sender comes again, as the store does.
    let taken = async || Delivery::of_order(after).send(&http, &url).await.0 == 200;
    assert!(came_true(taken).await, "webhooks are taken again");

    let mut reader = stream
        .reader(Start::Beginning, &["order.received.us"])
        .await
        .unwrap();
    let mut received = std::collections::BTreeSet::new();
    let both = async {
        while received.len() < 2 {
            let batch = reader.next_batch(10, Duration::from_secs(2)).await;
            for delivered in batch.unwrap_or_default() {
                match delivered.event.decode().unwrap().payload {
                    Payload::OrderReceived(order) => received.insert(order.order.order.0),
                    other => unreachable!("{}", EventType::as_str(other.event_type())),
                };
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), both).await;
    assert!(in_time.is_ok(), "both orders are received");
    assert_eq!(received, [before, after].into());
    shutdown.cancel();
    running.await.unwrap().unwrap();
}
