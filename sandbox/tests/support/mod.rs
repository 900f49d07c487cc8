//! A sandbox and a client for it.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::time::Duration;

use reqwest::{Client, Method, Response};
use sandbox::bigcommerce::{BigCommerce, Config};
use sandbox::store::Profile;
use sandbox::store::profile::{EU, US};
use serde_json::Value;

/// A started stand-in with a client.
pub(crate) struct Stand {
    pub sandbox: BigCommerce,
    client: Client,
}

impl Stand {
    pub(crate) async fn start(config: Config) -> Self {
        let sandbox = BigCommerce::start(config).await.expect("a free port");
        let client = Client::builder()
            .timeout(Duration::from_secs(20))
            .build()
            .expect("a client");
        Self { sandbox, client }
    }

    pub(crate) async fn plain() -> Self {
        Self::start(Config {
            quota: generous(),
            ..Config::default()
        })
        .await
    }

    /// A request to a store as a well-behaved client makes it.
    pub(crate) async fn call(
        &self,
        method: Method,
        profile: &Profile,
        path: &str,
        body: Option<Value>,
    ) -> Response {
        let url = format!("{}/stores/{}{path}", self.sandbox.url(), profile.hash);
        let mut request = self
            .client
            .request(method, url)
            .header("x-auth-token", profile.token)
            .header("accept", "application/json");
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("an answer")
    }

    pub(crate) async fn get(&self, profile: &Profile, path: &str) -> Response {
        self.call(Method::GET, profile, path, None).await
    }

    /// The JSON of a store path that must succeed.
    pub(crate) async fn json(&self, profile: &Profile, path: &str) -> Value {
        let response = self.get(profile, path).await;
        assert_eq!(response.status(), 200, "GET {path}");
        response.json().await.expect("JSON")
    }

    /// A request with nothing but what is given here.
    pub(crate) async fn raw(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self.client.get(format!("{}{path}", self.sandbox.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }

    /// An admin request that must succeed.
    pub(crate) async fn admin(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/admin{path}", self.sandbox.url());
        let response = self
            .client
            .request(method, url)
            .json(&body)
            .send()
            .await
            .expect("an answer");
        let status = response.status();
        let body: Value = response.json().await.expect("JSON");
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.admin(Method::POST, path, body).await
    }

    /// Creates orders and returns their ids.
    pub(crate) async fn orders(&self, key: &str, wishes: Value) -> Vec<u64> {
        let made = self.post(&format!("/stores/{key}/orders"), wishes).await;
        made["ids"]
            .as_array()
            .expect("ids")
            .iter()
            .filter_map(Value::as_u64)
            .collect()
    }
}

/// A quota that no test uses up by accident.
pub(crate) fn generous() -> sandbox::bigcommerce::quota::Limit {
    sandbox::bigcommerce::quota::Limit {
        requests: 100_000,
        window: Duration::from_secs(30),
    }
}

pub(crate) const BOTH: [Profile; 2] = [US, EU];

/// Polls until `done` or fails after ten seconds.
pub(crate) async fn eventually(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never happened: {what}");
}
