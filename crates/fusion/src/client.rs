//! Sending requests: authorisation, retries of reads, and classing what failed.

use std::time::{Duration, Instant};

use answer::Limit;
use reqwest::{Method, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::{
    KeyError, Options,
    access::{Access, Pass},
    error::{Error, Fault, Operation, Refused},
    failure::{refusal, transport},
    metrics,
};

/// The path that all of the financials' resources are below.
pub(crate) const RESOURCES: &str = "/fscmRestApi/resources/11.13.18.05";
/// Pinned, because the default is the oldest behaviour.
const FRAMEWORK_VERSION: &str = "9";
/// The longest pause between two attempts at a read.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// A client of one pod. Cheap to share behind an `Arc`.
pub struct Fusion {
    pub(crate) options: Options,
    http: reqwest::Client,
    access: Access,
}

/// The client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The HTTP library refuses the options.
    #[error("the HTTP client cannot be built")]
    Http(#[source] reqwest::Error),
    /// Only with [`crate::SignIn::JwtAssertion`].
    #[error("the key of user assertions cannot be used")]
    Key(#[source] KeyError),
}

impl Fusion {
    /// A client; nothing is sent yet. For https, a TLS provider must have been
    /// installed in this process.
    pub fn new(options: Options) -> Result<Fusion, SetupError> {
        let http = reqwest::Client::builder()
            .timeout(options.timeout)
            .connect_timeout(options.timeout.min(Duration::from_secs(10)))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(SetupError::Http)?;
        let access =
            Access::new(options.sign_in.clone(), options.clock.clone()).map_err(SetupError::Key)?;
        Ok(Fusion {
            options,
            http,
            access,
        })
    }

    /// Reads; repeated with growing pauses while the failure is transient.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let read = self.read(operation, path, query).await;
        read.map(|(answer, _)| answer)
    }

    /// As [`Fusion::get`], with the answer as it came.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<(T, Vec<u8>), Error> {
        let mut pause = self.options.retry_pause;
        let mut left = self.options.retries;
        loop {
            let failed = match self.send(operation, Method::GET, path, query, None).await {
                Ok(body) => return Ok((parse(operation, &body)?, body)),
                Err(error) => error,
            };
            // Credentials that were refused stay wrong, and asking again and again
            // locks who they belong to.
            if !failed.is_transient() || failed.is_unauthorized() || left == 0 {
                return Err(failed);
            }
            tracing::debug!(
                operation = operation.as_str(),
                left,
                "a read failed and is repeated"
            );
            left -= 1;
            let asked_for = failed.retry_after().unwrap_or_default().min(MAX_PAUSE);
            self.options.clock.sleep(pause.max(asked_for)).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    /// Sends a call that changes something, once.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<T, Error> {
        let body = self
            .send(operation, Method::POST, path, &[], Some(body))
            .await?;
        parse(operation, &body)
    }

    /// One exchange, and how long it took.
    async fn send(
        &self,
        operation: Operation,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&serde_json::Value>,
    ) -> Result<Vec<u8>, Error> {
        let started = Instant::now();
        let answer = self.exchange(operation, method, path, query, body).await;
        metrics::CALL.record([operation.as_str()], started.elapsed());
        answer
    }

    /// One request; once again with a new token if the first is refused, which is
    /// safe for every call: a request that was not authorised did nothing.
    async fn exchange(
        &self,
        operation: Operation,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&serde_json::Value>,
    ) -> Result<Vec<u8>, Error> {
        let failed = |fault| Error::new(operation, fault);
        let no_token = |error| failed(Fault::NoToken(Box::new(error)));
        let url = self.url(path, query);
        let mut refused: Option<Pass> = None;
        loop {
            let pass = self
                .access
                .pass(&self.http, refused.as_ref())
                .await
                .map_err(no_token)?;
            let mut request = self
                .http
                .request(method.clone(), &url)
                .header("REST-Framework-Version", FRAMEWORK_VERSION)
                .header(header::ACCEPT, "application/json");
            if let Some(body) = body {
                request = request.json(body);
            }
            let response = pass.authorise(request).send().await;
            let response = response.map_err(|e| failed(transport(e)))?;
            match response.status() {
                status if status.is_success() => {
                    let limit = Limit::new(largest(operation), self.options.timeout);
                    let body = answer::read(response, limit).await;
                    return body.map_err(|error| failed(Fault::Unread(error)));
                }
                StatusCode::UNAUTHORIZED if refused.is_none() && pass.is_renewable() => {
                    refused = Some(pass);
                }
                status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                    return Err(failed(Fault::Unauthorized {
                        status: status.as_u16(),
                        refused: Refused::Call,
                    }));
                }
                _ => return Err(failed(refusal(response).await)),
            }
        }
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> String {
        let mut url = format!("{}{path}", self.options.url);
        for (index, (name, value)) in query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            encode(value, &mut url);
        }
        url
    }
}

/// The largest answer that is read, in bytes.
fn largest(operation: Operation) -> usize {
    const MIB: usize = 1 << 20;
    match operation {
        // An id or a state.
        Operation::Token
        | Operation::Upload
        | Operation::SubmitLoad
        | Operation::SubmitImport
        | Operation::SubmitAutoPost
        | Operation::JobTree => MIB,
        // A packed archive of texts, as base64.
        Operation::ExecutionLog => 8 * MIB,
        // A page of at most 500 rows.
        Operation::FindRequests
        | Operation::ReadBatches
        | Operation::ReadHeaders
        | Operation::ReadLedgers
        | Operation::ReadPeriods
        | Operation::ReadSources
        | Operation::ReadCategories
        | Operation::ReadAccessSets
        | Operation::ReadAccounts
        | Operation::ReadSegmentValues
        | Operation::ReadCurrencies
        | Operation::ReadConversionTypes
        | Operation::ReadRates => 8 * MIB,
    }
}

/// Percent-encodes a whole query value, `;`, `=` and quotes included. A space is
/// `%20`: not every gateway reads `+` as one.
pub(crate) fn encode(value: &str, into: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                into.push(char::from(byte));
            }
            _ => into.push_str(&format!("%{byte:02X}")),
        }
    }
}

fn parse<T: DeserializeOwned>(operation: Operation, body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| Error::answer(operation, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_value_is_encoded_as_a_whole() {
        let mut text = String::new();
        encode("BatchName LIKE 'CF-us-1%';Status=P", &mut text);
        assert_eq!(text, "BatchName%20LIKE%20%27CF-us-1%25%27%3BStatus%3DP");
    }
}
