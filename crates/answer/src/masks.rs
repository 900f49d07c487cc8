//! Secrets that must not come back in what others say.
//!
//! An API may repeat the token that it was sent, in an error or a report; what it says
//! goes into logs, events and health. So whoever holds a secret makes it known here
//! once, and what is read of others is masked. A registry of the process, like health:
//! where something is said, nobody knows any more what it was called with.

use std::{
    borrow::Cow,
    collections::VecDeque,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// Shorter ones would be found where they are not meant.
const SHORTEST: usize = 6;
/// As many tokens are remembered: they are renewed every hour, and those of old are
/// worth nothing.
const TOKENS: usize = 256;
const MASK: &str = "***";

#[derive(Default)]
struct Known {
    /// Configured: never forgotten.
    secrets: Vec<String>,
    /// The newest first.
    tokens: VecDeque<String>,
}

impl Known {
    fn all(&self) -> impl Iterator<Item = &String> {
        self.secrets.iter().chain(&self.tokens)
    }

    /// What is to be learnt of a secret: as it stands and as JSON writes it.
    fn news(&self, secret: &str) -> Vec<String> {
        let in_json = secret.replace('\\', "\\\\").replace('"', "\\\"");
        let mut spellings = vec![secret.to_owned(), in_json];
        spellings.dedup();
        spellings.retain(|it| it.len() >= SHORTEST && !self.all().any(|known| known == it));
        spellings
    }
}

/// Masks this text from now on.
pub fn learn(secret: &str) {
    let mut known = known();
    let news = known.news(secret);
    known.secrets.extend(news);
}

/// Masks this text from now on, until many later ones were learnt.
pub fn learn_token(token: &str) {
    let mut known = known();
    for spelling in known.news(token) {
        known.tokens.truncate(TOKENS - 1);
        known.tokens.push_front(spelling);
    }
}

/// The text without the secrets that are known.
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for secret in known().all() {
        if text.contains(secret.as_str()) {
            text = Cow::Owned(text.replace(secret.as_str(), MASK));
        }
    }
    text
}

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn tokens_are_forgotten_before_what_is_configured() {
        learn("configured-once");
        for number in 0..2 * TOKENS {
            learn_token(&format!("token-of-hour-{number}."));
        }
        assert_eq!(mask("configured-once"), MASK);
        assert_eq!(mask("token-of-hour-0."), "token-of-hour-0.");
        assert_eq!(mask(&format!("token-of-hour-{}.", 2 * TOKENS - 1)), MASK);
    }
}
