//! How long webhooks wait for their answer, which comes only once they are durable.
//!
//! The sender is open-loop: each webhook has its time, and its answer is counted
//! from then, so that a slow answer does not hide those that had to wait behind it.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use async_nats::jetstream;
use axum::{Router, http::StatusCode, routing::post};
use futures::{StreamExt, stream::FuturesUnordered};
use sandbox::{bigcommerce::Load, store::profile::US, webhooks::sign::signature};
use serde_json::json;
use tests::{
    service::Service,
    world::{Plan, World},
};
use tokio::{net::TcpListener, time::sleep_until};

use crate::connect;

const RATES: [u32; 2] = [500, 2000];
/// The orders that the webhooks are about.
const ORDERS: u32 = 200;
/// What a webhook's event comes to.
const EVENT: usize = 600;

/// Prints p50 and p99 at each rate: of ingest, of an HTTP server that does
/// nothing, and of the broker by itself.
pub async fn measure(span: Duration) -> Result<()> {
    let mut world = World::without_services(Plan::default()).await?;
    let load = Load {
        count: ORDERS,
        quiet: true,
        ..Load::default()
    };
    world.bigcommerce.world().create_orders("us", &load).await?;
    world.restart(Service::Ingest)?;
    world.ready(Service::Ingest).await?;
    let bare = bare_server().await?;
    let broker = broker(&world).await?;
    let url = world.webhook_url("us");

    println!(
        "\n{:<52} {:>10} {:>10} {:>6}",
        "webhook answers, ms after each was due", "p50", "p99", "failed"
    );
    for rate in RATES {
        let count = rate * u32::try_from(span.as_secs())?;
        print(&format!("{rate}/s: ingest on JetStream, durable"), || {
            paced(rate, count, |number| send(&world.http, &url, number))
        })
        .await?;
        print(
            &format!("{rate}/s: limit, an HTTP server doing nothing"),
            || paced(rate, count, |number| send(&world.http, &bare, number)),
        )
        .await?;
        print(
            &format!("{rate}/s: limit, the broker alone, one by one"),
            || paced(rate, count, |_| publish(&broker)),
        )
        .await?;
    }
    let ingest = world.service(Service::Ingest)?;
    let megabytes = ingest.peak_memory_kb().context("no memory figure")? / 1024;
    println!("ingest held {megabytes} MB at most");
    world.finish();
    Ok(())
}

async fn print<F>(what: &str, run: impl FnOnce() -> F) -> Result<()>
where
    F: Future<Output = Result<Waits>>,
{
    let mut waits = run().await?;
    waits.answered.sort();
    ensure!(!waits.answered.is_empty(), "{what}: nothing was answered");
    let at = |share: f64| {
        let place = (waits.answered.len() as f64 * share) as usize;
        waits.answered[place.min(waits.answered.len() - 1)].as_secs_f64() * 1000.0
    };
    println!(
        "{what:<52} {:>10.2} {:>10.2} {:>6}",
        at(0.5),
        at(0.99),
        waits.failed
    );
    Ok(())
}

#[derive(Default)]
struct Waits {
    answered: Vec<Duration>,
    failed: usize,
}

/// Begins `count` requests at `rate` a second, whether earlier ones are answered
/// or not.
async fn paced<F>(rate: u32, count: u32, request: impl Fn(u32) -> F) -> Result<Waits>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let begin = Instant::now() + Duration::from_millis(100);
    let mut under_way = FuturesUnordered::new();
    let mut waits = Waits::default();
    let mut note = |ended: Option<Result<Result<Duration>, tokio::task::JoinError>>| -> Result<()> {
        match ended.context("no request is under way")?? {
            Ok(wait) => waits.answered.push(wait),
            Err(_) => waits.failed += 1,
        }
        Ok(())
    };
    for number in 0..count {
        let due = begin + Duration::from_secs(1) * number / rate;
        let request = request(number);
        under_way.push(tokio::spawn(async move {
            sleep_until(due.into()).await;
            request.await.map(|()| due.elapsed())
        }));
        // Some ahead of time, so that the sender itself never is late.
        while under_way.len() > rate as usize {
            note(under_way.next().await)?;
        }
    }
    while !under_way.is_empty() {
        note(under_way.next().await)?;
    }
    Ok(waits)
}

/// One webhook, as BigCommerce sends it.
fn send(
    http: &reqwest::Client,
    url: &str,
    number: u32,
) -> impl Future<Output = Result<()>> + use<> {
    let (http, url) = (http.clone(), url.to_owned());
    async move {
        let now = jiff::Timestamp::now();
        let id = format!("msg_{number}_{}", now.as_nanosecond());
        let body = json!({
            "scope": "store/order/updated",
            "store_id": US.store_id.to_string(),
            "data": {"type": "order", "id": 1001 + number % ORDERS},
            "hash": format!("{number:040x}"),
            "created_at": now.as_second(),
            "producer": format!("stores/{}", US.hash),
        })
        .to_string();
        let signed = signature(US.client_secret, &id, now.as_second(), body.as_bytes());
        let answer = http
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now.as_second().to_string())
            .header("webhook-signature", signed)
            .header("X-Counterfoil-Key", US.hook_key)
            .body(body)
            .send()
            .await?;
        answer.error_for_status()?;
        Ok(())
    }
}

async fn bare_server() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let routes = Router::new().route("/", post(|_: axum::body::Bytes| async { StatusCode::OK }));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(url)
}

/// A stream of its own on the same broker.
async fn broker(world: &World) -> Result<jetstream::Context> {
    let context = jetstream::new(connect(&world.nats.url).await?);
    let stream = jetstream::stream::Config {
        name: "BENCH".to_owned(),
        subjects: vec!["bench".to_owned()],
        ..jetstream::stream::Config::default()
    };
    context.create_stream(stream).await?;
    Ok(context)
}

fn publish(broker: &jetstream::Context) -> impl Future<Output = Result<()>> + use<> {
    let broker = broker.clone();
    async move {
        broker
            .publish("bench", vec![b'x'; EVENT].into())
            .await?
            .await?;
        Ok(())
    }
}
