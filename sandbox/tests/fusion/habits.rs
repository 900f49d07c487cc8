//! Habits of the REST framework and the identity domain.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use crate::pod::{Pod, RESOURCES, US_LEDGER, config, journal, loader};
use sandbox::fusion::FusionConfig;

#[tokio::test]
async fn a_token_needs_the_right_client_grant_and_scope() {
    let pod = Pod::start(config()).await;
    let granted = pod
        .ask_token("counterfoil", "sbx-fusion-secret", "client_credentials")
        .await;
    let body: Value = granted.json().await.unwrap();
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["token_type"], "Bearer");
    let wrong_secret = pod
        .ask_token("counterfoil", "wrong", "client_credentials")
        .await;
    assert_eq!(wrong_secret.status(), 401);
    let wrong_grant = pod
        .ask_token("counterfoil", "sbx-fusion-secret", "password")
        .await;
    assert_eq!(wrong_grant.status(), 400);
    let call = pod.client.post(pod.url("/oauth2/v1/token"));
    let call = call.basic_auth("counterfoil", Some("sbx-fusion-secret"));
    let wrong_scope = call.form(&[("grant_type", "client_credentials"), ("scope", "other")]);
    let wrong_scope: Value = wrong_scope.send().await.unwrap().json().await.unwrap();
    assert_eq!(wrong_scope["error"], "invalid_scope");
}

#[tokio::test]
async fn calls_without_a_good_token_are_401() {
    let short = Duration::ZERO;
    let pod = Pod::start(FusionConfig {
        token_lifetime: short,
        ..config()
    })
    .await;
    let expired = pod.resource("ledgersLOV").send().await.unwrap();
    assert_eq!(expired.status(), 401);
    let bare = pod.client.get(pod.url(&format!("{RESOURCES}/ledgersLOV")));
    let basic = bare.basic_auth("counterfoil", Some("sbx-fusion-secret"));
    assert_eq!(basic.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn body_types_are_the_two_documented_ones() {
    let pod = Pod::start(config()).await;
    let send = |media_type: &'static str| {
        let call = pod
            .client
            .post(pod.url(&format!("{RESOURCES}/erpintegrations")));
        let call = call
            .bearer_auth(&pod.token)
            .header(CONTENT_TYPE, media_type);
        call.body(loader("1").to_string()).send()
    };
    let adf = "application/vnd.oracle.adf.resourceitem+json";
    assert_eq!(send(adf).await.unwrap().status(), 201);
    assert_eq!(
        send("application/json; charset=utf-8")
            .await
            .unwrap()
            .status(),
        201
    );
    assert_eq!(send("text/plain").await.unwrap().status(), 415);
}

#[tokio::test]
async fn errors_have_the_frameworks_shape() {
    let pod = Pod::start(config()).await;
    let call = pod
        .resource("journalBatches")
        .query(&[("q", "GroupId=7;x")]);
    let answer = call.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["title"], "Bad Request");
    assert_eq!(body["o:errorDetails"][0]["detail"], body["detail"]);
}

#[tokio::test]
async fn conditions_joined_with_and_find_nothing() {
    let pod = Pod::start(config()).await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    let count = async |q: &str| pod.get("journalBatches", &[("q", q)]).await["count"].clone();
    assert_eq!(count("BatchName LIKE 'CF-us%';Status='P'").await, 1);
    assert_eq!(count("BatchName LIKE 'CF-us%' and Status='P'").await, 0);
    assert_eq!(count("BatchName LIKE 'CF-eu%'").await, 0);
}

#[tokio::test]
async fn fields_choose_and_self_links_stay_unless_only_data() {
    let pod = Pod::start(config()).await;
    let page = pod.get("ledgersLOV", &[("fields", "LedgerId,Name")]).await;
    let ledger = page["items"][0].as_object().unwrap();
    assert_eq!(
        ledger.keys().collect::<Vec<_>>(),
        ["LedgerId", "Name", "links"]
    );
    assert_eq!(ledger["LedgerId"].to_string(), US_LEDGER);
}

#[tokio::test]
async fn period_statuses_without_the_application_mix_in_other_subledgers() {
    let pod = Pod::start(config()).await;
    let all = format!("LedgerId={US_LEDGER};PeriodNameId=Nov-26");
    let mixed = pod.get("accountingPeriodStatusLOV", &[("q", &all)]).await;
    assert_eq!(mixed["count"], 3);
    let status = async |period: &str| {
        let q = format!("LedgerId={US_LEDGER};ApplicationId=101;PeriodNameId={period}");
        let page = pod.get("accountingPeriodStatusLOV", &[("q", &q)]).await;
        page["items"][0]["ClosingStatus"]
            .as_str()
            .unwrap()
            .to_string()
    };
    for (period, letter) in [
        ("Nov-26", "O"),
        ("Oct-25", "O"),
        ("Sep-25", "C"),
        ("Dec-26", "O"),
        ("Jan-27", "N"),
    ] {
        assert_eq!(status(period).await, letter, "{period}");
    }
}

#[tokio::test]
async fn lists_of_values_hold_the_shared_world() {
    let pod = Pod::start(config()).await;
    let has = async |list: &str, q: &str| pod.get(list, &[("q", q)]).await["count"] != 0;
    assert!(has("ledgersLOV", "Name='EU Primary Ledger';CurrencyCode='EUR'").await);
    assert!(has("dataAccessSetsLOV", "AccessSetId=300000046975980").await);
    assert!(has("journalSourcesLOV", "UserJeSourceName='Counterfoil'").await);
    assert!(has("journalCategoriesLOV", "UserJeCategoryName='Web Refunds'").await);
    assert!(has("currenciesLOV", "CurrencyCode='USD'").await);
    assert!(
        has(
            "currencyConversionTypesLOV",
            "UserConversionType='Corporate'"
        )
        .await
    );
    assert!(has("chartOfAccountsLOV", "StructureInstanceNumber=101").await);
    let q = "EnabledFlag='Y';_CHART_OF_ACCOUNTS_ID=101;Account='41000';Company='101'";
    assert!(has("accountCombinationsLOV", q).await);
    assert!(!has("accountCombinationsLOV", "Account='99999'").await);
    assert!(has("valueSets/Product/child/values", "Value='150'").await);
    let missing = pod.resource("dailyRates").send().await.unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn daily_rates_come_by_finder_and_for_the_loaded_type_only() {
    let pod = Pod::start(config()).await;
    let rates = async |kind: &str| {
        let finder = format!(
            "CurrencyRatesFinder;fromCurrency=EUR,toCurrency=USD,userConversionType={kind},\
             startDate=2026-11-01,endDate=2026-11-03"
        );
        pod.get("currencyRates", &[("finder", &finder)]).await
    };
    assert_eq!(rates("Corporate").await["count"], 3);
    assert_eq!(rates("Spot").await["count"], 0);
}
