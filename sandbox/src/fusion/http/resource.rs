//! One item of a resource: named fields in order, written as JSON with exact
//! numbers, with links unless only data is asked for.

use rust_decimal::Decimal;
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::json;
use serde_json::value::RawValue;

/// A field's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    /// Text.
    Text(String),
    /// Integer, such as an identifier.
    Int(u64),
    /// Amount or rate: a JSON number without trailing zeros.
    Amount(Decimal),
    /// Boolean.
    Flag(bool),
    /// Nothing.
    Null,
}

impl Field {
    /// Text.
    pub(super) fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// Text, or nothing if it is absent or empty.
    pub(super) fn filled(value: Option<impl ToString>) -> Self {
        let text = value.map(|value| value.to_string());
        text.filter(|text| !text.is_empty())
            .map_or(Self::Null, Self::Text)
    }

    /// An amount, or nothing.
    pub(super) fn amount(value: Option<Decimal>) -> Self {
        value.map_or(Self::Null, Self::Amount)
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Int(number) => serializer.serialize_u64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Null => serializer.serialize_unit(),
            Self::Amount(amount) => {
                let digits = amount.normalize().to_string();
                let raw = RawValue::from_string(digits).map_err(S::Error::custom)?;
                raw.serialize(serializer)
            }
        }
    }
}

/// One item.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Collection it belongs to.
    pub resource: &'static str,
    /// Its path under the resources' base.
    pub path: String,
    /// Its fields in order.
    pub fields: Vec<(&'static str, Field)>,
    /// Names of its child collections.
    pub children: &'static [&'static str],
}

impl Item {
    /// A field's value.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, field)| field)
    }
}

/// What of items is shown.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    /// URL the items' paths are under.
    pub base: String,
    /// No links.
    pub only_data: bool,
    /// Only these fields, if any are named.
    pub fields: Option<Vec<String>>,
}

impl View {
    fn shows(&self, name: &str) -> bool {
        let named = self.fields.as_ref();
        named.is_none_or(|fields| fields.iter().any(|field| field == name))
    }
}

/// An item as it is shown.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    /// The item.
    pub item: &'a Item,
    /// What of it.
    pub view: &'a View,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let shown = self
            .item
            .fields
            .iter()
            .filter(|(name, _)| self.view.shows(name));
        for (name, field) in shown {
            map.serialize_entry(name, field)?;
        }
        if !self.view.only_data {
            map.serialize_entry("links", &self.links())?;
        }
        map.end()
    }
}

impl Shown<'_> {
    fn links(&self) -> Vec<serde_json::Value> {
        let href = format!("{}{}", self.view.base, self.item.path);
        let own = ["self", "canonical"].into_iter().map(
            |rel| json!({ "rel": rel, "href": href, "name": self.item.resource, "kind": "item" }),
        );
        let children = self.item.children.iter().map(|child| {
            let href = format!("{href}/child/{child}");
            json!({ "rel": "child", "href": href, "name": child, "kind": "collection" })
        });
        own.chain(children).collect()
    }
}
