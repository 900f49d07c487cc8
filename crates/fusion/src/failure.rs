//! What a request's failure says of it: never sent, perhaps done, or refused.

use std::time::Duration;

use answer::{Limit, masks};
use reqwest::{StatusCode, header};

use crate::error::Fault;

/// As much of an error's body as is worth keeping, in characters.
const MAX_DETAIL: usize = 500;
/// The longest wait that the pod can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What a failed transport says about the request: never sent, or perhaps done.
pub(crate) fn transport(error: reqwest::Error) -> Fault {
    match error.is_connect() || error.is_builder() {
        true => Fault::Connect(error),
        false => Fault::Lost(error),
    }
}

/// What an answer of neither success nor 401 says.
pub(crate) async fn refusal(response: reqwest::Response) -> Fault {
    let status = response.status().as_u16();
    if status == StatusCode::TOO_MANY_REQUESTS.as_u16() {
        let seconds = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let retry_after = seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
        return Fault::Throttled { retry_after };
    }
    let body = answer::beginning(response, Limit::REFUSAL).await;
    // Some repeat what they were sent.
    let body = String::from_utf8_lossy(&body);
    let body = masks::mask(&body);
    Fault::Status {
        status,
        detail: detail(&body),
    }
}

/// The words of an error's body: its `detail` where it is Fusion's JSON, else its text.
fn detail(body: &str) -> String {
    let json = serde_json::from_str::<serde_json::Value>(body).ok();
    let member = |name: &str| json.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let text = member("detail").or_else(|| member("title"));
    let text = text.unwrap_or_else(|| body.trim().to_owned());
    match text.is_empty() {
        true => "no reason given".to_owned(),
        false => text.chars().take(MAX_DETAIL).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errors_words_are_found() {
        assert_eq!(
            detail(r#"{"title":"Bad","detail":"no such job"}"#),
            "no such job"
        );
        assert_eq!(detail("plain text "), "plain text");
        assert_eq!(detail(""), "no reason given");
    }
}
