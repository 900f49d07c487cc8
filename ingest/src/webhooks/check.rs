//! Whether a delivery is to be believed, and what it says. Pure.

use axum::http::HeaderMap;
use bigcommerce::webhook::{
    Entity, HeaderKey, Notification, SIGNATURE_HEADERS, SignatureHeaders, SigningKeys,
};
use jiff::{SignedDuration, Timestamp};
use schemas::{Check, Digest, StoreKey, WebhookEntity, WebhookReceived};
use service::config::StoreConfig;

use super::Refusal;

/// Knows what deliveries of one store must show.
pub struct Guard {
    store: StoreKey,
    /// The store's hash in BigCommerce.
    hash: String,
    signing: Option<SigningKeys>,
    require_signature: bool,
    header_name: String,
    header: Option<HeaderKey>,
    require_header: bool,
    tolerance: SignedDuration,
}

impl Guard {
    /// A guard of this store. `tolerance` is how far a signature's time may be off.
    pub fn new(store: StoreKey, config: &StoreConfig, tolerance: SignedDuration) -> Self {
        let secrets: Vec<_> = config
            .client_secrets
            .iter()
            .map(service::Secret::to_secret_string)
            .collect();
        let header = config.header_value.as_ref();
        Guard {
            store,
            hash: config.hash.clone(),
            signing: (!secrets.is_empty()).then(|| SigningKeys::new(&secrets)),
            require_signature: config.require_signature,
            header_name: config.header_name.clone(),
            header: header.map(|value| HeaderKey::new([value.to_secret_string()])),
            require_header: config.require_header,
            tolerance,
        }
    }

    /// Whose deliveries it checks.
    pub fn store(&self) -> &StoreKey {
        &self.store
    }

    /// Checks what can be checked of a delivery before its body has come: that it shows
    /// our header, and signature headers that are not old and of the right form.
    pub fn admit_head(&self, headers: &HeaderMap, now: Timestamp) -> Result<(), Refusal> {
        self.check_header(headers)?;
        match self.signed(headers)? {
            Some((_, signed)) => signed
                .check_form(now, self.tolerance)
                .map_err(Refusal::Origin),
            None => Ok(()),
        }
    }

    /// Checks a delivery. Its body is read only once its origin is sure.
    pub fn admit(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<WebhookReceived, Refusal> {
        let header = self.check_header(headers)?;
        let (signature, id) = self.check_signature(headers, body, now)?;
        let notification = Notification::read(body).map_err(Refusal::Body)?;
        if notification.store_hash() != self.hash {
            return Err(Refusal::OtherStore);
        }
        let digest = Digest::of(body);
        Ok(WebhookReceived {
            store: self.store.clone(),
            // Without either, the body is all there is to tell deliveries by.
            delivery: [id, &notification.hash]
                .into_iter()
                .find(|id| !id.is_empty())
                .map_or_else(|| digest.to_string(), str::to_owned),
            scope: notification.scope,
            entity: match notification.entity {
                Entity::Order(order) => WebhookEntity::Order { order },
                Entity::Refund(order, refund) => WebhookEntity::Refund { order, refund },
                Entity::Other => WebhookEntity::Other,
            },
            signature,
            header,
            body: digest,
        })
    }

    fn check_header(&self, headers: &HeaderMap) -> Result<Check, Refusal> {
        match (headers.get(&self.header_name), &self.header) {
            (Some(value), Some(key)) => {
                key.verify(value.as_bytes()).map_err(Refusal::Origin)?;
                Ok(Check::Verified)
            }
            (None, Some(_)) if self.require_header => {
                Err(Refusal::MissingHeader(self.header_name.clone()))
            }
            _ => Ok(Check::Absent),
        }
    }

    /// The outcome, and the delivery's id, which is worth something only when
    /// it was signed.
    fn check_signature<'a>(
        &self,
        headers: &'a HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(Check, &'a str), Refusal> {
        let Some((keys, signed)) = self.signed(headers)? else {
            return Ok((Check::Absent, ""));
        };
        keys.verify(signed, body, now, self.tolerance)
            .map_err(Refusal::Origin)?;
        Ok((Check::Verified, signed.id))
    }

    /// The signature headers and what they must fit; none where a delivery need not be
    /// signed and is not.
    fn signed<'a>(
        &self,
        headers: &'a HeaderMap,
    ) -> Result<Option<(&SigningKeys, SignatureHeaders<'a>)>, Refusal> {
        let Some(keys) = &self.signing else {
            return Ok(None);
        };
        let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let [id, timestamp, signature] = SIGNATURE_HEADERS.map(value);
        // None of them: not signed. Some of them: it claims to be.
        if !self.require_signature && [id, timestamp, signature].iter().all(Option::is_none) {
            return Ok(None);
        }
        let missing = |index: usize| Refusal::MissingHeader(SIGNATURE_HEADERS[index].to_owned());
        let signed = SignatureHeaders {
            id: id.ok_or_else(|| missing(0))?,
            timestamp: timestamp.ok_or_else(|| missing(1))?,
            signature: signature.ok_or_else(|| missing(2))?,
        };
        Ok(Some((keys, signed)))
    }
}
