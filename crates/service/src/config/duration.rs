//! Durations as people write them: `500ms`, `60s`, `5m`.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, de::Error};

pub(super) fn parse<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let hint = |_| {
        D::Error::custom(format!(
            "`{text}` is not a duration: write `500ms`, `60s`, `5m` or `1h`"
        ))
    };
    let signed: SignedDuration = text.parse().map_err(hint)?;
    Duration::try_from(signed)
        .map_err(|_| D::Error::custom(format!("`{text}` is a negative duration")))
}
