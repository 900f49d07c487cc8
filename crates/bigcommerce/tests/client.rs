//! The client against a server that answers what a test tells it to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::Response,
};
use bigcommerce::{Client, ClientOptions, Error, HookRequest, OrderQuery, Retries, StoreAddress};
use schemas::OrderId;

/// What was asked, and what is to be answered, in turn.
#[derive(Default)]
struct Script {
    answers: VecDeque<Response<Body>>,
    requests: Vec<String>,
    headers: Vec<axum::http::HeaderMap>,
}

struct Server {
    script: Arc<Mutex<Script>>,
    client: Client,
}

const TOKEN: &str = "a-secret-token";

impl Server {
    async fn start(answers: impl IntoIterator<Item = Response<Body>>) -> Server {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let script = Arc::new(Mutex::new(Script {
            answers: answers.into_iter().collect(),
            ..Script::default()
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let client = client(&format!("http://{address}/")).unwrap();
        Server { script, client }
    }

    fn requests(&self) -> Vec<String> {
        self.script.lock().unwrap().requests.clone()
    }
}

fn client(url: &str) -> Result<Client, Error> {
    let store = StoreAddress {
        api_url: url.to_owned(),
        hash: "abc".to_owned(),
        token: TOKEN.into(),
    };
    let options = ClientOptions {
        retries: Retries {
            times: 3,
            first: Duration::from_millis(1),
            longest: Duration::from_millis(5),
        },
        ..ClientOptions::default()
    };
    Client::new(store, &options)
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response<Body> {
    let mut script = script.lock().unwrap();
    script
        .requests
        .push(format!("{} {}", request.method(), request.uri()));
    script.headers.push(request.headers().clone());
    let none = || json(500, "no answer is left in the script");
    script.answers.pop_front().unwrap_or_else(none)
}

fn json(status: u16, body: &str) -> Response<Body> {
    let body = Body::from(body.to_owned());
    Response::builder().status(status).body(body).unwrap()
}

fn page(order: u64, count: usize) -> Response<Body> {
    let orders: Vec<String> = (0..count as u64)
        .map(|index| order_json(order + index))
        .collect();
    json(200, &format!("[{}]", orders.join(",")))
}

fn order_json(id: u64) -> String {
    let order = include_str!("../src/order/order.json");
    order
        .replacen("\"id\": 519", &format!("\"id\": {id}"), 1)
        .replace("\"items_total\": 3", "\"items_total\": 0")
}

#[tokio::test]
async fn every_call_asks_for_json_and_shows_its_token() {
    let server = Server::start([json(204, "")]).await;
    let orders = server.client.orders(&OrderQuery::default()).await.unwrap();
    assert!(
        orders.rows.is_empty() && !orders.goes_on,
        "204 is how V2 says that there is nothing"
    );
    let headers = server.script.lock().unwrap().headers[0].clone();
    assert_eq!(headers["accept"], "application/json");
    assert_eq!(headers["x-auth-token"], TOKEN);
    assert!(
        headers["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("counterfoil/")
    );
}

#[tokio::test]
async fn orders_are_asked_for_whole_and_by_dates_with_an_offset() {
    let server = Server::start([page(1, 0)]).await;
    let query = OrderQuery {
        modified_from: Some("2026-11-20T10:00:00Z".parse().unwrap()),
        max_id: Some(OrderId(9)),
        ..OrderQuery::default()
    };
    server.client.orders(&query).await.unwrap();
    assert_eq!(
        server.requests(),
        [
            "GET /stores/abc/v2/orders?sort=date_modified%3Aasc&limit=250\
          &min_date_modified=Fri%2C+20+Nov+2026+10%3A00%3A00+%2B0000&max_id=9\
          &include=consignments%2Cconsignments.line_items%2Cfees&consignment_structure=object"
        ]
    );
}

#[tokio::test]
async fn one_malformed_order_does_not_hurt_the_others() {
    let orders = [
        order_json(1),
        order_json(2).replace("\"2410.0000\"", "\"?\""),
        order_json(3),
    ];
    let server = Server::start([json(200, &format!("[{}]", orders.join(",")))]).await;
    let orders = server.client.orders(&OrderQuery::default()).await.unwrap();
    let orders = orders.rows;
    let read: Vec<_> = orders.iter().flatten().map(|order| order.id.0).collect();
    assert_eq!(read, [1, 3]);
    let malformed = orders[1].as_ref().unwrap_err();
    assert_eq!(
        (malformed.order, malformed.field.as_str()),
        (Some(OrderId(2)), "total_inc_tax")
    );
}

#[tokio::test]
async fn a_filter_that_is_not_heeded_is_noticed() {
    let server = Server::start([page(1, 1)]).await;
    let query = OrderQuery {
        modified_from: Some("2026-11-20T10:00:00Z".parse().unwrap()),
        ..OrderQuery::default()
    };
    let error = server.client.orders(&query).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::FilterIgnored {
                filter: "min_date_modified",
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn failures_that_pass_are_tried_again() {
    let cut = Response::builder()
        .status(200)
        .header("content-length", "50")
        .body(Body::from("["));
    let server = Server::start([
        json(503, "maintenance"),
        json(429, ""),
        cut.unwrap_or_default(),
        page(1, 2),
    ])
    .await;
    assert_eq!(
        server
            .client
            .orders(&OrderQuery::default())
            .await
            .unwrap()
            .rows
            .len(),
        2
    );
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn patience_has_an_end_and_the_error_says_that_it_may_pass() {
    let server = Server::start((0..9).map(|_| json(503, "maintenance"))).await;
    let error = server.client.order(OrderId(7)).await.unwrap_err();
    assert_eq!(server.requests().len(), 4, "the first try and three more");
    assert!(error.is_transient());
    assert_eq!(
        error.to_string(),
        "read an order: /v2/orders/7 answered 503: maintenance"
    );
}

#[tokio::test]
async fn refusals_are_not_tried_again_and_never_show_the_token() {
    let server = Server::start([
        json(401, &format!("the token {TOKEN} is wrong")),
        json(404, "[{\"status\":404,\"message\":\"Not found\"}]"),
    ])
    .await;
    let error = server.client.store().await.unwrap_err();
    assert!(!error.is_transient());
    assert_eq!(
        error.to_string(),
        "read the store: /v2/store answered 401: the token *** is wrong"
    );
    assert!(
        server
            .client
            .order(OrderId(7))
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn xml_is_named() {
    let server = Server::start([json(200, "<?xml version=\"1.0\"?><orders/>")]).await;
    let error = server
        .client
        .orders(&OrderQuery::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Xml { .. }), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_token() {
    let moved = Response::builder()
        .status(302)
        .header("location", "http://127.0.0.1:9/")
        .body(Body::empty());
    let server = Server::start([moved.unwrap()]).await;
    assert_eq!(server.client.time().await.unwrap_err().status(), Some(302));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_spent_quota_is_waited_for_before_the_next_call() {
    let spent = Response::builder()
        .header("x-rate-limit-requests-quota", "100")
        .header("x-rate-limit-requests-left", "20")
        .header("x-rate-limit-time-reset-ms", "100")
        .body(Body::from("[]"))
        .unwrap();
    let server = Server::start([spent, json(200, "[]")]).await;
    let started = tokio::time::Instant::now();
    for _ in 0..2 {
        server.client.orders(&OrderQuery::default()).await.unwrap();
    }
    // However slow the machine: not before the reset.
    assert!(
        started.elapsed() >= Duration::from_millis(100),
        "a fifth is left for others"
    );
}

#[tokio::test]
async fn left_out_lines_are_fetched_page_by_page() {
    let line = |id: u64| {
        format!(
            r#"{{"id":{id},"type":"physical","quantity":1,"total_ex_tax":"1","total_inc_tax":"1","total_tax":"0"}}"#
        )
    };
    let lines = |from: u64, to: u64| {
        let lines: Vec<_> = (from..=to).map(line).collect();
        json(200, &format!("[{}]", lines.join(",")))
    };
    let order = order_json(7).replace("\"items_total\": 0", "\"items_total\": 300");
    let server = Server::start([json(200, &order), lines(1, 250), lines(251, 300)]).await;
    let order = server.client.order(OrderId(7)).await.unwrap().unwrap();
    assert_eq!(order.lines.len(), 300);
    assert!(server.requests()[2].contains("/v2/orders/7/products?limit=250&page=2"));
}

#[tokio::test]
async fn lists_of_v3_are_read_to_their_end() {
    let product = |id: usize| format!(r#"{{"id":{id},"categories":[20],"brand_id":1}}"#);
    let products = |from: usize, to: usize| {
        let list: Vec<_> = (from..=to).map(product).collect();
        json(
            200,
            &format!(r#"{{"data":[{}],"meta":{{}}}}"#, list.join(",")),
        )
    };
    let server = Server::start([products(1, 250), products(251, 260)]).await;
    let products = server.client.products(&[1, 2]).await.unwrap();
    assert_eq!(products.iter().flatten().count(), 260);
    assert!(server.requests()[0].starts_with("GET /stores/abc/v3/catalog/products?id%3Ain=1%2C2&"));
}

#[tokio::test]
async fn hooks_are_created_active_and_with_their_secret_header() {
    let hook = r#"{"data":{"id":5,"scope":"store/order/created","destination":"https://x","is_active":true}}"#;
    let server = Server::start([json(200, hook)]).await;
    let wanted = HookRequest {
        scope: "store/order/created".to_owned(),
        destination: "https://x".to_owned(),
        headers: [("X-Key".to_owned(), "shh".into())].into(),
    };
    let created = server.client.create_hook(&wanted).await.unwrap();
    assert!(created.is_active && created.id == 5);
    assert!(!format!("{wanted:?}").contains("shh"));
}

#[test]
fn a_token_is_only_sent_in_secret() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    assert!(client("https://api.bigcommerce.com").is_ok());
    assert!(client("http://localhost:1").is_ok());
    for bad in [
        "http://api.bigcommerce.com",
        "ftp://127.0.0.1",
        "not a url",
        "",
    ] {
        assert!(matches!(client(bad), Err(Error::BaseUrl { .. })), "{bad}");
    }
}
