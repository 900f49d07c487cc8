//! The Fusion pod, and how we sign in there.

use std::{fmt, time::Duration};

use serde::Deserialize;

use super::{ServiceUrl, duration, list::one_or_many};
use crate::Secret;

/// The Fusion pod.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Keys")]
pub struct FusionConfig {
    /// The pod, `https://<name>.fa.<region>.oraclecloud.com`.
    pub url: ServiceUrl,
    /// How we sign in.
    pub sign_in: SignIn,
    /// The document account that files are uploaded to.
    pub document_account: String,
    /// The interface's id in the load job's parameters.
    pub interface: u32,
    /// How long one request may take.
    pub timeout: Duration,
}

/// How we sign in at Fusion.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// OAuth client credentials: the Fusion user of the client's name acts.
    ClientCredentials(OAuthClient),
    /// OAuth JWT user assertion: a named Fusion user acts.
    JwtAssertion {
        /// The application that asserts.
        client: OAuthClient,
        /// The Fusion user that acts.
        user: String,
        /// The RSA key that assertions are signed with, as PEM.
        private_key: Secret,
        /// The certificate of that key, as PEM, or its SHA-1 thumbprint.
        certificate: Secret,
        /// Whom assertions are for.
        audience: Vec<String>,
    },
    /// The name and password of a Fusion user with every call.
    Basic {
        /// The user's name.
        user: String,
        /// The user's password.
        password: Secret,
    },
}

impl SignIn {
    /// The secrets that are used, with their keys below `fusion`.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&'static str, &Secret)> {
        let secrets = match self {
            SignIn::ClientCredentials(client) => vec![("client_secret", &client.client_secret)],
            SignIn::JwtAssertion {
                client,
                private_key,
                certificate,
                ..
            } => vec![
                ("client_secret", &client.client_secret),
                ("private_key", private_key),
                ("certificate", certificate),
            ],
            SignIn::Basic { password, .. } => vec![("password", password)],
        };
        secrets.into_iter()
    }
}

/// A confidential application of the identity domain.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// The identity domain's token endpoint, `https://<domain>/oauth2/v1/token`.
    pub token_url: ServiceUrl,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: Secret,
    /// The scope, which differs from pod to pod.
    pub scope: String,
}

/// The keys of `[fusion]` as they are written: which of them must be there
/// depends on `sign_in`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    url: ServiceUrl,
    #[serde(default)]
    sign_in: Way,
    token_url: Option<ServiceUrl>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    scope: Option<String>,
    user: Option<String>,
    private_key: Option<Secret>,
    certificate: Option<Secret>,
    #[serde(default, deserialize_with = "one_or_many")]
    audience: Vec<String>,
    password: Option<Secret>,
    #[serde(default = "default_document_account")]
    document_account: String,
    #[serde(default = "default_interface")]
    interface: u32,
    #[serde(default = "default_timeout", deserialize_with = "duration::parse")]
    timeout: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    #[default]
    ClientCredentials,
    JwtAssertion,
    Basic,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::ClientCredentials => "client_credentials",
            Way::JwtAssertion => "jwt_assertion",
            Way::Basic => "basic",
        })
    }
}

impl TryFrom<Keys> for FusionConfig {
    type Error = String;

    fn try_from(mut keys: Keys) -> Result<FusionConfig, String> {
        let sign_in = keys.sign_in()?;
        if let Some(key) = keys.left_over() {
            return Err(format!(
                "sign_in = \"{}\" makes no use of `{key}`: remove it, or choose another sign_in",
                keys.sign_in
            ));
        }
        Ok(FusionConfig {
            url: keys.url,
            sign_in,
            document_account: keys.document_account,
            interface: keys.interface,
            timeout: keys.timeout,
        })
    }
}

impl Keys {
    /// Takes the keys that the way to sign in needs.
    fn sign_in(&mut self) -> Result<SignIn, String> {
        let way = self.sign_in;
        Ok(match way {
            Way::ClientCredentials => SignIn::ClientCredentials(self.client()?),
            Way::JwtAssertion => SignIn::JwtAssertion {
                client: self.client()?,
                user: needed(way, "user", self.user.take())?,
                private_key: needed(way, "private_key", self.private_key.take())?,
                certificate: needed(way, "certificate", self.certificate.take())?,
                audience: match std::mem::take(&mut self.audience) {
                    none if none.is_empty() => default_audience(),
                    given => given,
                },
            },
            Way::Basic => SignIn::Basic {
                user: needed(way, "user", self.user.take())?,
                password: needed(way, "password", self.password.take())?,
            },
        })
    }

    fn client(&mut self) -> Result<OAuthClient, String> {
        let way = self.sign_in;
        Ok(OAuthClient {
            token_url: needed(way, "token_url", self.token_url.take())?,
            client_id: needed(way, "client_id", self.client_id.take())?,
            client_secret: needed(way, "client_secret", self.client_secret.take())?,
            scope: needed(way, "scope", self.scope.take())?,
        })
    }

    /// A key of another way to sign in than the one chosen.
    fn left_over(&self) -> Option<&'static str> {
        let keys = [
            ("token_url", self.token_url.is_some()),
            ("client_id", self.client_id.is_some()),
            ("client_secret", self.client_secret.is_some()),
            ("scope", self.scope.is_some()),
            ("user", self.user.is_some()),
            ("private_key", self.private_key.is_some()),
            ("certificate", self.certificate.is_some()),
            ("audience", !self.audience.is_empty()),
            ("password", self.password.is_some()),
        ];
        keys.iter().find(|(_, given)| *given).map(|(key, _)| *key)
    }
}

fn needed<T>(way: Way, key: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("sign_in = \"{way}\" needs `{key}`, which is missing"))
}

/// As Oracle's identity domains want it, whatever their own address is.
fn default_audience() -> Vec<String> {
    ["https://identity.oraclecloud.com/", "oauth.idm.oracle.com"]
        .map(str::to_owned)
        .to_vec()
}

fn default_document_account() -> String {
    "fin/generalLedger/import".to_owned()
}

fn default_interface() -> u32 {
    15
}

fn default_timeout() -> Duration {
    Duration::from_secs(60)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    use super::SignIn;

    const CLIENT: &str = "token_url = \"https://id.example.com/oauth2/v1/token\"\nclient_id = \"c\"\nclient_secret = \"s3cret\"\nscope = \"x\"\n";
    const JWT: &str = "user = \"u\"\nprivate_key = \"k3y\"\ncertificate = \"aa\"\n";

    fn read(keys: &str) -> Result<SignIn, String> {
        let text = format!("[fusion]\nurl = \"https://pod.example.com\"\n{keys}");
        match Config::from_toml(&text) {
            Ok(config) => Ok(config.fusion.sign_in),
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                Err(format!("{error}: {}", source.unwrap_or_default()))
            }
        }
    }

    #[test]
    fn each_way_to_sign_in_is_read() {
        let plain = read(CLIENT).unwrap();
        assert!(matches!(plain, SignIn::ClientCredentials(client) if client.client_id == "c"));
        let jwt = read(&format!("sign_in = \"jwt_assertion\"\n{CLIENT}{JWT}")).unwrap();
        let SignIn::JwtAssertion { audience, .. } = jwt else {
            panic!("{jwt:?}");
        };
        assert_eq!(audience[0], "https://identity.oraclecloud.com/");
        let other = format!("sign_in = \"jwt_assertion\"\naudience = \"a, b\"\n{CLIENT}{JWT}");
        let other = read(&other).unwrap();
        assert!(matches!(other, SignIn::JwtAssertion { audience, .. } if audience == ["a", "b"]));
        let basic = read("sign_in = \"basic\"\nuser = \"u\"\npassword = \"p\"").unwrap();
        assert!(matches!(basic, SignIn::Basic { user, .. } if user == "u"));
    }

    #[test]
    fn a_missing_key_is_named_with_the_way_that_needs_it() {
        for (keys, way, missing) in [
            ("", "client_credentials", "token_url"),
            ("sign_in = \"basic\"\nuser = \"u\"", "basic", "password"),
            (
                &format!("sign_in = \"jwt_assertion\"\n{CLIENT}"),
                "jwt_assertion",
                "user",
            ),
            ("sign_in = \"jwt_assertion\"", "jwt_assertion", "token_url"),
        ] {
            let error = read(keys).unwrap_err();
            let needs = format!("sign_in = \"{way}\" needs `{missing}`");
            assert!(error.contains(&needs), "{keys}: {error}");
            assert!(error.contains("`fusion`"), "{error}");
        }
    }

    #[test]
    fn a_key_of_another_way_contradicts() {
        let error = read(&format!("{CLIENT}password = \"p4ss\"")).unwrap_err();
        assert!(error.contains("makes no use of `password`"), "{error}");
        assert!(!error.contains("p4ss"), "{error}");
        let both = format!("sign_in = \"basic\"\nuser = \"u\"\npassword = \"p\"\n{CLIENT}");
        let error = read(&both).unwrap_err();
        assert!(error.contains("makes no use of `token_url`"), "{error}");
    }
}
