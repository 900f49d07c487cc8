//! OAuth client credentials: one token, shared by all calls, renewed early.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::{
    Options,
    error::{Error, Fault, Operation},
    failure::{refusal, transport},
};

/// A token is renewed this long before it ends, so that none ends under way.
const EARLY: Duration = Duration::from_secs(300);

/// The token in use. The lock is held while a new one is fetched: callers that
/// need one wait for the same answer instead of each asking.
#[derive(Default)]
pub(crate) struct TokenCache {
    current: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    value: SecretString,
    renew_at: Instant,
}

#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    /// Seconds; an hour when not told.
    #[serde(default = "an_hour")]
    expires_in: u64,
}

fn an_hour() -> u64 {
    3600
}

impl TokenCache {
    /// A token to call with. `refused` is one that was just answered with 401.
    pub async fn token(
        &self,
        http: &reqwest::Client,
        options: &Options,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, Error> {
        let mut current = self.current.lock().await;
        if let Some(token) = &*current {
            let was_refused =
                refused.is_some_and(|it| it.expose_secret() == token.value.expose_secret());
            if !was_refused && Instant::now() < token.renew_at {
                return Ok(token.value.clone());
            }
        }
        let token = fetch(http, options).await?;
        let value = token.value.clone();
        *current = Some(token);
        Ok(value)
    }
}

async fn fetch(http: &reqwest::Client, options: &Options) -> Result<Token, Error> {
    let failed = |fault| Error::new(Operation::Token, fault);
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", options.scope.as_str()),
    ];
    let asked = Instant::now();
    let response = http
        .post(&options.token_url)
        .basic_auth(
            &options.client_id,
            Some(options.client_secret.expose_secret()),
        )
        .form(&form)
        .send()
        .await
        .map_err(|error| failed(transport(error)))?;
    match response.status() {
        StatusCode::OK => {}
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST) => {
            // A wrong scope or grant is answered with 400.
            let status = status.as_u16();
            return Err(failed(Fault::Unauthorized { status }));
        }
        _ => return Err(failed(refusal(response).await)),
    }
    let answer: Answer = response
        .json()
        .await
        // The body holds the token: nothing of it goes into the error.
        .map_err(|_| Error::answer(Operation::Token, "no access_token in it"))?;
    let lifetime = Duration::from_secs(answer.expires_in);
    // A lifetime shorter than the margin would mean a new token for each call.
    let early = EARLY.min(lifetime / 2);
    Ok(Token {
        value: answer.access_token,
        renew_at: asked + (lifetime - early),
    })
}
