//! User assertions: short-lived statements, signed with our key, that a Fusion
//! user is to act. Oracle, "Client/User JWT Assertion" (identity domains API).

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use jiff::Timestamp;
use ring::{
    digest,
    rand::SystemRandom,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use uuid::Uuid;

use crate::UserAssertion;

/// How long an assertion is good for, in seconds: it is used at once, and once.
const LIFETIME: i64 = 300;
/// The length of a SHA-1 thumbprint, in bytes.
const THUMBPRINT: usize = 20;

/// The key or the certificate of user assertions cannot be used. The text never
/// holds any of the key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// No PEM block with a key is in it.
    #[error(
        "the private key is not PEM: give a file that begins with `-----BEGIN PRIVATE KEY-----`"
    )]
    NotPem,
    /// It asks for a passphrase, which a service has nobody to ask for.
    #[error(
        "the private key is encrypted: decrypt it with `openssl pkey -in key.pem -out plain.pem`, and keep that as a secret"
    )]
    Encrypted,
    /// It is a key, but none that RS256 can sign with; with the reason.
    #[error("the private key cannot be used ({0}): it must be RSA of 2048 to 4096 bits")]
    Unusable(String),
    /// No thumbprint can be taken from it.
    #[error(
        "the certificate is neither PEM nor a SHA-1 thumbprint: give the certificate, or what `openssl x509 -fingerprint -sha1 -noout -in certificate.pem` prints"
    )]
    Certificate,
    /// The identity domain would check the signature with another public key.
    #[error("the certificate is not that of the private key: give the two that belong together")]
    CertificateMismatch,
}

/// Makes assertions about one user.
pub(crate) struct Signer {
    key: RsaKeyPair,
    /// The certificate's SHA-1 thumbprint as base64url.
    thumbprint: String,
    user: String,
    audience: Vec<String>,
}

impl Signer {
    pub(crate) fn new(options: &UserAssertion) -> Result<Signer, KeyError> {
        let key = private_key(options.private_key.expose_secret())?;
        let thumbprint = thumbprint(options.certificate.expose_secret(), &key)?;
        Ok(Signer {
            key,
            thumbprint: URL_SAFE_NO_PAD.encode(thumbprint),
            user: options.user.clone(),
            audience: options.audience.clone(),
        })
    }

    /// A fresh assertion by the client, which can be used once.
    pub(crate) fn sign(&self, client_id: &str, now: Timestamp) -> Result<SecretString, KeyError> {
        let header = json!({ "alg": "RS256", "typ": "JWT", "x5t": self.thumbprint });
        let claims = json!({
            "iss": client_id,
            "sub": self.user,
            "prn": self.user,
            "aud": self.audience,
            "iat": now.as_second(),
            "exp": now.as_second() + LIFETIME,
            "jti": Uuid::new_v4(),
        });
        let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| KeyError::Unusable("it does not sign".to_owned()))?;
        let signature = URL_SAFE_NO_PAD.encode(signature);
        Ok(format!("{signed}.{signature}").into())
    }
}

fn private_key(pem: &str) -> Result<RsaKeyPair, KeyError> {
    if pem.contains("ENCRYPTED") {
        return Err(KeyError::Encrypted);
    }
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::NotPem)?;
    let pair = match &key {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
        _ => return Err(KeyError::Unusable("it is an elliptic curve's".to_owned())),
    };
    pair.map_err(|rejected| KeyError::Unusable(rejected.to_string()))
}

/// The SHA-1 thumbprint that the identity domain knows the certificate by.
fn thumbprint(certificate: &str, key: &RsaKeyPair) -> Result<Vec<u8>, KeyError> {
    if let Ok(der) = CertificateDer::from_pem_slice(certificate.as_bytes()) {
        // A certificate holds its public key as it is; so no parser is needed to
        // see that it is another's.
        let public = key.public_key().as_ref();
        if !der.windows(public.len()).any(|window| window == public) {
            return Err(KeyError::CertificateMismatch);
        }
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
        return Ok(digest.as_ref().to_vec());
    }
    let text = certificate.trim();
    // As openssl prints it: `sha1 Fingerprint=AA:BB:…`.
    let text = text.rsplit_once("ingerprint=").map_or(text, |(_, it)| it);
    let bytes = hexadecimal(text).or_else(|| base64(text));
    bytes
        .filter(|bytes| bytes.len() == THUMBPRINT)
        .ok_or(KeyError::Certificate)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|it| *it != ':')
        .map(|it| it.to_digit(16))
        .collect::<Option<_>>()?;
    let pair = |pair: &[u32]| u8::try_from(pair.iter().fold(0, |sum, it| sum * 16 + it)).ok();
    digits.chunks(2).map(pair).collect()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let decoded = URL_SAFE_NO_PAD.decode(text);
    decoded.or_else(|_| STANDARD_NO_PAD.decode(text)).ok()
}
