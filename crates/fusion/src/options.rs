//! How a pod is reached.

use std::time::Duration;

use secrecy::SecretString;
use service::Clock;

/// The spellings of the journals' document account that were seen to work, the one
/// that most pods have first.
pub const DOCUMENT_ACCOUNTS: [&str; 5] = [
    "fin/generalLedger/import",
    "fin$/generalLedger$/import$",
    "fin$/generalLedger$/import",
    "fin$/journal$/import$",
    "fin$/journal$/import",
];

/// How to reach a pod.
#[derive(Debug, Clone)]
pub struct Options {
    /// The pod, without a slash at the end.
    pub url: String,
    /// What each call is let in by.
    pub sign_in: SignIn,
    /// The document account that files are uploaded to: one of [`DOCUMENT_ACCOUNTS`],
    /// or as the pod spells it.
    pub document_account: String,
    /// The journal interface's id in the load job's parameters: 15 where it was looked up.
    pub interface: u32,
    /// How long one request may take, its answer included.
    pub timeout: Duration,
    /// How often a read is repeated after a transient failure.
    pub retries: u32,
    /// The pause before the first repetition; it doubles each time.
    pub retry_pause: Duration,
    /// What those pauses are made by.
    pub clock: Clock,
}

/// How the client says who it is.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// OAuth client credentials: the Fusion user of the client's name acts.
    ClientCredentials(OAuthClient),
    /// OAuth JWT user assertion: a named Fusion user acts.
    JwtAssertion {
        /// The application that asks for the token.
        client: OAuthClient,
        /// What it shows for the user.
        assertion: UserAssertion,
    },
    /// A user's name and password with every call, and no token.
    Basic {
        /// The name of the Fusion user who acts.
        user: String,
        /// Fusion locks a user whose password is refused a few times.
        password: SecretString,
    },
}

/// A confidential application of the identity domain.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// The identity domain's token endpoint.
    pub token_url: String,
    /// With client credentials, also the name of the Fusion user who acts.
    pub client_id: String,
    /// Sent to the token endpoint only.
    pub client_secret: SecretString,
    /// Which resources the token is for. It differs from pod to pod.
    pub scope: String,
}

/// What assertions about a user are made of.
#[derive(Debug, Clone)]
pub struct UserAssertion {
    /// The name of the Fusion user that is to act.
    pub user: String,
    /// The RSA key that assertions are signed with, as PEM.
    pub private_key: SecretString,
    /// The certificate of that key, as PEM, or its SHA-1 thumbprint in
    /// hexadecimal or base64url. The application in the identity domain trusts it.
    pub certificate: SecretString,
    /// Whom assertions are for (`aud`): `https://identity.oraclecloud.com/`.
    pub audience: Vec<String>,
}

/// How often a read is repeated before it counts as failed, and the pause before the
/// first repetition.
const READ_RETRIES: u32 = 3;
const READ_PAUSE: Duration = Duration::from_millis(250);

/// How the configured pod is reached, by the system's clock.
impl From<&service::config::FusionConfig> for Options {
    fn from(config: &service::config::FusionConfig) -> Options {
        Options {
            url: config.url.to_string(),
            sign_in: (&config.sign_in).into(),
            document_account: config.document_account.clone(),
            interface: config.interface,
            timeout: config.timeout,
            retries: READ_RETRIES,
            retry_pause: READ_PAUSE,
            clock: Clock::System,
        }
    }
}

impl From<&service::config::SignIn> for SignIn {
    fn from(config: &service::config::SignIn) -> SignIn {
        use service::config;
        let client = |client: &config::OAuthClient| OAuthClient {
            token_url: client.token_url.to_string(),
            client_id: client.client_id.clone(),
            client_secret: client.client_secret.to_secret_string(),
            scope: client.scope.clone(),
        };
        match config {
            config::SignIn::ClientCredentials(it) => SignIn::ClientCredentials(client(it)),
            config::SignIn::JwtAssertion {
                client: it,
                user,
                private_key,
                certificate,
                audience,
            } => SignIn::JwtAssertion {
                client: client(it),
                assertion: UserAssertion {
                    user: user.clone(),
                    private_key: private_key.to_secret_string(),
                    certificate: certificate.to_secret_string(),
                    audience: audience.clone(),
                },
            },
            config::SignIn::Basic { user, password } => SignIn::Basic {
                user: user.clone(),
                password: password.to_secret_string(),
            },
        }
    }
}
