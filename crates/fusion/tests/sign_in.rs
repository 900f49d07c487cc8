//! Each way to sign in at the stand-in, and each way in which it fails.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::time::Duration;

use fusion::{
    Error, Fault, Fusion, KeyError, OAuthClient, Options, Refused, SetupError, SignIn,
    UserAssertion,
};
use sandbox::fusion::{CLIENT_CERTIFICATE, CLIENT_KEY, FusionConfig, FusionHandle};
use serde_json::{Value, json};

const OTHER_KEY: &str = include_str!("keys/other-rsa-pkcs1.pem");
const SMALL_KEY: &str = include_str!("keys/rsa-1024.pem");
const ELLIPTIC_KEY: &str = include_str!("keys/elliptic.pem");
const ENCRYPTED_KEY: &str = include_str!("keys/encrypted.pem");

async fn pod() -> FusionHandle {
    // The HTTP client wants a provider even where nothing is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = FusionConfig::default();
    sandbox::fusion::serve(config, listener).await.unwrap()
}

fn application(pod: &FusionHandle) -> OAuthClient {
    OAuthClient {
        token_url: format!("{}/oauth2/v1/token", pod.base_url()),
        client_id: "counterfoil".into(),
        client_secret: "sbx-fusion-secret".into(),
        scope: "urn:opc:resource:fusion:sbx:erp/".into(),
    }
}

fn assertion() -> UserAssertion {
    UserAssertion {
        user: "svc.counterfoil".into(),
        private_key: CLIENT_KEY.into(),
        certificate: CLIENT_CERTIFICATE.into(),
        audience: vec![
            "https://identity.oraclecloud.com/".into(),
            "oauth.idm.oracle.com".into(),
        ],
    }
}

fn jwt(pod: &FusionHandle, assertion: UserAssertion) -> SignIn {
    SignIn::JwtAssertion {
        client: application(pod),
        assertion,
    }
}

fn basic(password: &str) -> SignIn {
    SignIn::Basic {
        user: "svc.counterfoil".into(),
        password: password.into(),
    }
}

fn build(pod: &FusionHandle, sign_in: SignIn) -> Result<Fusion, SetupError> {
    Fusion::new(Options {
        url: pod.base_url(),
        sign_in,
        document_account: "fin/generalLedger/import".into(),
        interface: 15,
        timeout: Duration::from_secs(5),
        retries: 3,
        retry_pause: Duration::from_millis(5),
        clock: service::Clock::System,
    })
}

fn client(pod: &FusionHandle, sign_in: SignIn) -> Fusion {
    build(pod, sign_in).unwrap()
}

async fn tell(pod: &FusionHandle, path: &str, body: Value) {
    let http = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/admin/fusion/{path}", pod.base_url());
    let answer = http.post(url).json(&body).send().await.unwrap();
    assert!(answer.status().is_success());
}

async fn ask(pod: &FusionHandle, path: &str) -> Value {
    let http = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/admin/fusion/{path}", pod.base_url());
    http.get(url).send().await.unwrap().json().await.unwrap()
}

async fn calls(pod: &FusionHandle, operation: &str) -> u64 {
    ask(pod, "calls").await["operations"][operation]
        .as_u64()
        .unwrap_or_default()
}

/// What a refusal says was wrong, and all that it prints.
async fn refusal(fusion: &Fusion) -> (Refused, String) {
    let error = fusion.ledgers().await.unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
    let printed = format!("{error:?} {error} {}", error.fault);
    (cause(&error), printed)
}

fn cause(error: &Error) -> Refused {
    match &*error.fault {
        Fault::NoToken(inner) => cause(inner),
        Fault::Unauthorized { refused, .. } => *refused,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_user_assertion_is_signed_and_its_token_acts_as_the_user() {
    let pod = pod().await;
    let fusion = client(&pod, jwt(&pod, assertion()));
    fusion.ledgers().await.unwrap();
    fusion.submit_load("1").await.unwrap();
    assert_eq!(calls(&pod, "token").await, 1);
    assert_eq!(submitter(&pod).await, "svc.counterfoil");
}

/// The user who submitted the newest job.
async fn submitter(pod: &FusionHandle) -> String {
    let http = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/ess/rest/scheduler/v1/requests", pod.base_url());
    let call = http.get(url).query(&[("fields", "requestId,submitter")]);
    let call = call.basic_auth("svc.counterfoil", Some("sbx-fusion-password"));
    let list: Value = call.send().await.unwrap().json().await.unwrap();
    list["items"][0]["submitter"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_new_token_takes_a_new_assertion() {
    let pod = pod().await;
    let fusion = client(&pod, jwt(&pod, assertion()));
    fusion.ledgers().await.unwrap();
    tell(
        &pod,
        "faults",
        json!({"operation": "lov", "times": 1, "expire_token": true}),
    )
    .await;
    fusion.ledgers().await.unwrap();
    let seen = ask(&pod, "credentials").await;
    let seen = seen["assertions"].as_array().unwrap();
    assert_eq!(seen.len(), 2);
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test]
async fn the_certificate_may_be_its_thumbprint_in_any_spelling() {
    let pod = pod().await;
    for thumbprint in [
        "E6:2C:D5:43:B8:17:8A:F8:2E:7A:A4:D9:D2:8C:27:20:27:3F:AF:69",
        "sha1 Fingerprint=E6:2C:D5:43:B8:17:8A:F8:2E:7A:A4:D9:D2:8C:27:20:27:3F:AF:69\n",
        "e62cd543b8178af82e7aa4d9d28c2720273faf69",
        "5izVQ7gXivgueqTZ0ownICc_r2k",
        "5izVQ7gXivgueqTZ0ownICc/r2k=",
    ] {
        let certificate = thumbprint.into();
        let assertion = UserAssertion {
            certificate,
            ..assertion()
        };
        client(&pod, jwt(&pod, assertion)).ledgers().await.unwrap();
    }
}

#[tokio::test]
async fn an_assertion_that_is_not_accepted_is_named_and_not_shown() {
    let pod = pod().await;
    let thumbprint = "5izVQ7gXivgueqTZ0ownICc_r2k";
    let wrong = [
        UserAssertion {
            user: "nobody".into(),
            ..assertion()
        },
        UserAssertion {
            audience: vec!["oauth.idm.oracle.com".into()],
            ..assertion()
        },
        // The key of another, under the certificate's name.
        UserAssertion {
            private_key: OTHER_KEY.into(),
            certificate: thumbprint.into(),
            ..assertion()
        },
        UserAssertion {
            certificate: "00".repeat(20).into(),
            ..assertion()
        },
    ];
    for assertion in wrong {
        let told = format!("{assertion:?}");
        let (refused, printed) = refusal(&client(&pod, jwt(&pod, assertion))).await;
        assert_eq!(refused, Refused::Assertion, "{told}");
        let seen = ask(&pod, "credentials").await;
        for part in seen["assertions"].as_array().unwrap() {
            let part = part.as_str().unwrap();
            assert!(!printed.contains(part), "{printed}");
        }
    }
}

#[tokio::test]
async fn what_the_identity_domain_refused_is_told_apart() {
    let pod = pod().await;
    let with = |change: fn(&mut OAuthClient)| {
        let mut application = application(&pod);
        change(&mut application);
        client(&pod, SignIn::ClientCredentials(application))
    };
    let secret = with(|it| it.client_secret = "not-the-secret".into());
    let (refused, printed) = refusal(&secret).await;
    assert_eq!(refused, Refused::Client);
    assert_eq!(calls(&pod, "token").await, 1);
    assert!(!printed.contains("not-the-secret"), "{printed}");
    let scope = with(|it| it.scope = "urn:opc:resource:consumer::all".into());
    assert_eq!(refusal(&scope).await.0, Refused::Scope);
    let ways = json!({"client_credentials": false, "jwt_assertion": false, "basic": false});
    tell(&pod, "settings", json!({"sign_in": ways})).await;
    assert_eq!(refusal(&with(|_| {})).await.0, Refused::Grant);
    let jwt = client(&pod, jwt(&pod, assertion()));
    assert_eq!(refusal(&jwt).await.0, Refused::Grant);
    let (refused, _) = refusal(&client(&pod, basic("sbx-fusion-password"))).await;
    assert_eq!(refused, Refused::Call);
}

#[tokio::test]
async fn a_user_signs_in_without_a_token() {
    let pod = pod().await;
    let fusion = client(&pod, basic("sbx-fusion-password"));
    fusion.ledgers().await.unwrap();
    fusion.submit_load("1").await.unwrap();
    assert_eq!(calls(&pod, "token").await, 0);
    assert_eq!(submitter(&pod).await, "svc.counterfoil");
}

#[tokio::test]
async fn a_password_that_is_refused_is_not_tried_again() {
    let pod = pod().await;
    let (refused, printed) = refusal(&client(&pod, basic("not-the-password"))).await;
    assert_eq!(refused, Refused::Call);
    assert_eq!(calls(&pod, "lov").await, 1, "a user gets locked");
    assert!(!printed.contains("not-the-password"), "{printed}");
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_told_before_anything_is_sent() {
    let pod = pod().await;
    let built = |assertion: UserAssertion| match build(&pod, jwt(&pod, assertion)) {
        Err(SetupError::Key(error)) => error,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was taken"),
    };
    let key = |pem: &str| {
        let private_key = pem.into();
        built(UserAssertion {
            private_key,
            ..assertion()
        })
    };
    assert_eq!(key("no key"), KeyError::NotPem);
    assert_eq!(key(CLIENT_CERTIFICATE), KeyError::NotPem);
    assert_eq!(key(ENCRYPTED_KEY), KeyError::Encrypted);
    assert!(matches!(key(SMALL_KEY), KeyError::Unusable(_)));
    assert!(matches!(key(ELLIPTIC_KEY), KeyError::Unusable(_)));
    assert_eq!(key(OTHER_KEY), KeyError::CertificateMismatch);
    for certificate in ["", "00:11", CLIENT_KEY] {
        let certificate = certificate.into();
        let error = built(UserAssertion {
            certificate,
            ..assertion()
        });
        assert_eq!(error, KeyError::Certificate);
    }
    assert_eq!(calls(&pod, "token").await, 0);
}
