//! Reading Fusion's JSON: ids and amounts come as numbers on some resources and
//! as strings on others, and neither may pass through a float.

use std::{fmt, marker::PhantomData, str::FromStr};

use answer::masks;
use jiff::civil::Date;
use rust_decimal::Decimal;
use schemas::cut;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// The most rows of a page. Fusion returns 500 at once.
const MOST_ROWS: usize = 1000;
/// The most of a text that is kept, in characters. Names and codes have a hundred; what
/// is longer is words for a person.
const MOST_TEXT: usize = 2000;
/// As much of a wrong value is shown, in characters.
const SHOWN: usize = 40;

/// One page of a collection.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    #[serde(
        default = "Vec::new",
        deserialize_with = "rows",
        bound(deserialize = "T: Deserialize<'de>")
    )]
    pub items: Vec<T>,
    #[serde(rename = "hasMore", default)]
    pub has_more: bool,
    /// How many there are on all pages, where that was asked for and is told.
    #[serde(rename = "totalResults", default)]
    pub total: Option<usize>,
}

/// The rows of a page, up to more than a page has.
fn rows<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Rows<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Rows<T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of rows")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut rows = Vec::new();
            while let Some(row) = seq.next_element()? {
                if rows.len() >= MOST_ROWS {
                    let what = format!("a page has more than {MOST_ROWS} rows");
                    return Err(A::Error::custom(what));
                }
                rows.push(row);
            }
            Ok(rows)
        }
    }
    deserializer.deserialize_seq(Rows(PhantomData))
}

/// A literal in a `q`, in quotes that are doubled within it.
pub(crate) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// The text of a string or of a number, cut where it is long; none for null or an empty
/// string.
pub(crate) fn text(raw: &RawValue) -> Result<Option<String>, serde_json::Error> {
    Ok(whole_text(raw)?.map(|text| cut(text, MOST_TEXT)))
}

fn whole_text(raw: &RawValue) -> Result<Option<String>, serde_json::Error> {
    let raw = raw.get();
    match raw.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') => serde_json::from_str::<String>(raw)
            .map(|text| Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        _ => Ok(Some(raw.to_owned())),
    }
}

fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    match text(&raw).map_err(D::Error::custom)? {
        None => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|error| D::Error::custom(format!("`{}`: {error}", cut(text, SHOWN)))),
    }
}

/// A 64-bit id, given as a number or a string.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    optional(deserializer)?.ok_or_else(|| D::Error::custom("an id is missing"))
}

/// A flag: `Y` and `N` on some resources, a boolean on others. What is not told
/// is not forbidden.
pub(crate) fn is_set(flag: &str) -> bool {
    !matches!(flag, "N" | "n" | "false")
}

/// A day, with or without a time behind it.
pub(crate) fn date(text: &str) -> Result<Date, String> {
    let (day, _) = text.split_once('T').unwrap_or((text, ""));
    day.parse()
        .map_err(|_| format!("`{}` is not a date", cut(text.to_owned(), SHOWN)))
}

/// An amount, given as a number or a string; zero when there is none.
pub(crate) fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let exact = optional::<D, Exact>(deserializer)?;
    Ok(exact.map_or(Decimal::ZERO, |exact| exact.0))
}

/// Anything scalar as text; empty when there is none.
pub(crate) fn loose<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    optional::<D, String>(deserializer).map(Option::unwrap_or_default)
}

/// As [`loose`], of words that are repeated in events, without our secrets.
pub(crate) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    loose(deserializer).map(|text| masks::mask(&text).into_owned())
}

/// As [`loose`], and not cut: a document, or JSON in a string.
pub(crate) fn document<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    let text = raw.map_or(Ok(None), |raw| whole_text(&raw));
    Ok(text.map_err(D::Error::custom)?.unwrap_or_default())
}

struct Exact(Decimal);

impl FromStr for Exact {
    type Err = rust_decimal::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Large and round numbers may be written as 1.5E7 by Java.
        match text.contains(['e', 'E']) {
            true => Decimal::from_scientific(text).map(Exact),
            false => Decimal::from_str_exact(text).map(Exact),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Probe {
        #[serde(deserialize_with = "id")]
        id: u64,
        #[serde(default, deserialize_with = "amount")]
        sum: Decimal,
    }

    fn probe(text: &str) -> Result<Probe, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn ids_and_amounts_as_number_or_string() {
        for text in [
            r#"{"id": 300000046975971, "sum": 10.10}"#,
            r#"{"id": "300000046975971", "sum": "10.1"}"#,
        ] {
            let probe = probe(text).unwrap();
            assert_eq!(probe.id, 300_000_046_975_971);
            assert_eq!(probe.sum, "10.1".parse().unwrap());
        }
        assert_eq!(
            probe(r#"{"id": 1, "sum": null}"#).unwrap().sum,
            Decimal::ZERO
        );
        assert!(probe(r#"{"id": null}"#).is_err());
    }

    #[test]
    fn amounts_keep_every_digit() {
        // This value is not representable in binary floating point.
        let probe = probe(r#"{"id": 1, "sum": 90071992547409.93}"#).unwrap();
        assert_eq!(probe.sum.to_string(), "90071992547409.93");
    }
}
