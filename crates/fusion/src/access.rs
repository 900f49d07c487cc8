//! What a call shows to be let in: a token, or a name and password.

use answer::masks;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use service::Clock;

use crate::{KeyError, SignIn, assertion::Signer, error::Error, token::Tokens};

/// The way in that was chosen.
pub(crate) enum Access {
    Token(Box<Tokens>),
    Basic {
        user: String,
        password: SecretString,
    },
}

/// Masks the secret wherever it is repeated, also as it stands in a header.
fn learn(name: &str, secret: &SecretString) {
    let secret = secret.expose_secret();
    masks::learn(secret);
    masks::learn(&BASE64_STANDARD.encode(format!("{name}:{secret}")));
}

/// What one call shows.
pub(crate) enum Pass<'a> {
    Token(SecretString),
    Basic(&'a str, &'a SecretString),
}

impl Access {
    pub(crate) fn new(sign_in: SignIn, clock: Clock) -> Result<Access, KeyError> {
        match &sign_in {
            SignIn::ClientCredentials(client) | SignIn::JwtAssertion { client, .. } => {
                learn(&client.client_id, &client.client_secret);
            }
            SignIn::Basic { user, password } => learn(user, password),
        }
        Ok(match sign_in {
            SignIn::ClientCredentials(client) => {
                Access::Token(Box::new(Tokens::new(client, None, clock)))
            }
            SignIn::JwtAssertion { client, assertion } => {
                let signer = Signer::new(&assertion)?;
                Access::Token(Box::new(Tokens::new(client, Some(signer), clock)))
            }
            SignIn::Basic { user, password } => Access::Basic { user, password },
        })
    }

    /// What to call with. `refused` was just answered with 401.
    pub(crate) async fn pass(
        &self,
        http: &reqwest::Client,
        refused: Option<&Pass<'_>>,
    ) -> Result<Pass<'_>, Error> {
        match self {
            Access::Basic { user, password } => Ok(Pass::Basic(user, password)),
            Access::Token(tokens) => {
                let refused = match refused {
                    Some(Pass::Token(token)) => Some(token),
                    _ => None,
                };
                Ok(Pass::Token(tokens.token(http, refused).await?))
            }
        }
    }
}

impl Pass<'_> {
    /// Whether another can be had once this one is refused. A password cannot,
    /// and one that is tried again and again gets its user locked.
    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self, Pass::Token(_))
    }

    pub(crate) fn authorise(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match self {
            Pass::Token(token) => request.bearer_auth(token.expose_secret()),
            Pass::Basic(user, password) => request.basic_auth(user, Some(password.expose_secret())),
        }
    }
}
