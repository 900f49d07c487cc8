//! The registration of webhooks. Each token sees only its own.

use std::collections::BTreeMap;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use crate::{
    Client, Error,
    transport::{Call, RECORD_BYTES},
};

/// A registered webhook (`/v3/hooks`, webhooks.v3). Its headers are not read: they are
/// secrets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hook {
    /// The store's number for it, which its path ends in.
    pub id: u64,
    /// The events it is for: `store/order/updated`, `store/order/*`.
    pub scope: String,
    /// The URL that deliveries are posted to.
    pub destination: String,
    /// False after two days of failed deliveries or 90 days without any.
    pub is_active: bool,
}

/// What a webhook should be.
#[derive(Debug, Clone)]
pub struct HookRequest {
    /// The events it is for. One client may have ten webhooks for a scope, and only one
    /// for a scope and a destination.
    pub scope: String,
    /// An https URL on port 443.
    pub destination: String,
    /// Sent along with every delivery.
    pub headers: BTreeMap<String, SecretString>,
}

impl HookRequest {
    fn body(&self) -> Vec<u8> {
        let headers: BTreeMap<&str, &str> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
            .collect();
        let hook = json!({
            "scope": self.scope,
            "destination": self.destination,
            "is_active": true,
            "headers": headers,
        });
        hook.to_string().into_bytes()
    }
}

impl Client {
    /// All webhooks of this token.
    pub async fn hooks(&self) -> Result<Vec<Hook>, Error> {
        let mut hooks = Vec::new();
        let read = |call: &Call, records: Vec<&RawValue>| {
            let records = records.into_iter();
            hooks.extend(records.map(|raw| call.parse(raw.get().as_bytes())));
        };
        self.each_page("list webhooks", "v3/hooks", &[], read)
            .await?;
        hooks.into_iter().collect()
    }

    /// Registers a webhook, active at once; its first delivery may take a minute. Fails
    /// if there is one for the same scope and destination.
    pub async fn create_hook(&self, hook: &HookRequest) -> Result<Hook, Error> {
        let path = "v3/hooks".to_owned();
        self.hook("create a webhook", Method::POST, path, hook)
            .await
    }

    /// Makes a webhook what it should be, and active again.
    pub async fn update_hook(&self, id: u64, hook: &HookRequest) -> Result<Hook, Error> {
        let path = format!("v3/hooks/{id}");
        self.hook("update a webhook", Method::PUT, path, hook).await
    }

    async fn hook(
        &self,
        operation: &'static str,
        method: Method,
        path: String,
        hook: &HookRequest,
    ) -> Result<Hook, Error> {
        let call = Call {
            operation,
            method,
            path,
            query: &[],
            body: Some(hook.body()),
            largest: RECORD_BYTES,
        };
        let answer = self.send(&call).await?.ok_or_else(|| call.missing())?;
        call.datum(&answer)
    }
}
