//! Addresses of the two APIs: https anywhere, http only on this machine.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::Deserialize;

/// The base of an API, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ServiceUrl(String);

/// A text that is no address of an API.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UrlError {
    /// It cannot be read as an address.
    #[error("`{0}` is not a URL")]
    Malformed(String),
    /// It is plain http to another machine.
    #[error(
        "`{0}` would send credentials in the clear: use https (http is for loopback addresses only)"
    )]
    Insecure(String),
    /// It is more than a base.
    #[error("`{0}` has a query, a fragment or credentials in it: give the base address only")]
    NotABase(String),
}

impl ServiceUrl {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServiceUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        // What may be credentials is not repeated, even where it is no URL.
        let malformed = || UrlError::Malformed(text.rsplit('@').next().unwrap_or("").to_owned());
        let url = reqwest::Url::parse(text).map_err(|_| malformed())?;
        let host = url.host_str().ok_or_else(malformed)?;
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        if url.query().is_some() || url.fragment().is_some() || has_credentials {
            return Err(UrlError::NotABase(redact(&url)));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            _ => return Err(UrlError::Insecure(text.to_owned())),
        }
        Ok(ServiceUrl(text.trim_end_matches('/').to_owned()))
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn redact(url: &reqwest::Url) -> String {
    format!(
        "{}://{}{}",
        url.scheme(),
        url.host_str().unwrap_or_default(),
        url.path()
    )
}

impl TryFrom<String> for ServiceUrl {
    type Error = UrlError;
    fn try_from(text: String) -> Result<Self, UrlError> {
        text.parse()
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for good in [
            "https://api.example.com",
            "http://127.0.0.1:9081/",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            assert!(good.parse::<ServiceUrl>().is_ok(), "{good}");
        }
        for bad in [
            "http://api.example.com",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
        ] {
            assert!(
                matches!(bad.parse::<ServiceUrl>(), Err(UrlError::Insecure(_))),
                "{bad}"
            );
        }
    }

    #[test]
    fn credentials_in_a_url_are_refused_and_not_repeated() {
        for text in [
            "https://me:secret@example.com",
            "https://:secret@example.com",
            "me:secret@example.com",
            "https://me:secret@exa mple.com",
        ] {
            let error = text.parse::<ServiceUrl>().unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
