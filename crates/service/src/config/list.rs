//! Lists, as files and the environment write them.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

/// A list, or one text with commas, as it comes from the environment.
pub(super) fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        Many(Vec<String>),
        One(String),
    }
    let texts = match OneOrMany::deserialize(deserializer)? {
        OneOrMany::Many(texts) => texts,
        OneOrMany::One(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
    };
    let parse = |text: String| {
        let value = serde::de::value::StringDeserializer::<serde::de::value::Error>::new(text);
        T::deserialize(value).map_err(serde::de::Error::custom)
    };
    texts.into_iter().map(parse).collect()
}
