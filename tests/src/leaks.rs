//! Looking for secrets where none may be.

use std::{collections::BTreeMap, fs, path::Path};

use aho_corasick::AhoCorasick;
use anyhow::{Context, Result};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// Shorter forms are found by chance.
const SHORTEST: usize = 8;

/// Secrets, in every form in which they might be written.
#[derive(Debug, Default)]
pub struct Secrets {
    /// Form and what it is a form of.
    forms: BTreeMap<Vec<u8>, String>,
}

impl Secrets {
    /// Adds a secret that is called `name`. One of several lines is looked for
    /// line by line, however it is broken where it is written.
    pub fn add(&mut self, name: &str, secret: &str) {
        for line in secret.lines().filter(|it| !it.starts_with("-----")) {
            for (form, text) in forms(line) {
                if text.len() >= SHORTEST {
                    let called = || format!("{name}, {form}");
                    self.forms.entry(text.into()).or_insert_with(called);
                }
            }
        }
    }

    /// Which secrets stand in a text, and what is before each.
    pub fn found_in(&self, place: &str, text: &[u8]) -> Vec<String> {
        let search = AhoCorasick::new(self.forms.keys()).expect("a few hundred short forms");
        let mut found = BTreeMap::new();
        for hit in search.find_overlapping_iter(text) {
            let (at, name) = (
                hit.start(),
                self.forms.values().nth(hit.pattern().as_usize()),
            );
            let before = String::from_utf8_lossy(&text[at.saturating_sub(120)..at]);
            let name = name.map_or("", String::as_str);
            // The first place is enough.
            found
                .entry(name)
                .or_insert_with(|| format!("{place} holds {name}, after: {before}"));
        }
        found.into_values().collect()
    }

    /// The same for every file below a folder, except those named.
    pub fn found_below(&self, folder: &Path, except: &[&str]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if except.contains(&&*name) {
                continue;
            }
            if path.is_dir() {
                found.extend(self.found_below(&path, except)?);
            } else if path.is_file() {
                // A socket holds nothing.
                found.extend(self.found_in(&path.display().to_string(), &fs::read(&path)?));
            }
        }
        Ok(found)
    }
}

fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let bytes = secret.as_bytes();
    let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        ("as it is", secret.to_owned()),
        ("in hexadecimal", hexadecimal),
        ("in a URL", in_url(secret, |byte| format!("%{byte:02X}"))),
        ("in a URL", in_url(secret, |byte| format!("%{byte:02x}"))),
        ("as a list of bytes", format!("{bytes:?}")),
    ];
    for shift in 0..3 {
        forms.push(("in base64", in_base64(&STANDARD_NO_PAD, shift, bytes)));
        forms.push(("in base64url", in_base64(&URL_SAFE_NO_PAD, shift, bytes)));
    }
    forms
}

fn in_url(secret: &str, escape: fn(u8) -> String) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => escape(byte),
    };
    secret.bytes().map(encode).collect()
}

/// The part that is the same whatever stands around the secret, when so many
/// bytes stand before it.
fn in_base64(engine: &impl Engine, shift: usize, bytes: &[u8]) -> String {
    let text = engine.encode([&vec![0; shift], bytes].concat());
    let from = [0, 2, 3][shift];
    let to = match (shift + bytes.len()) % 3 {
        0 => text.len(),
        _ => text.len() - 1,
    };
    text.get(from..to).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_secret_is_found_in_every_form() {
        let mut secrets = Secrets::default();
        secrets.add("it", "s3cret/of+ours!");
        let found = |text: &str| !secrets.found_in("here", text.as_bytes()).is_empty();
        assert!(found("token=s3cret/of+ours!;"));
        assert!(found("token=s3cret%2Fof%2Bours%21&"));
        for user in ["", "u", "us", "use", "user"] {
            let header = STANDARD.encode(format!("{user}s3cret/of+ours!{user}"));
            assert!(found(&format!("Basic {header}")), "{user}: {header}");
        }
        assert!(!found("token=s3cret"));
    }

    #[test]
    fn a_key_is_found_by_any_of_its_lines() {
        let mut secrets = Secrets::default();
        secrets.add(
            "it",
            "-----BEGIN KEY-----\nabcdefghijkl\nmnopqrstuvwx\n-----END KEY-----",
        );
        assert!(!secrets.found_in("here", b"..mnopqrstuvwx..").is_empty());
        assert!(secrets.found_in("here", b"-----BEGIN KEY-----").is_empty());
    }
}
