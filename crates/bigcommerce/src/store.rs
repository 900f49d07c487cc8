//! The store itself.

use jiff::Timestamp;
use schemas::Currency;
use serde_json::value::RawValue;

use crate::{
    Client, Error,
    json::{Fields, Read},
    transport::Call,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreInfo {
    /// The hash in the API's paths.
    pub hash: String,
    pub currency: Currency,
    /// Prices are entered with tax.
    pub tax_inclusive: bool,
    /// The name of its time zone, `Europe/Berlin`.
    pub timezone: String,
    pub plan: String,
}

impl Client {
    pub async fn store(&self) -> Result<StoreInfo, Error> {
        self.record("read the store", "v2/store", info).await
    }

    /// The clock of the API, to compare ours with.
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
        let call = Call::get(operation, path, &[]);
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
