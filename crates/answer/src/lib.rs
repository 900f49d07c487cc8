//! One way to read an HTTP answer: up to a limit of bytes, as they are once they are
//! unpacked, and up to a limit of time.
//!
//! Whoever answers decides how much and how slowly. A gzip answer of two megabytes can
//! unpack to gigabytes, and an error page need not end. So an answer is read piece by
//! piece, and what exceeds its limit is never held.
#![cfg_attr(
    not(test),
    warn(
        missing_docs,
        unreachable_pub,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::float_arithmetic,
        clippy::get_unwrap,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

pub mod masks;

use std::time::Duration;

use reqwest::Response;
use tokio::time::{Instant, timeout_at};

/// How much of an answer is read, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// After unpacking.
    pub bytes: usize,
    /// From the answer's head to its last byte.
    pub time: Duration,
}

impl Limit {
    /// For the words of a refusal, of which a person reads the beginning.
    pub const REFUSAL: Limit = Limit::new(16 << 10, Duration::from_secs(10));

    /// So many bytes, within this time.
    pub const fn new(bytes: usize, time: Duration) -> Limit {
        Limit { bytes, time }
    }
}

/// An answer of which the head came, and not all of the rest.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is more of it.
    #[error("it is larger than the {limit} bytes that are read of it")]
    TooLarge {
        /// Bytes after unpacking.
        limit: usize,
    },
    /// Its last byte had not come by then.
    #[error("it was not complete after {} seconds", limit.as_secs())]
    TooSlow {
        /// From its head on.
        limit: Duration,
    },
    /// The connection ended, or what came cannot be unpacked.
    #[error("it broke off")]
    BrokenOff(#[source] reqwest::Error),
}

impl ReadError {
    /// Whether it would be as large when it is asked for again.
    pub fn is_too_large(&self) -> bool {
        matches!(self, ReadError::TooLarge { .. })
    }
}

/// The whole body of an answer.
pub async fn read(response: Response, limit: Limit) -> Result<Vec<u8>, ReadError> {
    let mut body = Vec::new();
    fill(&mut body, response, limit).await?;
    Ok(body)
}

/// The beginning of a body, as far as it came and is within the limit: for a refusal,
/// which stands whatever its words.
pub async fn beginning(response: Response, limit: Limit) -> Vec<u8> {
    let mut body = Vec::new();
    // What ends it is of no interest: the refusal is known without.
    let _ = fill(&mut body, response, limit).await;
    body
}

/// Holds no more than the limit and one piece.
async fn fill(body: &mut Vec<u8>, mut response: Response, limit: Limit) -> Result<(), ReadError> {
    let until = Instant::now() + limit.time;
    loop {
        let piece = timeout_at(until, response.chunk()).await;
        let piece = piece.map_err(|_| ReadError::TooSlow { limit: limit.time })?;
        // The URL has a query, which may be long.
        let piece = piece.map_err(|error| ReadError::BrokenOff(error.without_url()))?;
        let Some(piece) = piece else {
            return Ok(());
        };
        let room = limit.bytes - body.len();
        if piece.len() > room {
            body.extend_from_slice(piece.get(..room).unwrap_or_default());
            return Err(ReadError::TooLarge { limit: limit.bytes });
        }
        body.extend_from_slice(&piece);
    }
}
