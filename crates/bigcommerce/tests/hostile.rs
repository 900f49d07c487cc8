//! The client against a store that answers more than can be read.

use std::time::{Duration, Instant};

use bigcommerce::{Client, ClientOptions, Endless, Error, OrderQuery, Retries, StoreAddress};
use schemas::OrderId;
use tests::{
    hostile::{Answer, Hostile},
    memory,
};

const MIB: u64 = 1 << 20;

fn client(server: &Hostile) -> Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = StoreAddress {
        api_url: server.url(),
        hash: "abc".to_owned(),
        token: "token".into(),
    };
    let options = ClientOptions {
        read_timeout: Duration::from_secs(20),
        retries: Retries {
            times: 1,
            first: Duration::from_millis(1),
            longest: Duration::from_millis(5),
        },
        ..ClientOptions::default()
    };
    Client::new(store, &options).unwrap()
}

fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work);
}

/// Records of a V3 list, numbered from `from` on, each with so much text.
fn records(from: usize, count: usize, text: usize) -> String {
    let name = "x".repeat(text);
    let record = |id| format!(r#"{{"id":{id},"category_id":{id},"name":"{name}"}}"#);
    let records: Vec<String> = (from..from + count).map(record).collect();
    records.join(",")
}

/// The number of the page that is asked for.
fn page(request: &str) -> usize {
    let (_, rest) = request.split_once("page=").unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

fn order(id: &str, modified: &str) -> String {
    include_str!("../src/order/order.json")
        .replacen("\"id\": 519", &format!("\"id\": {id}"), 1)
        .replace("\"items_total\": 3", "\"items_total\": 0")
        .replace("Tue, 20 Nov 2012 00:05:00 +0000", modified)
}

async fn endless(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> (Endless, Hostile) {
    let server = Hostile::start(answer);
    match client(&server).categories().await.unwrap_err() {
        Error::Endless { problem, .. } => (problem, server),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_that_unpacks_to_a_gigabyte_is_not_held() {
    let name = "a_list_that_unpacks_to_a_gigabyte_is_not_held";
    memory::at_most(128 * MIB, name, || {
        run(async {
            let server = Hostile::start(|_| Answer::packed("[", "{},", 1 << 30));
            let client = client(&server);
            let error = client.orders(&OrderQuery::default()).await.unwrap_err();
            assert!(error.is_too_large() && !error.is_transient());
            let error = client.categories().await.unwrap_err();
            let text = schemas::causes(&error).to_string();
            for part in [
                "list categories",
                "/v3/catalog/trees/categories",
                "16777216",
            ] {
                assert!(text.contains(part), "{text}");
            }
        });
    });
}

#[test]
fn small_records_beyond_measure_are_not_held() {
    let name = "small_records_beyond_measure_are_not_held";
    memory::at_most(128 * MIB, name, || {
        run(async {
            let many = format!("[{}{{}}]", "{},".repeat(3_000_000));
            let fields: Vec<String> = (0..800_000).map(|it| format!("\"f{it}\":1")).collect();
            let large = format!("[{{\"id\":7,{}}}]", fields.join(","));
            let server = Hostile::start(move |request| match request.contains("max_id=1&") {
                true => Answer::of(200, large.clone()),
                false => Answer::of(200, many.clone()),
            });
            let client = client(&server);
            let error = client.orders(&OrderQuery::default()).await.unwrap_err();
            assert!(error.is_too_large(), "{error}");
            let one = OrderQuery {
                max_id: Some(OrderId(1)),
                ..OrderQuery::default()
            };
            let page = client.orders(&one).await.unwrap();
            let malformed = page.rows[0].as_ref().unwrap_err();
            assert!(malformed.is_too_large, "{malformed}");
        });
    });
}

#[tokio::test]
async fn an_endless_refusal_is_a_refusal() {
    let server = Hostile::start(|_| Answer::endless("no ", "never ").with_status(400));
    let error = client(&server).store().await.unwrap_err();
    assert_eq!(error.status(), Some(400));
    assert!(error.to_string().len() < 400, "{error}");
    assert!(server.sent() < 32 * MIB, "{}", server.sent());
}

#[tokio::test]
async fn a_list_without_an_end_is_an_error() {
    let same = |_: &str| Answer::of(200, format!(r#"{{"data":[{}]}}"#, records(1, 250, 1)));
    let (problem, server) = endless(same).await;
    assert_eq!(problem, Endless::Repeated(2));
    assert_eq!(server.requests().len(), 2);

    let empty = r#"{"data":[],"meta":{"pagination":{"links":{"next":"?page=2"}}}}"#;
    let (problem, _) = endless(move |_| Answer::of(200, empty)).await;
    assert_eq!(problem, Endless::Empty);

    let many = |_: &str| Answer::of(200, format!(r#"{{"data":[{}]}}"#, records(1, 1001, 1)));
    let (problem, _) = endless(many).await;
    assert_eq!(problem, Endless::Rows(1000));

    let started = Instant::now();
    let other = |request: &str| {
        let records = records(page(request) * 250, 250, 20_000);
        Answer::of(200, format!(r#"{{"data":[{records}]}}"#))
    };
    let (problem, server) = endless(other).await;
    assert_eq!(problem, Endless::Bytes(32 << 20));
    let pauses = server.requests().len() as u32 - 1;
    // However fast the machine: not without a pause.
    assert!(pauses > 3 && started.elapsed() >= Duration::from_millis(50) * pauses);
}

#[tokio::test]
async fn a_short_page_that_names_a_next_one_is_not_the_end() {
    let server = Hostile::start(|request| {
        let number = page(request);
        let next = match number {
            1 => r#"{"next":"?page=2"}"#,
            _ => r#"{"previous":"?page=1"}"#,
        };
        let records = records(number * 250, 50, 1);
        let links = format!(r#""meta":{{"pagination":{{"links":{next}}}}}"#);
        Answer::of(200, format!(r#"{{"data":[{records}],{links}}}"#))
    });
    let categories = client(&server).categories().await.unwrap();
    assert_eq!(categories.iter().flatten().count(), 100);
}

#[tokio::test]
async fn an_order_of_more_lines_than_are_read_is_too_large_by_itself() {
    let server = Hostile::start(|request| match request.contains("/products") {
        true => {
            let line = |id: usize| {
                format!(
                    r#"{{"id":{id},"type":"physical","quantity":1,"total_ex_tax":"1","total_inc_tax":"1","total_tax":"0"}}"#
                )
            };
            let from = page(request) * 250;
            let lines: Vec<String> = (from..from + 250).map(line).collect();
            Answer::of(200, format!("[{}]", lines.join(",")))
        }
        false => {
            let date = "Tue, 20 Nov 2012 00:05:00 +0000";
            let large = order("7", date).replace("\"items_total\": 0", "\"items_total\": 9999999");
            Answer::of(200, format!("[{large},{}]", order("8", date)))
        }
    });
    let page = client(&server)
        .orders(&OrderQuery::default())
        .await
        .unwrap();
    let malformed = page.rows[0].as_ref().unwrap_err();
    assert!(malformed.is_too_large);
    assert_eq!(
        malformed.to_string(),
        "order 7: field `products` should be a list of at most 10000 entries, but is longer"
    );
    assert!(malformed.body.is_some() && malformed.modified.is_some());
    assert!(page.rows[1].is_ok(), "the other is as it is");
    assert!(server.requests().len() < 45, "{}", server.requests().len());
}

#[tokio::test]
async fn an_order_that_is_larger_than_an_answer_hurts_no_other() {
    let date = "Tue, 20 Nov 2012 00:05:00 +0000";
    let server = Hostile::start(move |request| {
        let (plain, other) = (order("7", date), order("8", date));
        let is_whole = request.contains("include=");
        match request.contains("limit=1&") || request.contains("limit=1 ") {
            true if !is_whole => Answer::of(200, format!("[{plain}]")),
            true => Answer::endless("[", "{},"),
            false if request.contains("min_id=8") => Answer::of(200, format!("[{other}]")),
            false => Answer::endless("[", "{},"),
        }
    });
    let client = client(&server);
    let first = client.orders(&OrderQuery::default()).await.unwrap();
    let malformed = first.rows[0].as_ref().unwrap_err();
    assert!(malformed.is_too_large && first.goes_on);
    assert_eq!(malformed.order, Some(OrderId(7)));
    let behind = OrderQuery {
        min_id: Some(OrderId(8)),
        ..OrderQuery::default()
    };
    let second = client.orders(&behind).await.unwrap();
    assert!(second.rows[0].is_ok() && !second.goes_on);
    let one = client.order(OrderId(7)).await.unwrap().unwrap_err();
    assert!(one.is_too_large && one.order == Some(OrderId(7)));
}

#[tokio::test]
async fn the_row_is_judged_and_not_the_page() {
    let date = "Fri, 20 Nov 2026 10:00:00 +0000";
    let rows = [
        order("1", date),
        order("2", "Sat, 01 Jan 0000 00:00:00 +0000"),
        order("3", "Thu, 01 Jan 1970 00:00:00 +0000"),
        order("\"?\"", date),
        order("5", "Thu, 01 Jan 2099 00:00:00 +0000"),
        "null".to_owned(),
        "[[]]".to_owned(),
        "{}".to_owned(),
        order("9", "Mon, 01 Jan 2018 00:00:00 +0000"),
        order("10", date),
    ];
    let body = format!("[{}]", rows.join(","));
    let server = Hostile::start(move |_| Answer::of(200, body.clone()));
    let query = OrderQuery {
        modified_from: Some("2026-11-20T00:00:00Z".parse().unwrap()),
        ..OrderQuery::default()
    };
    let page = client(&server).orders(&query).await.unwrap();
    assert_eq!(page.rows.len(), 10);
    let read: Vec<u64> = page.rows.iter().flatten().map(|it| it.id.0).collect();
    assert_eq!(read, [1, 5, 9, 10]);
    let malformed = page.rows[1].as_ref().unwrap_err();
    assert_eq!(malformed.order, Some(OrderId(2)));
    assert!(malformed.modified.is_none() && malformed.field == "date_modified");
}
