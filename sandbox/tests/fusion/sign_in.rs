//! Ways to sign in, and each way in which an assertion is wrong.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use reqwest::Response;
use ring::{rand::SystemRandom, signature};
use serde_json::{Value, json};

use crate::pod::{Pod, RESOURCES, config};
use sandbox::fusion::CLIENT_KEY;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

fn header() -> Value {
    json!({"alg": "RS256", "typ": "JWT", "x5t": "5izVQ7gXivgueqTZ0ownICc_r2k"})
}

fn claims(jti: &str) -> Value {
    let now = Timestamp::now().as_second();
    json!({
        "iss": "counterfoil", "sub": "svc.counterfoil", "prn": "svc.counterfoil",
        "aud": ["https://identity.oraclecloud.com/", "oauth.idm.oracle.com"],
        "iat": now, "exp": now + 300, "jti": jti,
    })
}

fn sign(header: &Value, claims: &Value) -> String {
    let body: String = CLIENT_KEY
        .lines()
        .filter(|it| !it.starts_with('-'))
        .collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(body)
        .unwrap();
    let key = signature::RsaKeyPair::from_pkcs8(&der).unwrap();
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &signature::RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn ask(pod: &Pod, assertion: &str) -> Response {
    let call = pod.client.post(pod.url("/oauth2/v1/token"));
    call.basic_auth("counterfoil", Some("sbx-fusion-secret"))
        .form(&[
            ("grant_type", JWT_BEARER),
            ("assertion", assertion),
            ("scope", "urn:opc:resource:fusion:sbx:erp/"),
        ])
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_good_assertion_gives_a_token_once() {
    let pod = Pod::start(config()).await;
    let assertion = sign(&header(), &claims("1"));
    let granted: Value = ask(&pod, &assertion).await.json().await.unwrap();
    let call = pod.client.get(pod.url(&format!("{RESOURCES}/ledgersLOV")));
    let call = call.bearer_auth(granted["access_token"].as_str().unwrap());
    assert_eq!(call.send().await.unwrap().status(), 200);
    let again: Value = ask(&pod, &assertion).await.json().await.unwrap();
    assert_eq!(again["error"], "invalid_grant");
    assert_eq!(again["error_description"], "Assertion: jti was used before");
}

#[tokio::test]
async fn each_wrong_assertion_is_refused() {
    let pod = Pod::start(config()).await;
    let now = Timestamp::now().as_second();
    let changed = |name: &str, value: Value| {
        let mut claims = claims(name);
        claims[name] = value;
        sign(&header(), &claims)
    };
    let headed = |name: &str, value: Value| {
        let mut header = header();
        header[name] = value;
        sign(&header, &claims(name))
    };
    let without = |name: &str| {
        let mut claims = claims(name);
        claims.as_object_mut().unwrap().remove(name);
        sign(&header(), &claims)
    };
    let good = sign(&header(), &claims("x"));
    let (signed, _) = good.rsplit_once('.').unwrap();
    let (_, foreign) = sign(&header(), &claims("y"))
        .rsplit_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let wrong = [
        (changed("iss", json!("other")), "iss is not the client"),
        (changed("sub", json!("nobody")), "sub is no user"),
        (changed("prn", json!("nobody")), "prn is another user"),
        (
            changed("aud", json!("https://example.com/")),
            "aud does not",
        ),
        (changed("iat", json!(now + 3600)), "iat lies in the future"),
        (changed("exp", json!(now - 1)), "exp is"),
        (changed("jti", json!("")), "jti is empty"),
        (without("jti"), "the claims lack"),
        (without("exp"), "the claims lack"),
        (headed("alg", json!("none")), "alg is not RS256"),
        (headed("alg", json!("HS256")), "alg is not RS256"),
        (headed("typ", json!("JWS")), "typ is not JWT"),
        (headed("x5t", json!("AAAA")), "x5t names no certificate"),
        (format!("{signed}.{foreign}"), "the signature is wrong"),
        (format!("{signed}."), "the signature is wrong"),
        (signed.to_owned(), "not three parts"),
        (String::new(), "not three parts"),
    ];
    for (assertion, cause) in wrong {
        let refused = ask(&pod, &assertion).await;
        assert_eq!(refused.status(), 400, "{cause}");
        let told: Value = refused.json().await.unwrap();
        assert_eq!(told["error"], "invalid_grant", "{told}");
        let described = told["error_description"].as_str().unwrap();
        assert!(described.contains(cause), "{cause}: {described}");
    }
}

#[tokio::test]
async fn a_way_that_is_switched_off_lets_nobody_in() {
    let pod = Pod::start(config()).await;
    let call = |password: &'static str| {
        let call = pod.client.get(pod.url(&format!("{RESOURCES}/ledgersLOV")));
        call.basic_auth("svc.counterfoil", Some(password)).send()
    };
    assert_eq!(call("sbx-fusion-password").await.unwrap().status(), 200);
    assert_eq!(call("wrong").await.unwrap().status(), 401);
    let off = json!({"client_credentials": false, "jwt_assertion": false, "basic": false});
    let settings = pod.client.post(pod.url("/admin/fusion/settings"));
    let told = settings
        .json(&json!({"sign_in": off}))
        .send()
        .await
        .unwrap();
    assert_eq!(told.status(), 204);
    assert_eq!(call("sbx-fusion-password").await.unwrap().status(), 401);
    let assertion: Value = ask(&pod, &sign(&header(), &claims("1")))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(assertion["error"], "unauthorized_client");
    let client = pod.ask_token("counterfoil", "sbx-fusion-secret", "client_credentials");
    let client: Value = client.await.json().await.unwrap();
    assert_eq!(client["error"], "unauthorized_client");
}
