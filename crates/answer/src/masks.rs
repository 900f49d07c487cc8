//! Secrets that must not come back in what others say.
//!
//! An API may repeat the token that it was sent, in an error or a report; what it says
//! goes into logs, events and health. So whoever holds a secret makes it known here
//! once, and what is read of others is masked. A registry of the process, like health:
//! where something is said, nobody knows any more what it was called with.

use std::{
    borrow::Cow,
    collections::VecDeque,
    sync::{LazyLock, Mutex, PoisonError},
};

static KNOWN: LazyLock<Mutex<VecDeque<String>>> = LazyLock::new(Mutex::default);

/// Shorter ones would be found where they are not meant.
const SHORTEST: usize = 6;
/// Tokens are renewed every hour: the oldest is forgotten.
const MOST: usize = 256;
const MASK: &str = "***";

/// Masks this text from now on, as it stands and as JSON writes it.
pub fn learn(secret: &str) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let in_json = secret.escape_default().to_string();
    for spelling in [secret, &in_json] {
        let is_new = !known.iter().any(|it| it == spelling);
        if spelling.len() >= SHORTEST && is_new {
            known.truncate(MOST - 1);
            known.push_front(spelling.to_owned());
        }
    }
}

/// The text without the secrets that are known.
pub fn mask(text: &str) -> Cow<'_, str> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = Cow::Borrowed(text);
    for secret in known.iter() {
        if text.contains(secret.as_str()) {
            text = Cow::Owned(text.replace(secret.as_str(), MASK));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learnt_is_masked_in_both_spellings() {
        learn("tok\"en-of-the-test");
        assert_eq!(
            mask("Bearer tok\"en-of-the-test is not \\\"tok\\\"en-of-the-test\\\""),
            "Bearer *** is not \\\"***\\\""
        );
        learn("a");
        assert_eq!(mask("a banana"), "a banana");
    }
}
