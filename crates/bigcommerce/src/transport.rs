//! One request and its answer: limits, retries, and what an answer's status means.

use std::{sync::Arc, time::Duration};

use answer::{Limit, masks};
use backon::{ExponentialBuilder, Retryable};
use reqwest::{
    Method, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue},
    redirect,
};
use schemas::causes;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::{
    ClientOptions, Error, Malformed, Retries, StoreAddress,
    bounds::{Bounded, List, MOST_ROWS},
    error::Endless,
    metrics,
    quota::Quota,
};

/// The most of a refusal that an error shows, in characters.
const SHOWN: usize = 200;
/// The largest page of a list that is read, in bytes: 250 orders of ten lines have about
/// five million.
pub(crate) const PAGE_BYTES: usize = 16 << 20;
/// The largest answer about one order, of which several are read at once: four thousand
/// lines have about eight million.
pub(crate) const ORDER_BYTES: usize = 8 << 20;
/// The largest answer of any other kind; they have a few thousand.
pub(crate) const RECORD_BYTES: usize = 1 << 20;

pub(crate) struct Transport {
    http: reqwest::Client,
    /// Ends in `/stores/{hash}/`.
    base: Url,
    quota: Arc<Quota>,
    retries: Retries,
    /// What the store is called in metrics.
    store: String,
    /// How long an answer may take.
    patience: Duration,
}

/// A request, as it can be repeated.
pub(crate) struct Call<'a> {
    pub operation: &'static str,
    pub method: Method,
    /// Below the store: `v2/orders`.
    pub path: String,
    pub query: &'a [(&'a str, String)],
    pub body: Option<Vec<u8>>,
    /// The largest answer that is read, in bytes.
    pub largest: usize,
}

impl Transport {
    pub(crate) fn new(store: StoreAddress, options: &ClientOptions) -> Result<Self, Error> {
        let base = base_url(&store)?;
        let mut headers = HeaderMap::new();
        // Without it, V2 answers in XML.
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        // Some answers repeat what was sent.
        masks::learn(store.token.expose_secret());
        let mut token =
            HeaderValue::from_str(store.token.expose_secret()).map_err(|_| Error::BaseUrl {
                url: base.to_string(),
                problem: "its token has characters that cannot be sent",
            })?;
        token.set_sensitive(true);
        headers.insert("x-auth-token", token);
        let http = reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .default_headers(headers)
            .connect_timeout(options.connect_timeout)
            .timeout(options.read_timeout)
            // The token would go along to wherever a redirect points.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(Error::Build)?;
        Ok(Transport {
            http,
            base,
            quota: Arc::new(Quota::new(options.quota_reserve_percent)),
            retries: options.retries,
            store: options.store.clone(),
            patience: options.read_timeout,
        })
    }

    /// Calls, and calls again while that is worth it. None: there is nothing (204).
    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<Option<Vec<u8>>, Error> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.retries.first)
            .with_max_delay(self.retries.longest)
            .with_max_times(self.retries.times)
            .with_jitter();
        (|| self.attempt(call))
            .retry(backoff)
            .when(Error::is_transient)
            // What the store asks for counts more than our guess, but it does
            // not add further tries.
            .adjust(|error, delay| delay.map(|delay| error.retry_after().unwrap_or(delay)))
            .notify(|error, delay| {
                tracing::debug!(error = %causes(error), ?delay, "a call of BigCommerce failed, trying again");
            })
            .await
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Option<Vec<u8>>, Error> {
        self.quota.admit().await;
        let started = Instant::now();
        let answer = self.exchange(call).await;
        let labels = [self.store.as_str(), call.operation];
        metrics::CALL.record(labels, started.elapsed());
        if let Some(left) = self.quota.left() {
            metrics::QUOTA_LEFT.set_count([self.store.as_str()], left);
        }
        answer
    }

    async fn exchange(&self, call: &Call<'_>) -> Result<Option<Vec<u8>>, Error> {
        let path = || format!("/{}", call.path);
        let url = self.base.join(&call.path).map_err(|_| Error::BaseUrl {
            url: self.base.to_string(),
            problem: "no path can be put after it",
        })?;
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .query(call.query);
        if let Some(body) = &call.body {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        let answer = request.send().await.map_err(|source| Error::Unreachable {
            operation: call.operation,
            path: path(),
            // Its text has the URL, with the query.
            source: source.without_url(),
        })?;
        let wait = self.quota.observe(answer.headers(), Instant::now());
        let status = answer.status();
        if !status.is_success() {
            let words = answer::beginning(answer, Limit::REFUSAL).await;
            return Err(Error::Status {
                operation: call.operation,
                path: path(),
                status: status.as_u16(),
                body: excerpt(&words),
                retry_after: wait.filter(|_| matches!(status.as_u16(), 429 | 503)),
            });
        }
        let limit = Limit::new(call.largest, self.patience);
        let body = answer::read(answer, limit)
            .await
            .map_err(|source| Error::Unread {
                operation: call.operation,
                path: path(),
                source,
            })?;
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => Ok(None),
            Some(b'<') => Err(Error::Xml {
                operation: call.operation,
                path: path(),
            }),
            Some(_) => Ok(Some(body)),
        }
    }
}

/// The beginning of a body as one line, without our token should it be echoed.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line = masks::mask(&text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if line.is_empty() {
        return "(no text)".to_owned();
    }
    line.chars().take(SHOWN).collect()
}

/// `{api}/stores/{hash}/`, if it is safe to send a token there.
fn base_url(store: &StoreAddress) -> Result<Url, Error> {
    let refuse = |problem| Error::BaseUrl {
        url: store.api_url.clone(),
        problem,
    };
    let text = format!(
        "{}/stores/{}/",
        store.api_url.trim_end_matches('/'),
        store.hash
    );
    let url = Url::parse(&text).map_err(|_| refuse("it cannot be parsed"))?;
    let host = url.host_str().ok_or_else(|| refuse("it has no host"))?;
    let loopback = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        _ => Err(refuse("it must be https, or http to this machine itself")),
    }
}

impl<'a> Call<'a> {
    pub(crate) fn get(
        operation: &'static str,
        path: impl Into<String>,
        query: &'a [(&'a str, String)],
    ) -> Self {
        Call {
            operation,
            method: Method::GET,
            path: path.into(),
            query,
            body: None,
            largest: PAGE_BYTES,
        }
    }

    /// With another limit of what is read, in bytes.
    pub(crate) fn at_most(self, largest: usize) -> Self {
        Call { largest, ..self }
    }

    /// The answer as the JSON that `T` describes.
    pub(crate) fn parse<'b, T: Deserialize<'b>>(&self, body: &'b [u8]) -> Result<T, Error> {
        serde_json::from_slice(body).map_err(|problem| Error::Json {
            operation: self.operation,
            path: format!("/{}", self.path),
            problem: problem.to_string().chars().take(SHOWN).collect(),
        })
    }

    /// The records of a V2 list.
    pub(crate) fn list<'b>(&self, body: &'b [u8]) -> Result<Vec<&'b RawValue>, Error> {
        match self.parse::<List<MOST_ROWS>>(body)?.0 {
            Bounded::All(records) => Ok(records),
            Bounded::TooMany => Err(self.endless(Endless::Rows(MOST_ROWS))),
        }
    }

    /// The one record of a V3 answer.
    pub(crate) fn datum<'b, T: Deserialize<'b>>(&self, body: &'b [u8]) -> Result<T, Error> {
        #[derive(Deserialize)]
        struct Envelope<T> {
            data: T,
        }
        self.parse::<Envelope<T>>(body)
            .map(|envelope| envelope.data)
    }

    pub(crate) fn malformed(&self, malformed: Malformed) -> Error {
        Error::Answer {
            operation: self.operation,
            path: format!("/{}", self.path),
            malformed,
        }
    }

    /// For a list that does not come to an end.
    pub(crate) fn endless(&self, problem: Endless) -> Error {
        Error::Endless {
            operation: self.operation,
            path: format!("/{}", self.path),
            problem,
        }
    }

    /// For an answer of "nothing" where there must be something.
    pub(crate) fn missing(&self) -> Error {
        Error::Status {
            operation: self.operation,
            path: format!("/{}", self.path),
            status: 404,
            body: "(an empty answer)".to_owned(),
            retry_after: None::<Duration>,
        }
    }
}
