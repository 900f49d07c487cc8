//! Currencies, conversion types and daily rates.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;

use crate::{
    client::{Fusion, RESOURCES},
    error::{Error, Operation},
    wire,
};

#[derive(Deserialize)]
struct CurrencyRow {
    #[serde(rename = "CurrencyCode", default, deserialize_with = "wire::loose")]
    code: String,
    #[serde(rename = "EnabledFlag", default, deserialize_with = "wire::loose")]
    enabled: String,
}

#[derive(Deserialize)]
struct ConversionTypeRow {
    #[serde(
        rename = "UserConversionType",
        default,
        deserialize_with = "wire::loose"
    )]
    name: String,
}

#[derive(Deserialize)]
struct RateRow {
    #[serde(rename = "ConversionDate", default, deserialize_with = "wire::loose")]
    date: String,
}

impl Fusion {
    /// The codes of the currencies that are enabled.
    pub async fn currencies(&self) -> Result<BTreeSet<String>, Error> {
        let path = format!("{RESOURCES}/currenciesLOV");
        let rows: Vec<CurrencyRow> = self.all(Operation::ReadCurrencies, &path, &[]).await?;
        let enabled = rows.into_iter().filter(|row| wire::is_set(&row.enabled));
        Ok(enabled.map(|row| row.code).collect())
    }

    /// The user-facing names of the conversion types.
    pub async fn conversion_types(&self) -> Result<BTreeSet<String>, Error> {
        let path = format!("{RESOURCES}/currencyConversionTypesLOV");
        let rows: Vec<ConversionTypeRow> =
            self.all(Operation::ReadConversionTypes, &path, &[]).await?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }

    /// The days, from the first to the last, on which a rate of this type is stored.
    /// Currencies are ISO 4217 codes, `kind` is the conversion type's user-facing name.
    /// A day without a rate refuses the journals of that day (EC06).
    pub async fn rate_days(
        &self,
        from: &str,
        to: &str,
        kind: &str,
        first: Date,
        last: Date,
    ) -> Result<BTreeSet<Date>, Error> {
        let path = format!("{RESOURCES}/currencyRates");
        let finder = format!(
            "CurrencyRatesFinder;fromCurrency={from},toCurrency={to},userConversionType={kind},startDate={first},endDate={last}"
        );
        let query = [("finder", finder.as_str())];
        let rows: Vec<RateRow> = self.all(Operation::ReadRates, &path, &query).await?;
        rows.into_iter()
            .map(|row| wire::date(&row.date))
            .map(|date| date.map_err(|what| Error::answer(Operation::ReadRates, what)))
            .collect()
    }
}
