//! How the store's things are written in the API's answers.

pub mod consignments;
pub mod line;
pub mod order;
pub mod parts;
pub mod refund;

use std::fmt::Display;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::store::amount::Styled;
use crate::store::{Amount, MoneyStyle};

/// Money as a JSON string, in the style of its order.
#[derive(Clone, Copy, Debug)]
pub struct Money(pub Amount, pub MoneyStyle);

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Styled(self.0, self.1))
    }
}

/// Money as a JSON number, written digit by digit: no float touches it.
#[derive(Clone, Copy, Debug)]
pub struct Number(pub Amount);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Styled(self.0, MoneyStyle::Trimmed).to_string();
        let raw = RawValue::from_string(text).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// A JSON string of anything that can be displayed.
#[derive(Clone, Copy, Debug)]
pub struct Text<T>(pub T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A link to a resource of its own.
#[derive(Debug, Serialize)]
pub struct Link {
    url: String,
    resource: String,
}

impl Link {
    /// A link to `resource` (a path below `/v2`) of the store.
    #[must_use]
    pub fn v2(store_hash: &str, resource: String) -> Self {
        Self {
            url: format!("https://api.bigcommerce.com/stores/{store_hash}/v2{resource}"),
            resource,
        }
    }
}

/// A V2 date: RFC 2822 in UTC, `Tue, 20 Nov 2012 00:00:00 +0000`.
#[must_use]
pub fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// A V3 date: ISO 8601 with an offset, `2018-08-15T14:49:05+00:00`.
#[must_use]
pub fn iso8601(at: Timestamp) -> String {
    let utc = at.to_zoned(TimeZone::UTC);
    utc.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}
