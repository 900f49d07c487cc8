//! Sealing anew, with the first key, what an older key sealed.

use std::ops::Range;

use secrecy::ExposeSecret;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{KeyRing, PREFIX, SealError, key_of};

/// A configuration's text whose sealed values cannot be sealed anew. Nothing of
/// it was changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RotationError {
    /// A value does not open, or cannot be sealed.
    #[error("{place} cannot be sealed anew")]
    Value {
        /// The key of the value.
        place: String,
        /// Why it cannot.
        #[source]
        source: SealError,
    },
    /// The text is not TOML.
    #[error("it is not TOML, at byte {at}: {reason}")]
    Syntax {
        /// Where, in bytes.
        at: usize,
        /// What is wrong there.
        reason: String,
    },
}

/// The same text with every value that is sealed by another key than the ring's
/// first sealed by that one, and how many there were. Nothing else changes.
pub fn rotate(text: &str, ring: &KeyRing) -> Result<(String, usize), RotationError> {
    let document = DeTable::parse(text).map_err(|error| RotationError::Syntax {
        at: error.span().unwrap_or_default().start,
        reason: error.message().to_owned(),
    })?;
    let mut found = Vec::new();
    table("", document.get_ref(), &mut found);
    // From the end, so that what is yet to be replaced stays in its place.
    found.sort_by_key(|it| std::cmp::Reverse(it.span.start));
    let (mut text, mut count) = (text.to_owned(), 0);
    for it in found {
        let failed = |source| RotationError::Value {
            place: it.place.clone(),
            source,
        };
        let id = key_of(&it.value).map_err(failed)?;
        if Some(id) == ring.first() {
            continue;
        }
        let secret = ring.open(&it.place, &it.value).map_err(failed)?;
        let sealed = ring
            .seal(&it.place, secret.expose_secret())
            .map_err(failed)?;
        text.replace_range(it.span, &format!("\"{sealed}\""));
        count += 1;
    }
    Ok((text, count))
}

/// A sealed value in the text.
struct Found {
    /// The configuration's key, such as `stores.us.token`.
    place: String,
    value: String,
    /// Where it stands, quotes included.
    span: Range<usize>,
}

fn table(place: &str, entries: &DeTable<'_>, found: &mut Vec<Found>) {
    for (key, entry) in entries {
        let key = key.get_ref();
        let place = match place {
            "" => key.to_string(),
            _ => format!("{place}.{key}"),
        };
        value(&place, entry, found);
    }
}

/// A list's entries all stand under the list's own key.
fn value(place: &str, entry: &Spanned<DeValue<'_>>, found: &mut Vec<Found>) {
    match entry.get_ref() {
        DeValue::String(text) if text.starts_with(PREFIX) => found.push(Found {
            place: place.to_owned(),
            value: text.to_string(),
            span: entry.span(),
        }),
        DeValue::Array(list) => list.iter().for_each(|it| value(place, it, found)),
        DeValue::Table(entries) => table(place, entries, found),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::SealKey;

    fn ring(keys: &[&SealKey]) -> KeyRing {
        let texts: Vec<_> = keys.iter().map(|it| it.text()).collect();
        let texts: Vec<_> = texts.iter().map(|it| it.expose_secret()).collect();
        KeyRing::parse(&texts.join(" ")).unwrap()
    }

    #[test]
    fn exactly_the_sealed_values_change() {
        let (old, new) = (SealKey::generate().unwrap(), SealKey::generate().unwrap());
        let (before, both) = (ring(&[&old]), ring(&[&new, &old]));
        let seal = |place: &str, secret: &str| before.seal(place, secret).unwrap();
        let values = [
            seal("stores.us.token", "one"),
            seal("stores.us.client_secrets", "two"),
            seal("stores.us.client_secrets", "three"),
            seal("fusion.client_secret", "four"),
        ];
        let text = format!(
            "# Ours.\r\n[stores.us]  # the first\n  token='{}'\t# a token\n\
             client_secrets = [ \"{}\",\n  # the other\n  \"{}\" ]\nhash = \"abc\"\n\n\
             fusion.x = 1\n[fusion]\nurl = \"sealed\"\nclient_secret = \"\"\"{}\"\"\"\n",
            values[0], values[1], values[2], values[3]
        )
        .replace("fusion.x = 1\n", "");
        let (rotated, count) = rotate(&text, &both).unwrap();
        assert_eq!(count, 4);
        let after = ring(&[&new]);
        let table: toml::Table = rotated.parse().unwrap();
        let open = |place: &str, value: &toml::Value| {
            let opened = after.open(place, value.as_str().unwrap()).unwrap();
            opened.expose_secret().to_owned()
        };
        let us = &table["stores"]["us"];
        assert_eq!(open("stores.us.token", &us["token"]), "one");
        let list = &us["client_secrets"];
        assert_eq!(open("stores.us.client_secrets", &list[0]), "two");
        assert_eq!(open("stores.us.client_secrets", &list[1]), "three");
        // With the values taken out, nothing but the quotes differs.
        let bare = |text: &str| {
            let words = text.split(['"', '\'']).filter(|it| !it.starts_with(PREFIX));
            words
                .filter(|it| !it.is_empty())
                .collect::<Vec<_>>()
                .join("|")
        };
        assert_eq!(bare(&rotated), bare(&text));
        assert_eq!(rotate(&rotated, &both).unwrap(), (rotated, 0));
    }

    #[test]
    fn one_value_that_does_not_open_leaves_all_as_they_are() {
        let (old, new) = (SealKey::generate().unwrap(), SealKey::generate().unwrap());
        let sealed = ring(&[&old]).seal("fusion.password", "p").unwrap();
        let text = format!("[fusion]\npassword = \"{sealed}\"\n");
        let error = rotate(&text, &ring(&[&new])).unwrap_err();
        assert!(matches!(&error, RotationError::Value { place, .. } if place == "fusion.password"));
        let moved = text.replace("password", "client_secret");
        assert!(rotate(&moved, &ring(&[&new, &old])).is_err());
        assert!(matches!(
            rotate("a = ", &ring(&[&new])),
            Err(RotationError::Syntax { .. })
        ));
    }
}
