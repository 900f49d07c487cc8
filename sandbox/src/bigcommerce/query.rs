//! Query strings, read the way BigCommerce reads them.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use jiff::fmt::{rfc2822, temporal};
use rust_decimal::Decimal;

use super::answer::{Api, Refusal};
use super::page::Page;
use crate::store::Amount;

/// Most results a page may hold.
pub const MOST_PER_PAGE: u64 = 250;

/// Results on a page when nothing is said.
const DEFAULT_PER_PAGE: u64 = 50;

/// The decoded parameters of a request, in order.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Query {
    /// Decodes a raw query; a bare `+` is a space, which spoils date offsets.
    #[must_use]
    pub fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// All parameters.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// The last value of a parameter, if it is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let last = self.iter().filter(|(n, _)| *n == name).last();
        last.map(|(_, value)| value).filter(|v| !v.is_empty())
    }

    /// A parameter that must be a number of the wanted kind.
    ///
    /// # Errors
    /// 400 for V2, 422 for V3, naming the parameter.
    pub fn number<T: FromStr>(&self, api: Api, name: &str) -> Result<Option<T>, Refusal> {
        self.get(name)
            .map(|value| value.parse().map_err(|_| Refusal::field(api, name)))
            .transpose()
    }

    /// A comma-separated list of ids (`id:in=1,2,3`).
    ///
    /// # Errors
    /// As [`Query::number`].
    pub fn ids(&self, api: Api, name: &str) -> Result<Option<Vec<u32>>, Refusal> {
        let parse = |value: &str| {
            let ids = value.split(',').map(|id| id.trim().parse());
            ids.collect::<Result<Vec<u32>, _>>()
                .map_err(|_| Refusal::field(api, name))
        };
        self.get(name).map(parse).transpose()
    }

    /// A comma-separated list of words.
    #[must_use]
    pub fn words(&self, name: &str) -> Vec<&str> {
        self.get(name)
            .map(|v| v.split(',').map(str::trim).collect())
            .unwrap_or_default()
    }

    /// An amount of money.
    ///
    /// # Errors
    /// As [`Query::number`].
    pub fn amount(&self, api: Api, name: &str) -> Result<Option<Amount>, Refusal> {
        let number: Option<Decimal> = self.number(api, name)?;
        Ok(number.map(|mut value| {
            value.rescale(4);
            Amount::raw(i64::try_from(value.mantissa()).unwrap_or(i64::MAX))
        }))
    }

    /// A date filter; whatever is no date with an offset is silently ignored,
    /// so that the answer holds everything. That is the documented behaviour.
    #[must_use]
    pub fn date(&self, name: &str) -> Option<Timestamp> {
        let value = self.get(name)?;
        let iso = || temporal::DateTimeParser::new().parse_timestamp(value).ok();
        let rfc = || {
            rfc2822::DateTimeParser::new()
                .relaxed_weekday(true)
                .parse_timestamp(value)
                .ok()
        };
        rfc().or_else(iso)
    }

    /// Page and limit.
    ///
    /// # Errors
    /// 413 when the limit is too large, otherwise as [`Query::number`].
    pub fn page(&self, api: Api) -> Result<Page, Refusal> {
        let page = self.number(api, "page")?.unwrap_or(1).max(1);
        let limit = self.number(api, "limit")?.unwrap_or(DEFAULT_PER_PAGE);
        if limit > MOST_PER_PAGE {
            return Err(Refusal::new(
                api,
                413,
                format!("The limit may be at most {MOST_PER_PAGE}."),
            ));
        }
        Ok(Page {
            page,
            limit: limit.max(1),
        })
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let ahead = rest.clone();
                let hex: String = ahead.take(2).map(char::from).collect();
                match u8::from_str_radix(&hex, 16) {
                    Ok(decoded) if hex.len() == 2 => {
                        rest.nth(1);
                        decoded
                    }
                    _ => b'%',
                }
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_need_an_offset_that_survived_the_url() {
        let date = |raw: &str| Query::parse(raw).date("min_date_created");
        let expected: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        assert_eq!(
            date("min_date_created=2026-11-02T08:00:00%2B00:00"),
            Some(expected)
        );
        assert_eq!(
            date("min_date_created=Mon,%2002%20Nov%202026%2008:00:00%20%2B0000"),
            Some(expected)
        );
        assert_eq!(
            date("min_date_created=2026-11-02T08:00:00+00:00"),
            None,
            "a bare + is a space"
        );
        assert_eq!(date("min_date_created=2026-11-02"), None);
        assert_eq!(date("min_date_created=yesterday"), None);
    }

    #[test]
    fn limits_above_the_maximum_are_refused() {
        let page = |raw: &str| Query::parse(raw).page(Api::V2);
        assert_eq!(page("").unwrap().limit, 50);
        assert_eq!(page("limit=250&page=3").unwrap().page, 3);
        assert_eq!(page("limit=251").unwrap_err().status(), 413);
        assert_eq!(page("limit=many").unwrap_err().status(), 400);
    }

    #[test]
    fn lists_and_escapes_are_decoded() {
        let query = Query::parse("id%3Ain=1,2%2C3&sku=50%25+off&broken=%zz");
        assert_eq!(query.ids(Api::V3, "id:in").unwrap(), Some(vec![1, 2, 3]));
        assert_eq!(query.get("sku"), Some("50% off"));
        assert_eq!(query.get("broken"), Some("%zz"));
    }
}
