//! The registration of webhooks. Each token sees only its own.

use std::collections::BTreeMap;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, PAGE, transport::Call};

/// A registered webhook. Its headers are not read: they are secrets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hook {
    pub id: u64,
    pub scope: String,
    pub destination: String,
    /// False after two days of failed deliveries or 90 days without any.
    pub is_active: bool,
}

/// What a webhook should be.
#[derive(Debug, Clone)]
pub struct HookRequest {
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
        self.v3_pages("list webhooks", "v3/hooks", &[], PAGE, |call, records| {
            for raw in records {
                hooks.push(call.parse(raw.get().as_bytes())?);
            }
            Ok(())
        })
        .await?;
        Ok(hooks)
    }

    pub async fn create_hook(&self, hook: &HookRequest) -> Result<Hook, Error> {
        let body = Some(hook.body());
        self.hook("create a webhook", Method::POST, "v3/hooks".into(), body)
            .await
    }

    /// Makes a webhook what it should be, and active again.
    pub async fn update_hook(&self, id: u64, hook: &HookRequest) -> Result<Hook, Error> {
        let path = format!("v3/hooks/{id}");
        self.hook("update a webhook", Method::PUT, path, Some(hook.body()))
            .await
    }

    pub async fn delete_hook(&self, id: u64) -> Result<Hook, Error> {
        let path = format!("v3/hooks/{id}");
        self.hook("delete a webhook", Method::DELETE, path, None)
            .await
    }

    async fn hook(
        &self,
        operation: &'static str,
        method: Method,
        path: String,
        body: Option<Vec<u8>>,
    ) -> Result<Hook, Error> {
        let call = Call {
            operation,
            method,
            path,
            query: &[],
            body,
        };
        let answer = self.send(&call).await?.ok_or_else(|| call.missing())?;
        call.datum(&answer)
    }
}
