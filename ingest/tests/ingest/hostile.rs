//! Ingest against a store that answers more, or worse, than can be taken in.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use eventlog::{EventLog, LogOptions, Offset};
use ingest::Ingest;
use schemas::{Event, Parked, Payload};
use service::{CancellationToken, config::Config};
use stream::Stream;
use tests::hostile::{Answer, Hostile};
use tokio::task::JoinHandle;

/// Long enough for a busy machine; no test waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(30);

struct World {
    log: EventLog,
    shutdown: CancellationToken,
    running: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl World {
    /// Polls the store every moment.
    async fn polling(server: &Hostile) -> World {
        service::tls::init();
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "data_dir = \"{}\"\n[ingest]\nlisten = \"127.0.0.1:0\"\npoll_every = \"100ms\"\n\
             start_at = \"2026-11-01T00:00:00Z\"\n\
             [fusion]\nurl = \"https://pod.example.com\"\ntoken_url = \"https://id.example.com/token\"\n\
             client_id = \"c\"\nclient_secret = \"s\"\nscope = \"x\"\n\
             [stores.us]\napi_url = \"{}\"\nhash = \"abc\"\ntoken = \"t\"\n\
             client_secrets = [\"a-client-secret\"]\nheader_value = \"a-hook-key-of-us\"\n",
            folder.path().display(),
            server.url()
        );
        let config = Arc::new(Config::from_toml(&text).unwrap());
        let log = EventLog::open(folder.path().join("log"), LogOptions::default()).unwrap();
        let ingest = Ingest::bind(config, Stream::embedded(log.clone()));
        let ingest = ingest.await.unwrap();
        let shutdown = CancellationToken::new();
        let ended = ingest.run(shutdown.clone());
        World {
            log,
            shutdown,
            running: tokio::spawn(async move { ended.await.unwrap() }),
            _folder: folder,
        }
    }

    fn events(&self) -> Vec<Event> {
        let records = self.log.read(Offset(1), usize::MAX).unwrap();
        let events = records.iter().map(|record| record.event.decode().unwrap());
        events.collect()
    }

    fn parked(&self) -> Vec<Parked> {
        let parked = |event: Event| match event.payload {
            Payload::OrderParked(parked) => Some(parked),
            _ => None,
        };
        self.events().into_iter().filter_map(parked).collect()
    }

    fn received(&self) -> Vec<u64> {
        let received = |event: Event| match event.payload {
            Payload::OrderReceived(received) => Some(received.order.order.0),
            _ => None,
        };
        self.events().into_iter().filter_map(received).collect()
    }

    async fn until(&self, what: &str, condition: impl Fn(&World) -> bool) {
        let came = async {
            while !condition(self) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, came).await;
        let (received, parked) = (self.received(), self.parked());
        assert!(came.is_ok(), "{what}: {received:?} {parked:?}");
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap();
    }
}

fn order(id: &str, modified: &str) -> String {
    include_str!("../../../crates/bigcommerce/src/order/order.json")
        .replacen("\"id\": 519", &format!("\"id\": {id}"), 1)
        .replace("\"items_total\": 3", "\"items_total\": 0")
        .replace("Tue, 20 Nov 2012 00:05:00 +0000", modified)
}

const DATE: &str = "Fri, 20 Nov 2026 10:00:00 +0000";

/// Answers lists of orders with these rows, a question for one with its row, and all
/// else with nothing.
fn store(rows: Vec<String>) -> Hostile {
    let body = format!("[{}]", rows.join(","));
    Hostile::start(move |request| {
        let asks_for = |row: &&String| {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            row["id"].is_u64() && request.contains(&format!("/v2/orders/{}?", row["id"]))
        };
        match rows.iter().find(asks_for) {
            Some(row) => Answer::of(200, row.clone()),
            None if request.contains("/v2/orders?") => Answer::of(200, body.clone()),
            None => Answer::of(200, r#"{"data":[]}"#),
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_is_parked_and_the_page_is_taken_in() {
    let server = store(vec![
        order("1", DATE),
        order("2", "Sat, 01 Jan 0000 00:00:00 +0000"),
        order("\"?\"", DATE),
        "null".to_owned(),
        order("5", "Thu, 01 Jan 2099 00:00:00 +0000"),
        order("6", DATE),
    ]);
    let world = World::polling(&server).await;
    world
        .until("three are received and three parked", |world| {
            world.received().len() >= 3 && world.parked().len() >= 3
        })
        .await;
    let mut received = world.received();
    received.sort_unstable();
    assert_eq!(received, [1, 5, 6]);
    let parked = world.parked();
    let year_zero = parked.iter().find(|it| it.entity.order.0 == 2).unwrap();
    assert_eq!(year_zero.code, "malformed");
    assert!(year_zero.reason.contains("date_modified"));

    // The next poll begins where the present ends, not in 2099.
    let asked = server.requests().len();
    world
        .until("it is polled again", |_| {
            server.requests().len() > asked + 4
        })
        .await;
    let polls = server.requests();
    let mut lists = polls.iter().filter(|it| it.contains("/v2/orders?"));
    let last = lists.next_back().unwrap().clone();
    let this_year = jiff::Zoned::now().year().to_string();
    assert!(last.contains(&this_year), "{last}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_parked_and_hurts_no_other() {
    // More lines than are read of one, and words that no event has room for.
    let line = r#"{"id":1,"type":"physical","quantity":1,"total_ex_tax":"1","total_inc_tax":"1","total_tax":"0"}"#;
    let lines = vec![line; 10_001].join(",");
    let shipping = format!(r#"{{"shipping":[{{"id":1,"line_items":[{lines}]}}]}}"#);
    let mut large: serde_json::Value = serde_json::from_str(&order("1", DATE)).unwrap();
    large["consignments"] = serde_json::from_str(&shipping).unwrap();
    let mut wordy: serde_json::Value = serde_json::from_str(&order("2", DATE)).unwrap();
    wordy["payment_method"] = "x".repeat(EventLog::MAX_EVENT).into();
    let server = store(vec![large.to_string(), wordy.to_string(), order("3", DATE)]);
    let world = World::polling(&server).await;
    world
        .until("one is received and two parked", |world| {
            world.received() == [3] && world.parked().len() >= 2
        })
        .await;
    let parked = world.parked();
    for (id, what) in [(1, "10000 entries"), (2, "an event of")] {
        let parked = parked.iter().find(|it| it.entity.order.0 == id).unwrap();
        assert_eq!(parked.code, "TOO_LARGE");
        assert!(parked.reason.contains(what), "{}", parked.reason);
        assert!(parked.remedy.contains("book it by hand"));
    }
    world.stop().await;
}

/// A list of orders with much that is not asked for: made once, since what the server
/// takes counts, too.
static LARGE_ORDERS: LazyLock<String> = LazyLock::new(|| {
    let note = "x".repeat(55_000);
    let large = order("1", DATE)
        .replace("\"items_total\": 0", "\"items_total\": 9999999")
        .replacen('{', &format!("{{\"note\":\"{note}\","), 1);
    let mut list = String::new();
    for id in 1..=250 {
        list.push(if id == 1 { '[' } else { ',' });
        list.push_str(&large.replacen("\"id\": 1", &format!("\"id\": {id}"), 1));
    }
    list.push(']');
    list
});

/// Every answer is as large as it may be, and every list goes on.
fn attack(request: &str) -> Answer {
    let text = |bytes: usize| "x".repeat(bytes);
    if request.contains("/products?limit") {
        let (_, number) = request.split_once("page=").unwrap();
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        let from = digits.parse::<usize>().unwrap() * 250;
        let sku = text(10_000);
        let line = |id: usize| {
            format!(
                r#"{{"id":{id},"sku":"{sku}","type":"physical","quantity":1,"total_ex_tax":"1","total_inc_tax":"1","total_tax":"0"}}"#
            )
        };
        let lines: Vec<String> = (from..from + 250).map(line).collect();
        return Answer::of(200, format!("[{}]", lines.join(",")));
    }
    if request.contains("/v2/orders?") {
        return Answer::of(200, LARGE_ORDERS.clone());
    }
    Answer::packed(r#"{"data":["#, "{},", 1 << 30)
}

#[test]
fn no_store_makes_it_grow() {
    tests::memory::at_most(256 << 20, "hostile::no_store_makes_it_grow", || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let server = Hostile::start(attack);
            let world = World::polling(&server).await;
            let asked = |part: &str| {
                let requests = server.requests();
                requests.iter().filter(|it| it.contains(part)).count()
            };
            world
                .until("it has read much", |_| asked("/products") > 100)
                .await;
            world.stop().await;
        });
    });
}
