//! User assertions, checked as an identity domain checks them: a JWT, signed by
//! the key whose certificate the application trusts, used once and in time.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Whom an assertion must be for; more may stand beside it.
const AUDIENCE: &str = "https://identity.oraclecloud.com/";
/// The public key of the certificate that the application trusts, as PKCS#1.
const PUBLIC_KEY: &str = include_str!("../../keys/fusion-client-public.pem");
/// That certificate's SHA-1 thumbprint, as base64url.
const THUMBPRINT: &str = "5izVQ7gXivgueqTZ0ownICc_r2k";
/// How far the issuer's clock may be ahead, in seconds.
const AHEAD: i64 = 60;

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
    x5t: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    prn: String,
    aud: OneOrMany,
    iat: i64,
    exp: i64,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn has(&self, wanted: &str) -> bool {
        match self {
            OneOrMany::One(one) => one == wanted,
            OneOrMany::Many(many) => many.iter().any(|it| it == wanted),
        }
    }
}

/// Assertions that were accepted, by `jti`, for as long as they are in time.
#[derive(Debug, Default)]
pub(super) struct Assertions {
    used: BTreeMap<String, i64>,
}

impl Assertions {
    /// Accepts an assertion of a client about a user, once.
    ///
    /// # Errors
    /// What is wrong with it, in words that repeat none of it.
    pub(super) fn accept(
        &mut self,
        assertion: &str,
        client: &str,
        user: &str,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let claims = verified(assertion)?;
        let now = now.as_second();
        let rules = [
            (claims.iss == client, "iss is not the client"),
            (claims.sub == user, "sub is no user"),
            (claims.prn == claims.sub, "prn is another user than sub"),
            (claims.aud.has(AUDIENCE), "aud does not name this service"),
            (claims.iat <= now + AHEAD, "iat lies in the future"),
            (claims.iat < claims.exp, "exp is not after iat"),
            (claims.exp > now, "exp is over"),
            (!claims.jti.is_empty(), "jti is empty"),
        ];
        if let Some((_, broken)) = rules.into_iter().find(|(kept, _)| !kept) {
            return Err(broken);
        }
        self.used.retain(|_, exp| *exp > now);
        match self.used.insert(claims.jti, claims.exp) {
            None => Ok(()),
            Some(_) => Err("jti was used before"),
        }
    }
}

/// The claims of an assertion whose form and signature are right.
fn verified(assertion: &str) -> Result<Claims, &'static str> {
    let mut parts = assertion.split('.');
    let (Some(header), Some(claims), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("not three parts");
    };
    let head: Header = json(header).ok_or("the header lacks alg, typ or x5t")?;
    if head.alg != "RS256" {
        return Err("alg is not RS256");
    }
    if head.typ != "JWT" {
        return Err("typ is not JWT");
    }
    if head.x5t != THUMBPRINT {
        return Err("x5t names no certificate that is trusted");
    }
    let signature = URL_SAFE_NO_PAD.decode(signature);
    let signature = signature.map_err(|_| "the signature is not base64url")?;
    let signed = format!("{header}.{claims}");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key()?)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| "the signature is wrong")?;
    json(claims).ok_or("the claims lack iss, sub, prn, aud, iat, exp or jti")
}

fn json<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn public_key() -> Result<Vec<u8>, &'static str> {
    let body = PUBLIC_KEY.lines().filter(|line| !line.starts_with("-----"));
    let decoded = STANDARD.decode(body.collect::<String>());
    decoded.map_err(|_| "the stand-in's own key is broken")
}
