//! JSON lists and objects, up to a limit: what is small as text can be large as values.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// The most records that a call can answer, and what we ask for.
pub const PAGE: usize = 250;
/// The most records of a page. 250 are asked for; the largest page of any resource has 1,000.
pub(crate) const MOST_ROWS: usize = 1000;
/// The most entries of a list of an order or refund: lines, shipments, fees, items.
pub(crate) const MOST_ENTRIES: usize = 10_000;
/// The most fields of an object; an order has about a hundred.
pub(crate) const MOST_FIELDS: usize = 1000;

/// What was read, or that there is more of it than that.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Bounded<T> {
    All(T),
    TooMany,
}

/// A list of at most `N` values.
pub(crate) struct List<'a, const N: usize>(pub Bounded<Vec<&'a RawValue>>);

/// An object of at most [`MOST_FIELDS`] fields.
pub(crate) struct Object<'a>(pub Bounded<BTreeMap<String, &'a RawValue>>);

impl<'de: 'a, 'a, const N: usize> Deserialize<'de> for List<'a, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values<'a, const N: usize>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a, const N: usize> Visitor<'de> for Values<'a, N> {
            type Value = List<'a, N>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while values.len() < N {
                    match seq.next_element()? {
                        Some(value) => values.push(value),
                        None => return Ok(List(Bounded::All(values))),
                    }
                }
                if seq.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(List(Bounded::All(values)));
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(List(Bounded::TooMany))
            }
        }
        deserializer.deserialize_seq(Values(PhantomData))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Members<'a> {
            type Value = Object<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while members.len() < MOST_FIELDS {
                    match map.next_entry()? {
                        Some((name, value)) => members.insert(name, value),
                        None => return Ok(Object(Bounded::All(members))),
                    };
                }
                if map.next_entry::<IgnoredAny, IgnoredAny>()?.is_none() {
                    return Ok(Object(Bounded::All(members)));
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Object(Bounded::TooMany))
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_its_limit_and_no_more() {
        fn read(text: &str) -> serde_json::Result<Bounded<Vec<&RawValue>>> {
            serde_json::from_str::<List<2>>(text).map(|it| it.0)
        }
        let count = |text: &str| match read(text).unwrap() {
            Bounded::All(values) => Some(values.len()),
            Bounded::TooMany => None,
        };
        assert_eq!(count("[]"), Some(0));
        assert_eq!(count("[1, {}]"), Some(2));
        assert_eq!(count("[1, {}, []]"), None);
        assert_eq!(count("[1, 2, 3, 4, 5]"), None);
        assert!(read("{}").is_err() && read("[1, 2, 3").is_err());
    }

    #[test]
    fn an_object_has_its_limit_and_no_more() {
        let object = |fields: usize| {
            let fields: Vec<String> = (0..fields).map(|it| format!("\"f{it}\":1")).collect();
            format!("{{{}}}", fields.join(","))
        };
        let is_all = |text: &str| {
            let object: Object = serde_json::from_str(text).unwrap();
            matches!(object.0, Bounded::All(_))
        };
        assert!(is_all(&object(MOST_FIELDS)));
        assert!(!is_all(&object(MOST_FIELDS + 1)));
        assert!(serde_json::from_str::<Object>("[]").is_err());
    }
}
