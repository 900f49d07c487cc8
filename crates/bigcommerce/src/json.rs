//! Reading a JSON record field by field, so that what is wrong has a name.
//!
//! BigCommerce writes money as strings or numbers, ids as numbers or strings,
//! and "nothing" as null, `""` or no field at all. The text of each value is
//! kept as it came, and read only by what is expected of it.

use std::collections::BTreeMap;

use jiff::{Timestamp, fmt::rfc2822};
use rust_decimal::Decimal;
use schemas::{Amount, Digest, Taxed};
use serde_json::value::RawValue;

use crate::{
    Malformed,
    bounds::{Bounded, List, MOST_ENTRIES, Object},
};

/// The most of a wrong value that an error shows, in characters.
const SHOWN: usize = 40;

pub(crate) type Read<T> = Result<T, Malformed>;

/// A JSON object and where it stands in its record.
pub(crate) struct Fields<'a> {
    path: String,
    members: BTreeMap<String, &'a RawValue>,
}

impl<'a> Fields<'a> {
    /// The record itself.
    pub(crate) fn record(raw: &'a RawValue) -> Read<Self> {
        Self::at(String::new(), raw)
    }

    fn at(path: String, raw: &'a RawValue) -> Read<Self> {
        match serde_json::from_str(raw.get()) {
            Ok(Object(Bounded::All(members))) => Ok(Fields { path, members }),
            Ok(Object(Bounded::TooMany)) => Err(Malformed::too_large(
                path,
                "an object of at most 1000 fields",
                "larger",
            )),
            Err(_) => Err(malformed(path, "an object", raw, false)),
        }
    }

    fn path_to(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// The field's value, unless it is absent or null.
    fn value(&self, name: &str) -> Option<&'a RawValue> {
        self.members
            .get(name)
            .copied()
            .filter(|raw| raw.get() != "null")
    }

    fn missing(&self, name: &str, expected: &'static str) -> Malformed {
        Malformed {
            field: self.path_to(name),
            expected,
            found: match self.members.get(name) {
                Some(_) => "null".to_owned(),
                None => "missing".to_owned(),
            },
            ..Malformed::default()
        }
    }

    fn required<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Read<T> {
        self.optional(name, expected, read)?
            .ok_or_else(|| self.missing(name, expected))
    }

    fn optional<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        let Some(raw) = self.value(name) else {
            return Ok(None);
        };
        let found = scalar(raw).and_then(|text| read(&text));
        found
            .map(Some)
            .ok_or_else(|| malformed(self.path_to(name), expected, raw, true))
    }

    /// A whole number of zero or more.
    pub(crate) fn count(&self, name: &str) -> Read<u64> {
        self.required(name, "a whole number", |text| text.parse().ok())
    }

    /// As [`Self::count`], but it may be absent, null or empty.
    pub(crate) fn count_or_none(&self, name: &str) -> Read<Option<u64>> {
        let count = self.optional(name, "a whole number", |text| match text {
            "" => Some(None),
            _ => text.parse().ok().map(Some),
        })?;
        Ok(count.flatten())
    }

    pub(crate) fn amount(&self, name: &str) -> Read<Amount> {
        self.required(name, "an amount", amount)
    }

    /// As [`Self::amount`], but it may be absent or null, not empty.
    pub(crate) fn amount_or_none(&self, name: &str) -> Read<Option<Amount>> {
        self.optional(name, "an amount", amount)
    }

    /// The amount, or zero where the store has no such field.
    pub(crate) fn amount_or_zero(&self, name: &str) -> Read<Amount> {
        Ok(self.amount_or_none(name)?.unwrap_or_default())
    }

    /// Three columns: `<name>_ex_tax`, `<name>_inc_tax` and `<name>_tax`, as a
    /// whole: a record either has them all or none (then they are zero).
    pub(crate) fn taxed(&self, name: &str) -> Read<Taxed> {
        let [ex_tax, inc_tax, tax] = ["ex_tax", "inc_tax", "tax"].map(|c| format!("{name}_{c}"));
        if [&ex_tax, &inc_tax, &tax]
            .iter()
            .all(|c| self.value(c).is_none())
        {
            return Ok(Taxed::default());
        }
        self.columns(&ex_tax, &inc_tax, &tax)
    }

    /// As [`Self::taxed`], where the three columns must be there.
    pub(crate) fn taxed_required(&self, name: &str) -> Read<Taxed> {
        let [ex_tax, inc_tax, tax] = ["ex_tax", "inc_tax", "tax"].map(|c| format!("{name}_{c}"));
        self.columns(&ex_tax, &inc_tax, &tax)
    }

    fn columns(&self, ex_tax: &str, inc_tax: &str, tax: &str) -> Read<Taxed> {
        Ok(Taxed {
            ex_tax: self.amount(ex_tax)?,
            inc_tax: self.amount(inc_tax)?,
            tax: self.amount(tax)?,
        })
    }

    /// A text, a number's digits, or nothing: then it is empty.
    pub(crate) fn text(&self, name: &str) -> Read<String> {
        Ok(self
            .optional(name, "a text", |text| Some(text.to_owned()))?
            .unwrap_or_default())
    }

    /// As [`Self::text`], but an empty object is nothing, too: the documentation's own
    /// examples have it in places that are texts by the specification.
    pub(crate) fn text_or_braces(&self, name: &str) -> Read<String> {
        let value = self.value(name);
        let is_empty = |raw: &RawValue| {
            let object = serde_json::from_str::<BTreeMap<String, &RawValue>>(raw.get());
            object.is_ok_and(|members| members.is_empty())
        };
        match value.is_some_and(is_empty) {
            true => Ok(String::new()),
            false => self.text(name),
        }
    }

    pub(crate) fn flag_or(&self, name: &str, default: bool) -> Read<bool> {
        let flag = self.optional(name, "true or false", |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" | "" => Some(false),
            _ => None,
        })?;
        Ok(flag.unwrap_or(default))
    }

    pub(crate) fn flag(&self, name: &str) -> Read<bool> {
        self.required(name, "true or false", |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    /// A date of V2 (RFC 2822) or V3 (RFC 3339).
    pub(crate) fn time(&self, name: &str) -> Read<Timestamp> {
        self.required(name, "a date", time)
    }

    pub(crate) fn time_or_none(&self, name: &str) -> Read<Option<Timestamp>> {
        let time = self.optional(name, "a date", |text| match text {
            "" => Some(None),
            _ => time(text).map(Some),
        })?;
        Ok(time.flatten())
    }

    /// Any value that a function of the caller reads.
    pub(crate) fn parsed<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Read<T> {
        self.required(name, expected, read)
    }

    pub(crate) fn object_or_none(&self, name: &str) -> Read<Option<Fields<'a>>> {
        match self.value(name) {
            None => Ok(None),
            Some(raw) => Fields::at(self.path_to(name), raw).map(Some),
        }
    }

    /// The objects of a list; a list that is absent or null is empty.
    pub(crate) fn objects(&self, name: &str) -> Read<Vec<Fields<'a>>> {
        let path = self.path_to(name);
        self.list(name)?
            .into_iter()
            .enumerate()
            .map(|(index, raw)| Fields::at(format!("{path}[{index}]"), raw))
            .collect()
    }

    /// Whole numbers; a list that is absent or null is empty.
    pub(crate) fn counts(&self, name: &str) -> Read<Vec<u64>> {
        let path = self.path_to(name);
        self.list(name)?
            .into_iter()
            .enumerate()
            .map(|(index, raw)| {
                let number = scalar(raw).and_then(|text| text.parse().ok());
                number.ok_or_else(|| {
                    malformed(format!("{path}[{index}]"), "a whole number", raw, true)
                })
            })
            .collect()
    }

    fn list(&self, name: &str) -> Read<Vec<&'a RawValue>> {
        let Some(raw) = self.value(name) else {
            return Ok(Vec::new());
        };
        match serde_json::from_str(raw.get()) {
            Ok(List::<MOST_ENTRIES>(Bounded::All(values))) => Ok(values),
            Ok(List(Bounded::TooMany)) => Err(too_many(self.path_to(name))),
            Err(_) => Err(malformed(self.path_to(name), "a list", raw, false)),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The field is a list, which tells the two shapes of consignments apart.
    pub(crate) fn is_list(&self, name: &str) -> bool {
        self.value(name)
            .is_some_and(|raw| raw.get().starts_with('['))
    }
}

/// For a list of more than [`MOST_ENTRIES`].
pub(crate) fn too_many(field: impl Into<String>) -> Malformed {
    Malformed::too_large(field, "a list of at most 10000 entries", "longer")
}

/// The SHA-256 of a record as it stood in the answer.
pub(crate) fn digest(raw: &RawValue) -> Digest {
    Digest::of(raw.get().as_bytes())
}

/// The value of a string, or the literal of a number or boolean.
fn scalar(raw: &RawValue) -> Option<String> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok(),
        b'{' | b'[' => None,
        _ => Some(text.to_owned()),
    }
}

/// The digits as they came: a JSON number is read from its text like a string.
fn amount(text: &str) -> Option<Amount> {
    let text = text.trim();
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok().map(Amount::from);
    }
    text.parse().ok()
}

/// A date of V2 (RFC 2822) or V3 (RFC 3339).
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    match rfc2822::parse(text) {
        Ok(zoned) => Some(zoned.timestamp()),
        Err(_) => text.parse().ok(),
    }
}

fn malformed(field: String, expected: &'static str, raw: &RawValue, show: bool) -> Malformed {
    let text = raw.get();
    let found = match text.as_bytes().first() {
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "a list".to_owned(),
        Some(b'"') if !show => "a text".to_owned(),
        _ => format!("`{}`", text.chars().take(SHOWN).collect::<String>()),
    };
    Malformed {
        field,
        expected,
        found,
        ..Malformed::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(json: &str, read: impl FnOnce(&Fields) -> T) -> T {
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        read(&Fields::record(&raw).unwrap())
    }

    #[test]
    fn money_is_read_digit_by_digit_from_strings_and_numbers() {
        let json = r#"{"a":"62.6793","b":8,"c":"8","d":0.1,"e":12345678901234567.89,"f":-1.5e2}"#;
        with(json, |fields| {
            let text = |name| fields.amount(name).unwrap().to_string();
            assert_eq!(
                ["a", "b", "c", "d", "e", "f"].map(text),
                ["62.6793", "8", "8", "0.1", "12345678901234567.89", "-150"]
            );
        });
    }

    #[test]
    fn what_is_wrong_is_named_with_its_path() {
        let json = r#"{"list":[{"total":"12,50"},{}],"who":{"x":1}}"#;
        with(json, |fields| {
            let list = fields.objects("list").unwrap();
            let error = list[0].amount("total").unwrap_err();
            assert_eq!(error.field, "list[0].total");
            assert_eq!(error.found, "`\"12,50\"`");
            let error = list[1].amount("total").unwrap_err();
            assert_eq!(
                (error.field.as_str(), error.found.as_str()),
                ("list[1].total", "missing")
            );
            assert_eq!(fields.amount("who").unwrap_err().found, "an object");
        });
    }

    #[test]
    fn a_text_where_an_object_belongs_is_not_shown() {
        with(r#"{"billing_address":"12 Elm Street"}"#, |fields| {
            let error = fields.object_or_none("billing_address").err().unwrap();
            assert_eq!(error.found, "a text");
        });
    }

    #[test]
    fn dates_of_both_apis() {
        let json = r#"{"v2":"Tue, 20 Nov 2012 00:00:00 +0000","v3":"2012-11-20T01:00:00+01:00","none":"","bad":"yesterday"}"#;
        with(json, |fields| {
            let day: Timestamp = "2012-11-20T00:00:00Z".parse().unwrap();
            assert_eq!(fields.time("v2").unwrap(), day);
            assert_eq!(fields.time("v3").unwrap(), day);
            assert_eq!(fields.time_or_none("none").unwrap(), None);
            assert!(fields.time("none").is_err());
            assert!(fields.time_or_none("bad").is_err());
        });
    }

    #[test]
    fn columns_come_together_or_not_at_all() {
        with(r#"{"cost_ex_tax":"1","cost_tax":"0"}"#, |fields| {
            assert_eq!(fields.taxed("cost").unwrap_err().field, "cost_inc_tax");
            assert_eq!(fields.taxed("fee").unwrap(), Taxed::default());
        });
    }
}
