//! One access token, shared by all calls, renewed early.

use std::time::Duration;

use answer::{Limit, masks};
use jiff::Timestamp;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use service::Clock;
use tokio::sync::Mutex;

use crate::{
    OAuthClient,
    assertion::Signer,
    error::{Error, Fault, Operation, Refused},
    failure::{refusal, transport},
};

/// A token is renewed this long before it ends, so that none ends under way.
const EARLY: Duration = Duration::from_secs(300);
/// A token has a few thousand bytes.
const LIMIT: Limit = Limit::new(64 << 10, Duration::from_secs(60));
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Where tokens come from, and the one in use.
pub(crate) struct Tokens {
    clock: Clock,
    client: OAuthClient,
    /// Makes the assertions of the JWT grant; without it, the client itself acts.
    signer: Option<Signer>,
    /// The lock is held while a new one is fetched: callers that need one wait
    /// for the same answer instead of each asking.
    current: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    value: SecretString,
    renew_at: Timestamp,
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

impl Tokens {
    pub(crate) fn new(client: OAuthClient, signer: Option<Signer>, clock: Clock) -> Tokens {
        Tokens {
            client,
            clock,
            signer,
            current: Mutex::default(),
        }
    }

    /// A token to call with. `refused` is one that was just answered with 401.
    pub(crate) async fn token(
        &self,
        http: &reqwest::Client,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, Error> {
        let mut current = self.current.lock().await;
        if let Some(token) = &*current {
            let was_refused =
                refused.is_some_and(|it| it.expose_secret() == token.value.expose_secret());
            if !was_refused && self.clock.now() < token.renew_at {
                return Ok(token.value.clone());
            }
        }
        let token = self.fetch(http).await?;
        let value = token.value.clone();
        *current = Some(token);
        Ok(value)
    }

    async fn fetch(&self, http: &reqwest::Client) -> Result<Token, Error> {
        let failed = |fault| Error::new(Operation::Token, fault);
        let client = &self.client;
        let assertion = match &self.signer {
            Some(signer) => Some(
                signer
                    .sign(&client.client_id, self.clock.now())
                    .map_err(|error| failed(Fault::Assertion(error)))?,
            ),
            None => None,
        };
        let form = match &assertion {
            None => vec![("grant_type", "client_credentials")],
            Some(it) => vec![
                ("grant_type", JWT_BEARER),
                ("assertion", it.expose_secret()),
            ],
        };
        let asked = self.clock.now();
        let response = http
            .post(&client.token_url)
            .basic_auth(
                &client.client_id,
                Some(client.client_secret.expose_secret()),
            )
            .form(&[form, vec![("scope", client.scope.as_str())]].concat())
            .send()
            .await
            .map_err(|error| failed(transport(error)))?;
        match response.status() {
            StatusCode::OK => {}
            status @ (StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::BAD_REQUEST) => {
                let body = answer::beginning(response, Limit::REFUSAL).await;
                return Err(failed(Fault::Unauthorized {
                    status: status.as_u16(),
                    refused: why(&body),
                }));
            }
            _ => return Err(failed(refusal(response).await)),
        }
        let body = answer::read(response, LIMIT)
            .await
            .map_err(|error| failed(Fault::Unread(error)))?;
        // The body holds the token: nothing of it goes into the error.
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|_| Error::answer(Operation::Token, "no access_token in it"))?;
        masks::learn_token(answer.access_token.expose_secret());
        let lifetime = Duration::from_secs(answer.expires_in);
        // A lifetime shorter than the margin would mean a new token for each call.
        let early = EARLY.min(lifetime / 2);
        Ok(Token {
            value: answer.access_token,
            renew_at: asked
                .saturating_add(lifetime - early)
                .unwrap_or(Timestamp::MAX),
        })
    }
}

/// What the identity domain refused, by the error code of its answer (RFC 6749,
/// section 5.2). Its description is left out: some repeat what was sent.
fn why(body: &[u8]) -> Refused {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let code = serde_json::from_slice(body).map(|refusal: Refusal| refusal.error);
    match code.as_deref() {
        Ok("invalid_client") => Refused::Client,
        Ok("invalid_scope") => Refused::Scope,
        Ok("invalid_grant") => Refused::Assertion,
        Ok("unauthorized_client" | "unsupported_grant_type") => Refused::Grant,
        _ => Refused::TokenRequest,
    }
}
