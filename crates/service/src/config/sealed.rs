//! The places of secrets in the configuration, and what is sealed there.

use config::{Map, Value, ValueKind};
use secrecy::ExposeSecret;

use super::error::ConfigError;
use crate::{
    Secret,
    seal::{self, KeyRing, KeyRingError},
    secret::Origin,
};

/// The keys that hold secrets; `*` is any name. Nothing else may be sealed, for
/// only these are never printed.
const PLACES: [&str; 8] = [
    "stream.password",
    "stores.*.token",
    "stores.*.client_secrets",
    "stores.*.header_value",
    "fusion.client_secret",
    "fusion.private_key",
    "fusion.certificate",
    "fusion.password",
];
/// What a stranger could guess at our own door, with as many tries as it takes.
const GUARDS: [&str; 2] = ["client_secrets", "header_value"];
/// The fewest characters of such a secret. How long others are, the other side decides.
const SHORTEST_GUARD: usize = 12;

/// The fewest characters that the secret of this key may have.
pub(super) fn shortest(place: &str) -> usize {
    match GUARDS.contains(&place.rsplit('.').next().unwrap_or_default()) {
        true => SHORTEST_GUARD,
        false => 1,
    }
}

/// Whether a key of the configuration, such as `stores.us.token`, is a secret.
pub fn is_secret(place: &str) -> bool {
    PLACES.iter().any(|pattern| {
        let (mut words, mut wanted) = (place.split('.'), pattern.split('.'));
        loop {
            match (words.next(), wanted.next()) {
                (None, None) => return true,
                (Some(word), Some("*")) if !word.is_empty() => {}
                (Some(word), Some(wanted)) if word == wanted => {}
                _ => return false,
            }
        }
    })
}

/// The keys that hold secrets, in words.
pub fn secret_places() -> String {
    PLACES.join(", ")
}

/// A secret of the configuration, and whether it can be had.
pub struct SecretFound {
    /// Its key, such as `stores.us.token`.
    pub place: String,
    /// Where it comes from, in words that do not tell it.
    pub origin: String,
    /// Why it cannot be had, if it cannot.
    pub fault: Option<anyhow::Error>,
    /// Whether another key than the first sealed it.
    pub is_of_older_key: bool,
}

/// Opens every sealed value, in its place. The keys are read only if there is one.
pub(super) fn open(root: &mut Value) -> Result<(), ConfigError> {
    let places = key_places(root);
    let mut ring = None;
    for (place, value) in texts(root) {
        let ValueKind::String(text) = &value.kind else {
            continue;
        };
        let parts = parts(&place, text);
        if !parts.iter().any(|it| it.starts_with(seal::PREFIX)) {
            continue;
        }
        if !is_secret(&place) {
            let secrets = secret_places();
            return Err(ConfigError::NotASecret { place, secrets });
        }
        let ring = match &mut ring {
            Some(ring) => ring,
            none => none.insert(KeyRing::read(&places).map_err(ConfigError::SealKeys)?),
        };
        let opened: Vec<String> = parts
            .into_iter()
            .map(|part| match Origin::of(part) {
                Origin::Sealed(sealed) => {
                    let secret = ring.open(&place, sealed)?;
                    Ok(format!("plain:{}", secret.expose_secret()))
                }
                _ => Ok(part.to_owned()),
            })
            .collect::<Result<_, _>>()
            .map_err(|source| ConfigError::Sealed { place, source })?;
        value.kind = match <[String; 1]>::try_from(opened) {
            Ok([one]) => ValueKind::String(one),
            Err(many) => ValueKind::from(many),
        };
    }
    Ok(())
}

/// The ring of a configuration.
pub(super) fn ring(root: &Value) -> Result<KeyRing, KeyRingError> {
    KeyRing::read(&key_places(root))
}

/// Every secret of a configuration.
pub(super) fn list(root: &mut Value, ring: &KeyRing) -> Vec<SecretFound> {
    let mut found = Vec::new();
    for (place, value) in texts(root) {
        let ValueKind::String(text) = &value.kind else {
            continue;
        };
        if is_secret(&place) {
            found.extend(
                parts(&place, text)
                    .into_iter()
                    .map(|it| look(&place, it, ring)),
            );
        }
    }
    found
}

fn look(place: &str, text: &str, ring: &KeyRing) -> SecretFound {
    let mut is_of_older_key = false;
    let (origin, fault) = match Origin::of(text) {
        Origin::InPlace(_) => ("in place".to_owned(), None),
        Origin::File(path) => {
            let fault = Secret::resolve(text).err().map(anyhow::Error::from);
            (format!("file {}", path.display()), fault)
        }
        Origin::Variable(name) => {
            let fault = Secret::resolve(text).err().map(anyhow::Error::from);
            (format!("variable {name}"), fault)
        }
        Origin::Sealed(sealed) => {
            let id = seal::key_of(sealed).ok();
            is_of_older_key = id.is_some() && id != ring.first();
            let origin = id.map_or("sealed".to_owned(), |id| format!("sealed with key {id}"));
            (
                origin,
                ring.open(place, sealed).err().map(anyhow::Error::from),
            )
        }
    };
    SecretFound {
        place: place.to_owned(),
        origin,
        fault,
        is_of_older_key,
    }
}

/// A list may come from the environment as one text with commas.
fn parts<'a>(place: &str, text: &'a str) -> Vec<&'a str> {
    match place.ends_with(".client_secrets") {
        true => text.split(',').map(str::trim).collect(),
        false => vec![text],
    }
}

fn key_places(root: &Value) -> Vec<String> {
    let seal = table(root).and_then(|root| table(root.get("seal")?));
    match seal.and_then(|seal| Some(&seal.get("keys")?.kind)) {
        Some(ValueKind::Array(list)) => list.iter().map(ToString::to_string).collect(),
        Some(ValueKind::String(text)) => text.split(',').map(|it| it.trim().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn table(value: &Value) -> Option<&Map<String, Value>> {
    match &value.kind {
        ValueKind::Table(table) => Some(table),
        _ => None,
    }
}

/// Every text, by its key; those of a list by the list's.
fn texts(root: &mut Value) -> Vec<(String, &mut Value)> {
    fn walk<'a>(place: String, value: &'a mut Value, found: &mut Vec<(String, &'a mut Value)>) {
        if matches!(value.kind, ValueKind::String(_)) {
            found.push((place, value));
            return;
        }
        match &mut value.kind {
            ValueKind::Table(table) => {
                let dot = if place.is_empty() { "" } else { "." };
                for (key, value) in table {
                    walk(format!("{place}{dot}{key}"), value, found);
                }
            }
            ValueKind::Array(list) => {
                for value in list {
                    walk(place.clone(), value, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(String::new(), root, &mut found);
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Config, SignIn},
        seal::SealKey,
    };

    /// A folder with a key file; the configuration's section that names it; the ring.
    fn keyed() -> (tempfile::TempDir, String, KeyRing) {
        let key = SealKey::generate().unwrap().text();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, key.expose_secret()).unwrap();
        let section = format!("[seal]\nkeys = [\"file:{}\"]\n", path.display());
        let ring = KeyRing::parse(key.expose_secret()).unwrap();
        (folder, section, ring)
    }

    const FUSION: &str =
        "[fusion]\nurl = \"https://pod.example.com\"\nsign_in = \"basic\"\nuser = \"u\"\n";

    fn message(error: &dyn std::error::Error) -> String {
        schemas::causes(error).to_string()
    }

    #[test]
    fn sealed_values_are_opened_in_their_places() {
        let (_folder, section, ring) = keyed();
        let seal = |place: &str, secret: &str| ring.seal(place, secret).unwrap();
        // What looks like a reference is not one when it was sealed.
        let password = seal("fusion.password", "file:/not/a/file");
        let one = seal("stores.us.client_secrets", "the-first-one");
        let text = format!(
            "{section}{FUSION}password = \"{password}\"\n[stores.us]\nhash = \"h\"\ntoken = \"t\"\nclient_secrets = [\"{one}\", \"the-other-one\"]\nheader_value = \"twelve-or-more\"\n\
             [stores.eu]\nhash = \"h\"\ntoken = \"t\"\nclient_secrets = \"{}, the-other-one\"\nheader_value = \"twelve-or-more\"\n",
            seal("stores.eu.client_secrets", "the-first-one"),
        );
        let config = Config::from_toml(&text).unwrap();
        let SignIn::Basic { password, .. } = &config.fusion.sign_in else {
            panic!("{:?}", config.fusion.sign_in);
        };
        assert_eq!(password.expose(), "file:/not/a/file");
        for store in config.stores.values() {
            let secrets: Vec<_> = store.client_secrets.iter().map(Secret::expose).collect();
            assert_eq!(secrets, ["the-first-one", "the-other-one"]);
        }
    }

    #[test]
    fn what_cannot_be_opened_is_named_and_not_shown() {
        let (_folder, section, ring) = keyed();
        let sealed = ring.seal("fusion.password", "s3cret").unwrap();
        let moved = format!("{section}{FUSION}password = \"p\"\n[stream]\npassword = \"{sealed}\"");
        let told = message(&Config::from_toml(&moved).unwrap_err());
        assert!(
            told.contains("`stream.password`") && told.contains("Seal the secret anew"),
            "{told}"
        );
        let no_key = format!("{FUSION}password = \"{sealed}\"");
        let told = message(&Config::from_toml(&no_key).unwrap_err());
        assert!(
            told.contains("`fusion.password`") && told.contains("seal.keys"),
            "{told}"
        );
        let no_secret = format!("{section}{FUSION}password = \"p\"\ntimeout = \"{sealed}\"");
        let told = message(&Config::from_toml(&no_secret).unwrap_err());
        assert!(
            told.contains("`fusion.timeout`") && told.contains("not a secret"),
            "{told}"
        );
        let lost = format!("[seal]\nkeys = \"file:/nowhere/key\"\n{FUSION}password = \"{sealed}\"");
        let told = message(&Config::from_toml(&lost).unwrap_err());
        assert!(
            told.contains("/nowhere/key") && !told.contains(&sealed),
            "{told}"
        );
    }

    #[test]
    fn the_secrets_are_exactly_the_keys_that_are_never_printed() {
        assert!(is_secret("stores.us.token"));
        assert!(!is_secret("stores.token") && !is_secret("stores.us.token.x"));
        // A file that is not there is named only where a secret is wanted.
        let all = [
            "stream.password",
            "stream.user",
            "fusion.password",
            "fusion.user",
            "fusion.url",
            "fusion.client_id",
            "fusion.client_secret",
            "fusion.private_key",
            "fusion.certificate",
            "fusion.scope",
            "fusion.document_account",
            "stores.us.hash",
            "stores.us.token",
            "stores.us.client_secrets",
            "stores.us.header_name",
            "stores.us.header_value",
            "rules",
        ];
        for place in all {
            let (section, key) = place.rsplit_once('.').unwrap_or(("", place));
            let section = if section.is_empty() {
                String::new()
            } else {
                format!("[{section}]\n")
            };
            let text = format!("{section}{key} = \"file:/nowhere\"\n");
            let told = Config::from_toml(&text)
                .err()
                .map(|it| message(&it))
                .unwrap_or_default();
            assert_eq!(
                is_secret(place),
                told.contains("secret's file"),
                "{place}: {told}"
            );
        }
    }
}
