//! Requests that look like webhooks and must be refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::delivery::Webhooks;
use super::event::{Event, Happening};
use super::sign;
use crate::store::profile::{HOOK_KEY_HEADER, Profile};

/// What is wrong with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// Signed with another secret, custom header right.
    Signature,
    /// Signature right, custom header missing.
    HeaderMissing,
    /// Neither right: somebody without any secret.
    Stranger,
    /// Signed an hour ago.
    Stale,
    /// Body changed after signing.
    Tampered,
    /// Signed, but the body is no JSON.
    NotJson,
    /// Signed, but two megabytes long.
    Oversized,
}

/// Seconds by which a stale request is late; the usual tolerance is 300.
const STALE_SECONDS: i64 = 3_600;

/// Bytes of padding in an oversized body.
const OVERSIZE: usize = 2 * 1024 * 1024;

/// Sends one forged webhook to `destination` and returns the HTTP status it got.
///
/// # Errors
/// When nobody answers.
pub async fn send(
    webhooks: &Webhooks,
    profile: &Profile,
    destination: &str,
    kind: Forgery,
) -> reqwest::Result<u16> {
    let id = format!("msg_{}", uuid::Uuid::new_v4().simple());
    let (body, signed_body) = bodies(profile, kind);
    let timestamp = match kind {
        Forgery::Stale => Timestamp::now().as_second() - STALE_SECONDS,
        _ => Timestamp::now().as_second(),
    };
    let secret = match kind {
        Forgery::Signature | Forgery::Stranger => "not-the-client-secret",
        _ => profile.client_secret,
    };
    let mut request = webhooks
        .client()
        .post(destination)
        .header("content-type", "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", timestamp.to_string())
        .header(
            "webhook-signature",
            sign::signature(secret, &id, timestamp, signed_body.as_bytes()),
        );
    if !matches!(kind, Forgery::HeaderMissing | Forgery::Stranger) {
        request = request.header(HOOK_KEY_HEADER, profile.hook_key);
    }
    Ok(request.body(body).send().await?.status().as_u16())
}

/// The body to send and the body to sign.
fn bodies(profile: &Profile, kind: Forgery) -> (String, String) {
    let honest = payload(profile, 999_999_999);
    match kind {
        Forgery::Tampered => (payload(profile, 999_999_998), honest),
        Forgery::NotJson => ("order=1&paid=yes".to_owned(), "order=1&paid=yes".to_owned()),
        Forgery::Oversized => {
            let padded = format!("{honest}{}", " ".repeat(OVERSIZE));
            (padded.clone(), padded)
        }
        _ => (honest.clone(), honest),
    }
}

fn payload(profile: &Profile, order_id: u32) -> String {
    let event = Event {
        profile: *profile,
        order_id,
        what: Happening::Created,
        at: Timestamp::now(),
    };
    event.payload(event.scope()).to_string()
}
