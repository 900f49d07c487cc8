//! The store itself.

use jiff::Timestamp;
use schemas::Currency;
use serde_json::value::RawValue;

use crate::{
    Client, Error,
    json::{Fields, Read},
    transport::{Call, RECORD_BYTES},
};

/// What a store says of itself (`GET /v2/store`, store_information.v2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreInfo {
    /// `id`: the hash in the API's paths, not the `store_id` of webhooks.
    pub hash: String,
    /// The store's default currency, which an order need not be charged in.
    pub currency: Currency,
    /// Prices are entered with tax (`is_price_entered_with_tax`); false where the
    /// store does not say.
    pub tax_inclusive: bool,
    /// The name of its time zone, `Europe/Berlin`; empty where the store does not say.
    pub timezone: String,
    /// The name of its plan with BigCommerce (`plan_name`); the plan sets the rate limit.
    pub plan: String,
}

impl Client {
    /// What the store says of itself. It answers any token of the store that may read
    /// its information, so it also shows whether address and token fit together.
    pub async fn store(&self) -> Result<StoreInfo, Error> {
        self.record("read the store", "v2/store", info).await
    }

    /// The clock of the API, to compare ours with (`GET /v2/time`, whole seconds).
    pub async fn time(&self) -> Result<Timestamp, Error> {
        self.record("read the time", "v2/time", |fields| {
            fields.parsed("time", "unix seconds", |text| {
                Timestamp::from_second(text.parse().ok()?).ok()
            })
        })
        .await
    }

    async fn record<T>(
        &self,
        operation: &'static str,
        path: &str,
        read: impl Fn(&Fields) -> Read<T>,
    ) -> Result<T, Error> {
        let call = Call::get(operation, path, &[]).at_most(RECORD_BYTES);
        let body = self.send(&call).await?.ok_or_else(|| call.missing())?;
        let raw: &RawValue = call.parse(&body)?;
        Fields::record(raw)
            .and_then(|fields| read(&fields))
            .map_err(|malformed| call.malformed(malformed))
    }
}

fn info(fields: &Fields) -> Read<StoreInfo> {
    let timezone = fields.object_or_none("timezone")?;
    Ok(StoreInfo {
        hash: fields.text("id")?,
        currency: fields.parsed("currency", "a currency's code", |code| {
            Currency::from_code(code).ok()
        })?,
        tax_inclusive: fields.flag_or("is_price_entered_with_tax", false)?,
        timezone: timezone.map_or(Ok(String::new()), |zone| zone.text("name"))?,
        plan: fields.text("plan_name")?,
    })
}
