//! Documents in the books' rows, each with a digest of itself and of where it stands.
//!
//! A journal is made of them. One that was changed behind the program's back, or put into
//! another row, is not taken for what was written.

use schemas::{BatchKey, Digest, EntityKey};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    BooksError,
    rows::{json, parse},
};

/// Digits of the digest that are kept: damage is to be noticed, not an enemy.
const DIGITS: usize = 16;

/// What a document is, and in which row it stands.
pub(super) struct Place {
    what: &'static str,
    row: String,
}

impl Place {
    /// The lifecycle of an order or refund.
    pub(super) fn of_lifecycle(of: &EntityKey) -> Place {
        Place {
            what: "an order",
            row: of.to_string(),
        }
    }

    /// The journal of its newest target.
    pub(super) fn of_journal(of: &EntityKey) -> Place {
        Place {
            what: "a journal",
            row: of.to_string(),
        }
    }

    /// A journal that a batch was sent with.
    pub(super) fn of_posting(batch: &BatchKey, journal: &str) -> Place {
        Place {
            what: "a posting",
            row: format!("{batch}/{journal}"),
        }
    }

    /// The text of a document, with its digest before it.
    pub(super) fn seal<T: Serialize>(&self, value: &T) -> Result<String, BooksError> {
        let text = json(self.what, value)?;
        Ok(self.digest(&text) + &text)
    }

    /// The document of such a text; an error if it is not as it was written.
    pub(super) fn open<T: DeserializeOwned>(&self, sealed: &str) -> Result<T, BooksError> {
        match sealed.split_at_checked(DIGITS) {
            Some((digest, text)) if digest == self.digest(text) => parse(self.what, text),
            _ => Err(BooksError::Changed {
                what: self.what,
                row: self.row.clone(),
            }),
        }
    }

    fn digest(&self, text: &str) -> String {
        let whole = Digest::of(format!("{}\n{}\n{text}", self.what, self.row).as_bytes());
        whole.to_string().chars().take(DIGITS).collect()
    }
}
