//! The client against the Fusion stand-in, which shares no code with it.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::time::Duration;

use fusion::{
    BatchFile, BatchJournal, Conversion, Fault, Fusion, ImportArguments, JobTree, OAuthClient,
    Options, PeriodStatus, SignIn,
};
use sandbox::fusion::{FusionConfig, FusionHandle};
use schemas::{Currency, Journal, JournalLine, Role, Side};
use serde_json::{Value, json};

const US: u64 = 300_000_046_975_971;
const US_ACCESS: u64 = 300_000_046_975_980;
const GROUP: u64 = 4711;

async fn pod() -> FusionHandle {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = FusionConfig {
        job_duration: Duration::from_millis(10),
        today: Some("2026-11-20".parse().unwrap()),
        ..FusionConfig::default()
    };
    sandbox::fusion::serve(config, listener).await.unwrap()
}

fn options(pod: &FusionHandle) -> Options {
    // The HTTP client wants a provider even where nothing is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Options {
        url: pod.base_url(),
        sign_in: SignIn::ClientCredentials(application(pod)),
        document_account: "fin/generalLedger/import".into(),
        interface: 15,
        timeout: Duration::from_secs(5),
        retries: 3,
        retry_pause: Duration::from_millis(5),
        clock: service::Clock::System,
    }
}

fn application(pod: &FusionHandle) -> OAuthClient {
    OAuthClient {
        token_url: format!("{}/oauth2/v1/token", pod.base_url()),
        client_id: "counterfoil".into(),
        client_secret: "sbx-fusion-secret".into(),
        scope: "urn:opc:resource:fusion:sbx:erp/".into(),
    }
}

fn client(pod: &FusionHandle) -> Fusion {
    Fusion::new(options(pod)).unwrap()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}

async fn fault(pod: &FusionHandle, fault: Value) {
    let url = format!("{}/admin/fusion/faults", pod.base_url());
    let answer = http().post(url).json(&fault).send().await;
    assert!(answer.unwrap().status().is_success());
}

async fn calls(pod: &FusionHandle, operation: &str) -> u64 {
    let url = format!("{}/admin/fusion/calls", pod.base_url());
    let answer = http().get(url).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["operations"][operation].as_u64().unwrap_or_default()
}

fn journal(account: &str) -> Journal {
    let usd = Currency::from_code("USD").unwrap();
    let line = |account: &str, side| JournalLine {
        account: account.parse().unwrap(),
        side,
        amount: usd.minor(123_456),
        role: Role::Revenue,
        rule: "r".into(),
        memo: "a sale, \"quoted\"".into(),
    };
    let lines = vec![
        line("101.10.11010.000.000.000", Side::Debit),
        line(account, Side::Credit),
    ];
    Journal::new(usd, lines).unwrap()
}

fn file(journals: &[(String, Journal)]) -> Vec<u8> {
    let date = "2026-11-05".parse().unwrap();
    let journals: Vec<BatchJournal> = journals
        .iter()
        .map(|(key, journal)| BatchJournal {
            conversion: Conversion {
                kind: "Corporate",
                rate: None,
            },
            key,
            description: "",
            category: "Web Orders",
            accounting_date: date,
            entity: "us/1",
            original: "",
            journal,
        })
        .collect();
    let file = BatchFile {
        ledger_id: Some(US),
        ledger_name: "US Primary Ledger",
        ledger_currency: Currency::from_code("USD").unwrap(),
        source: "Counterfoil",
        name: "CF-us-test-1",
        description: "",
        group: GROUP,
        created: date,
        period: "Nov-26",
    };
    file.zip(&journals).unwrap()
}

async fn finished(fusion: &Fusion, request: u64) -> JobTree {
    loop {
        let tree = fusion.job_tree(request).await.unwrap();
        if tree.is_final() {
            return tree;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Uploads, loads and imports, and returns the import's request.
async fn import(fusion: &Fusion, journals: &[(String, Journal)]) -> u64 {
    let document = fusion.upload("batch.zip", &file(journals)).await.unwrap();
    let load = fusion.submit_load(&document).await.unwrap();
    assert_eq!(finished(fusion, load).await.failures().count(), 0);
    let found = fusion.find_loads(&document, None).await.unwrap();
    assert_eq!(
        found.iter().map(|it| it.request).collect::<Vec<_>>(),
        [load]
    );
    let arguments = ImportArguments {
        data_access_set: US_ACCESS,
        source: "Counterfoil",
        ledger: US,
        group: GROUP,
    };
    fusion.submit_import(arguments).await.unwrap()
}

#[tokio::test]
async fn a_batch_beyond_one_page_goes_in_and_is_read_back() {
    let pod = pod().await;
    let fusion = client(&pod);
    let key = |number: u32| format!("us-{number}-1");
    let journals: Vec<(String, Journal)> = (1..=600)
        .map(|number| (key(number), journal("101.10.41000.100.110.000")))
        .collect();
    let request = import(&fusion, &journals).await;
    assert_eq!(finished(&fusion, request).await.failures().count(), 0);
    let found = fusion.find_imports(GROUP, None).await.unwrap();
    assert_eq!(
        found.iter().map(|it| it.request).collect::<Vec<_>>(),
        [request]
    );

    let batches = fusion.batches_by_prefix("CF-us-test-").await.unwrap();
    assert_eq!(batches.len(), 1);
    assert!(batches[0].is_posted() && batches[0].posted().is_some());
    let headers = fusion.headers(batches[0].id).await.unwrap();
    assert_eq!(headers.len(), 600);
    let one = headers.iter().find(|it| it.is_named("us-7-1")).unwrap();
    assert_eq!(one.debits.to_string(), "1234.56");
    assert_eq!(one.debits, one.credits);
    assert!(fusion.batches_by_prefix("CF-eu-").await.unwrap().is_empty());
}

#[tokio::test]
async fn the_report_names_the_journal_that_was_refused() {
    let pod = pod().await;
    let fusion = client(&pod);
    let journals = [
        ("us-1-1".to_owned(), journal("101.10.41000.100.110.000")),
        ("us-2-1".to_owned(), journal("101.10.99999.100.110.000")),
    ];
    let request = import(&fusion, &journals).await;
    assert!(finished(&fusion, request).await.failures().count() > 0);
    let lines = fusion.execution_log(request).await.unwrap().error_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].codes, ["EF04"]);
    assert!(lines[0].cells.contains(&"us-2-1".to_owned()), "{lines:?}");
}

#[tokio::test]
async fn an_import_of_no_rows_says_so_only_in_its_log() {
    let pod = pod().await;
    let fusion = client(&pod);
    let arguments = ImportArguments {
        data_access_set: US_ACCESS,
        source: "Counterfoil",
        ledger: US,
        group: 1,
    };
    let request = fusion.submit_import(arguments).await.unwrap();
    assert_eq!(finished(&fusion, request).await.failures().count(), 0);
    assert!(
        fusion
            .execution_log(request)
            .await
            .unwrap()
            .selected_no_group()
    );
}

#[tokio::test]
async fn a_token_is_shared_renewed_once_and_then_given_up() {
    let pod = pod().await;
    let fusion = client(&pod);
    fusion.ledgers().await.unwrap();
    fusion.sources().await.unwrap();
    assert_eq!(calls(&pod, "token").await, 1);
    fault(
        &pod,
        json!({"operation": "lov", "times": 1, "expire_token": true}),
    )
    .await;
    fusion.ledgers().await.unwrap();
    assert_eq!(calls(&pod, "token").await, 2);
    fault(
        &pod,
        json!({"operation": "lov", "times": 2, "expire_token": true}),
    )
    .await;
    let error = fusion.ledgers().await.unwrap_err();
    assert!(
        matches!(*error.fault, Fault::Unauthorized { status: 401, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn wrong_credentials_are_named_and_not_shown() {
    let pod = pod().await;
    let fusion = Fusion::new(Options {
        sign_in: SignIn::ClientCredentials(OAuthClient {
            client_secret: "not-the-secret".into(),
            ..application(&pod)
        }),
        ..options(&pod)
    });
    let error = fusion.unwrap().ledgers().await.unwrap_err();
    assert!(error.is_unauthorized());
    assert!(!format!("{error:?}").contains("not-the-secret"));
}

#[tokio::test]
async fn reads_are_repeated_and_calls_are_not() {
    let pod = pod().await;
    let fusion = client(&pod);
    fault(&pod, json!({"operation": "lov", "times": 2, "refuse": 503})).await;
    assert_eq!(fusion.ledgers().await.unwrap().len(), 2);
    fault(
        &pod,
        json!({"operation": "load", "times": 1, "refuse": 503}),
    )
    .await;
    let error = fusion.submit_load("1").await.unwrap_err();
    assert!(error.is_unknown_outcome());
    assert_eq!(calls(&pod, "load").await, 1);
    fault(
        &pod,
        json!({"operation": "load", "times": 1, "throttle": true, "retry_after": 7}),
    )
    .await;
    let error = fusion.submit_load("1").await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn reference_data_are_read() {
    let pod = pod().await;
    let fusion = client(&pod);
    let ledgers = fusion.ledgers().await.unwrap();
    let us = ledgers.iter().find(|it| it.id == US).unwrap();
    assert_eq!(
        (us.name.as_str(), us.currency.as_str()),
        ("US Primary Ledger", "USD")
    );
    let periods = fusion.periods(US).await.unwrap();
    let status = |name: &str| periods.iter().find(|it| it.name == name).unwrap().status;
    assert_eq!(status("Nov-26"), PeriodStatus::Open);
    assert_eq!(status("Jul-25"), PeriodStatus::Closed);
    let named = |list: Vec<fusion::Named>, name: &str| list.iter().any(|it| it.name == name);
    assert!(named(fusion.sources().await.unwrap(), "Counterfoil"));
    assert!(named(fusion.categories().await.unwrap(), "Web Refunds"));
}

#[tokio::test]
async fn accounts_are_found_in_a_chart_of_a_hundred_thousand_in_few_calls() {
    let pod = pod().await;
    let grow = json!({"action": "grow", "cost_centers": 560});
    let url = format!("{}/admin/fusion/accounts", pod.base_url());
    let answer = http().post(&url).json(&grow).send().await.unwrap();
    assert!(answer.status().is_success());
    let client = client(&pod);
    let ledgers = client.ledgers().await.unwrap();
    let chart = ledgers.iter().find(|ledger| ledger.id == US).unwrap().chart;
    let names = client.segment_names(chart).await.unwrap();
    let expected = [
        "Company",
        "LOB",
        "Account",
        "CostCenter",
        "Product",
        "Intercompany",
    ];
    assert_eq!(names, expected);

    // What orders of one company are booked on: few cost centers, several products.
    let mut wanted: std::collections::BTreeSet<schemas::Account> = ["11010", "11020", "21500"]
        .map(|account| format!("101.10.{account}.000.000.000").parse().unwrap())
        .into();
    for product in ["110", "120", "130", "140", "150"] {
        let revenue = format!("101.10.41000.C00100.{product}.000");
        wanted.insert(revenue.parse().unwrap());
    }
    let missing: schemas::Account = "101.10.41000.C99999.110.000".parse().unwrap();
    let short: schemas::Account = "101.10.41000".parse().unwrap();
    let there = wanted.clone();
    wanted.extend([missing.clone(), short]);
    let before = calls(&pod, "lov").await;
    let found = client.combinations(chart, &names, &wanted).await.unwrap();
    let asked = calls(&pod, "lov").await - before;
    assert!(there.iter().eq(found.keys()), "{found:?}");
    assert!(asked <= 8, "{asked} calls");
}

#[tokio::test]
async fn what_a_combination_is_like_is_read_too() {
    let pod = pod().await;
    let account = "101.10.41000.100.110.000";
    for change in [
        json!({"action": "end", "combination": account, "date": "2026-11-01"}),
        json!({"action": "forbid_posting", "combination": account}),
    ] {
        let url = format!("{}/admin/fusion/accounts", pod.base_url());
        let answer = http().post(url).json(&change).send().await.unwrap();
        assert!(answer.status().is_success());
    }
    let client = client(&pod);
    let names = client.segment_names(101).await.unwrap();
    let wanted = [account.parse().unwrap()].into();
    let found = client.combinations(101, &names, &wanted).await.unwrap();
    let found = found.values().next().unwrap();
    assert!(found.enabled && !found.takes_journals);
    assert_eq!(found.ends.unwrap().to_string(), "2026-11-01");
}

#[tokio::test]
async fn currencies_types_rates_and_access_sets_are_read() {
    let pod = pod().await;
    let client = client(&pod);
    assert!(client.currencies().await.unwrap().contains("EUR"));
    assert!(
        client
            .conversion_types()
            .await
            .unwrap()
            .contains("Corporate")
    );
    let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    let (first, last) = (day("2026-11-01"), day("2026-11-03"));
    let days = client
        .rate_days("EUR", "USD", "Corporate", first, last)
        .await;
    assert_eq!(days.unwrap().len(), 3);
    let none = client.rate_days("EUR", "USD", "Spot", first, last).await;
    assert!(none.unwrap().is_empty());
    let sets = client.access_sets("US Primary Ledger").await.unwrap();
    assert_eq!(sets[0].id, US_ACCESS);
    assert!(client.access_sets("O'Neill").await.unwrap().is_empty());
    let held = client.access_set_ledgers(US_ACCESS).await.unwrap();
    assert_eq!((held[0].ledger, held[0].is_read_only()), (US, false));
}
