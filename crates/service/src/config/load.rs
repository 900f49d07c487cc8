//! Reading the configuration: the file, then the environment over it.

use std::path::Path;

use super::{Carrier, Config, ConfigError, SecretFound, sealed};
use crate::seal::KeyRing;

impl Config {
    /// Reads `file` and the variables that begin with `COUNTERFOIL__`.
    pub fn load(file: &Path) -> Result<Config, ConfigError> {
        Config::from_values(values(file)?)
    }

    /// Reads a configuration given as TOML text, and the environment over it.
    pub fn from_toml(text: &str) -> Result<Config, ConfigError> {
        let text = config::File::from_str(text, config::FileFormat::Toml);
        Config::from_values(with_environment(text)?)
    }

    /// The keys that secrets of this file are sealed with, and every secret, found
    /// in the file or the environment over it.
    pub fn secrets(file: &Path) -> Result<(KeyRing, Vec<SecretFound>), ConfigError> {
        let mut values = values(file)?;
        let ring = sealed::ring(&values.cache).map_err(ConfigError::SealKeys)?;
        let found = sealed::list(&mut values.cache, &ring);
        Ok((ring, found))
    }

    /// The keys that secrets of this file are sealed with; those of the environment
    /// alone if there is no such file yet.
    pub fn seal_keys(file: &Path) -> Result<KeyRing, ConfigError> {
        let values = match values(file) {
            Err(ConfigError::Missing(_)) => {
                with_environment(config::File::from_str("", config::FileFormat::Toml))
            }
            read => read,
        }?;
        sealed::ring(&values.cache).map_err(ConfigError::SealKeys)
    }

    fn from_values(mut values: config::Config) -> Result<Config, ConfigError> {
        sealed::open(&mut values.cache)?;
        let config: Config =
            serde_path_to_error::deserialize(values).map_err(|error| ConfigError::Key {
                path: error.path().to_string(),
                source: error.into_inner(),
            })?;
        config.check()?;
        Ok(config)
    }

    /// What no single key can be blamed for.
    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |text: String| Err(ConfigError::Contradiction(text));
        self.check_secrets()?;
        for (key, store) in &self.stores {
            if store.require_signature && store.client_secrets.is_empty() {
                return wrong(format!(
                    "stores.{key} requires signed webhooks but has no client_secrets: give the API account's client secret, or set require_signature = false"
                ));
            }
            if store.require_header && store.header_value.is_none() {
                return wrong(format!(
                    "stores.{key} requires the webhook header but has no header_value: give one, or set require_header = false"
                ));
            }
            if !store.require_header && !store.require_signature {
                return wrong(format!(
                    "stores.{key} would take webhooks from anybody: require the signature, the header, or both"
                ));
            }
            if store.quota_left_percent > 90 {
                return wrong(format!(
                    "stores.{key}.quota_left_percent is {}: at most 90, or nothing is left for us",
                    store.quota_left_percent
                ));
            }
        }
        if self.stream.carrier == Carrier::Jetstream && self.stream.urls.is_empty() {
            return wrong("stream.urls is empty: name at least one NATS server".to_owned());
        }
        // They would stand in every message about the connection.
        let addresses = self.stream.urls.iter().chain(&self.stream.monitor_url);
        if addresses.into_iter().any(|url| url.contains('@')) {
            return wrong("stream.urls or stream.monitor_url has credentials in it: give them as stream.user and stream.password".to_owned());
        }
        if self.poster.batch_size == 0 {
            return wrong("poster.batch_size is 0: a batch needs at least one journal".to_owned());
        }
        if self.poster.summary_size == 0 {
            return wrong(
                "poster.summary_size is 0: a summary needs at least one journal".to_owned(),
            );
        }
        Ok(())
    }
}

impl Config {
    /// Whoever knows that a secret is empty, or guesses it, is let in by it.
    fn check_secrets(&self) -> Result<(), ConfigError> {
        let mut secrets = Vec::new();
        for (key, store) in &self.stores {
            secrets.push((format!("stores.{key}.token"), &store.token));
            let place = format!("stores.{key}.client_secrets");
            secrets.extend(store.client_secrets.iter().map(|it| (place.clone(), it)));
            let header = store.header_value.iter();
            secrets.extend(header.map(|it| (format!("stores.{key}.header_value"), it)));
        }
        let broker = self.stream.password.iter();
        secrets.extend(broker.map(|it| ("stream.password".to_owned(), it)));
        let fusion = self.fusion.sign_in.secrets();
        secrets.extend(fusion.map(|(key, it)| (format!("fusion.{key}"), it)));
        for (place, secret) in secrets {
            let length = secret.expose().trim().chars().count();
            let least = sealed::shortest(&place);
            if length < least {
                return Err(ConfigError::ShortSecret {
                    place,
                    length,
                    least,
                });
            }
        }
        Ok(())
    }
}

/// A file's values, and the environment over them.
fn values(file: &Path) -> Result<config::Config, ConfigError> {
    if !file.is_file() {
        return Err(ConfigError::Missing(file.to_owned()));
    }
    check_syntax(file)?;
    with_environment(config::File::from(file).format(config::FileFormat::Toml))
}

fn with_environment<S>(source: S) -> Result<config::Config, ConfigError>
where
    S: config::Source + Send + Sync + 'static,
{
    let environment = config::Environment::with_prefix("COUNTERFOIL")
        .prefix_separator("__")
        .separator("__");
    config::Config::builder()
        .add_source(source)
        .add_source(environment)
        .build()
        .map_err(ConfigError::Read)
}

/// Finds errors of syntax before the reader does: its own message repeats the
/// line, which may hold a secret.
fn check_syntax(file: &Path) -> Result<(), ConfigError> {
    // What cannot be read at all, the reader says better.
    let Ok(text) = std::fs::read_to_string(file) else {
        return Ok(());
    };
    let Err(error) = toml::de::DeTable::parse(&text) else {
        return Ok(());
    };
    let before = text.get(..error.span().unwrap_or_default().start);
    let last_line = before.unwrap_or_default().rsplit('\n').next();
    Err(ConfigError::Syntax {
        file: file.to_owned(),
        line: before.unwrap_or_default().matches('\n').count() + 1,
        column: last_line.unwrap_or_default().chars().count() + 1,
        reason: error.message().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"
        [fusion]
        url = "https://pod.example.com"
        token_url = "https://id.example.com/oauth2/v1/token"
        client_id = "counterfoil"
        client_secret = "s3cret"
        scope = "urn:opc:resource:consumer::all"
    "#;

    fn with(text: &str) -> Result<Config, ConfigError> {
        Config::from_toml(&format!("{MINIMAL}\n{text}"))
    }

    fn message(error: &dyn std::error::Error) -> String {
        schemas::causes(error).to_string()
    }

    #[test]
    fn the_smallest_configuration_has_safe_defaults() {
        let config = with("").unwrap();
        assert_eq!(config.stream.carrier, Carrier::Embedded);
        assert!(config.stream.require_sync_always);
        assert!(config.ingest.listen.ip().is_loopback());
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = with("[ingest]\nlistn = \"127.0.0.1:1\"").unwrap_err();
        assert!(message(&error).contains("listn"), "{}", message(&error));
    }

    #[test]
    fn a_bad_value_is_named_by_its_key() {
        let error = with("[poster]\nbatch_age = \"soon\"").unwrap_err();
        let text = message(&error);
        assert!(
            text.contains("poster.batch_age") && text.contains("soon"),
            "{text}"
        );
    }

    #[test]
    fn a_store_that_trusts_anybody_is_refused() {
        let store = "[stores.us]\nhash = \"abc\"\ntoken = \"t\"\nrequire_signature = false\nrequire_header = false";
        assert!(message(&with(store).unwrap_err()).contains("anybody"));
        let unsigned = "[stores.us]\nhash = \"abc\"\ntoken = \"t\"";
        assert!(message(&with(unsigned).unwrap_err()).contains("client_secrets"));
    }

    #[test]
    fn lists_may_be_one_text_with_commas() {
        let store = "[stores.us]\nhash = \"abc\"\ntoken = \"t\"\nclient_secrets = \"secret-of-old, secret-of-new\"\nheader_value = \"twelve-or-more\"";
        let config = with(store).unwrap();
        let secrets = &config.stores[&"us".parse().unwrap()].client_secrets;
        assert_eq!(
            secrets
                .iter()
                .map(crate::Secret::expose)
                .collect::<Vec<_>>(),
            ["secret-of-old", "secret-of-new"]
        );
    }

    #[test]
    fn credentials_in_the_brokers_address_are_refused_and_not_repeated() {
        let error = with("[stream]\nurls = \"nats://me:s3cr3t@nats:4222\"").unwrap_err();
        let text = message(&error);
        assert!(
            text.contains("stream.password") && !text.contains("s3cr3t"),
            "{text}"
        );
    }

    #[test]
    fn an_empty_or_short_secret_is_refused_by_its_key() {
        let store = |secrets: &str, header: &str, token: &str| {
            with(&format!(
                "[stores.us]\nhash = \"abc\"\ntoken = {token:?}\nclient_secrets = [{secrets}]\nheader_value = {header:?}"
            ))
        };
        let good = "\"twelve-or-more\"";
        assert!(store(good, "twelve-or-more", "t").is_ok());
        for (refused, key, least) in [
            (store("\"\"", "twelve-or-more", "t"), "client_secrets", 12),
            (
                store("\"twelve-or-more\", \"sh0rt\"", "twelve-or-more", "t"),
                "client_secrets",
                12,
            ),
            (store(good, "sh0rt", "t"), "header_value", 12),
            (store(good, "", "t"), "header_value", 12),
            (store(good, "            ", "t"), "header_value", 12),
            (store(good, "twelve-or-more", ""), "token", 1),
        ] {
            let text = message(&refused.unwrap_err());
            assert!(text.contains(&format!("`stores.us.{key}`")), "{text}");
            assert!(text.contains(&format!("at least {least}")), "{text}");
            assert!(!text.contains("sh0rt"), "{text}");
        }
        let empty = MINIMAL.replace("s3cret", "");
        let text = message(&Config::from_toml(&empty).unwrap_err());
        assert!(text.contains("`fusion.client_secret`"), "{text}");
    }

    #[test]
    fn secrets_are_not_printed_with_the_configuration() {
        assert!(!format!("{:?}", with("").unwrap()).contains("s3cret"));
    }

    #[test]
    fn an_error_of_syntax_is_placed_and_its_line_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counterfoil.toml");
        std::fs::write(&path, "rules = \"r\"\n[stores.us]\ntoken = \"s3cret\n").unwrap();
        let error = message(&Config::load(&path).unwrap_err());
        assert!(error.contains("counterfoil.toml:3:"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
