//! From a file to a posted batch, and reading it back.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use serde_json::json;

use crate::pod::{ACCOUNT, CARD, Pod, REVENUE, Row, config, csv, import, job, journal, zipped};
use sandbox::fusion::{AUTOPOST_CRITERIA_SET, AutoPost, FusionConfig};

#[tokio::test]
async fn a_batch_is_renamed_posted_and_read_back_by_prefix() {
    let pod = Pod::start(config()).await;
    let rows = [
        journal("77", "us-1001", "30.50"),
        journal("77", "us-1002", "0.10"),
    ]
    .concat();
    let launcher = pod.post("77", &rows).await;
    let (child, state) = pod.child(&launcher).await;
    assert_eq!(state, "SUCCEEDED");

    let found = pod
        .get("journalBatches", &[("q", "BatchName LIKE 'CF-us-0001%'")])
        .await;
    let batch = &found["items"][0];
    assert_eq!(
        batch["BatchName"],
        format!("CF-us-0001 Counterfoil A 77 {child} N")
    );
    assert_eq!(batch["Status"], "P");
    assert!(batch["PostedDate"].is_string());
    assert!(batch["RequestId"].is_null());
    assert_eq!(pod.stuck().await, Vec::<String>::new());

    let path = format!("journalBatches/{}/child/journalHeaders", batch["JeBatchId"]);
    let headers = pod
        .text(&path, &[("onlyData", "true"), ("orderBy", "JournalName")])
        .await;
    assert!(headers.contains(r#""RunningTotalDr":30.5,"#), "{headers}");
    assert!(
        headers.contains(r#""ExternalReference":"us-1002""#),
        "{headers}"
    );
    assert!(!headers.contains("links\":[{"), "{headers}");
}

#[tokio::test]
async fn lines_are_reached_through_the_opaque_keys_of_the_links() {
    let pod = Pod::start(config()).await;
    pod.post("77", &journal("77", "us-1001", "12.34")).await;
    let batches = pod.get("journalBatches", &[]).await;
    let id = batches["items"][0]["JeBatchId"].to_string();
    let headers = pod
        .get(&format!("journalBatches/{id}/child/journalHeaders"), &[])
        .await;
    let href = headers["items"][0]["links"][0]["href"].as_str().unwrap();
    let lines = pod
        .client
        .get(format!("{href}/child/journalLines"))
        .bearer_auth(&pod.token);
    let lines = lines.send().await.unwrap().text().await.unwrap();
    assert!(lines.contains(&format!(
        r#""AccountCombination":"{CARD}","EnteredDr":12.34"#
    )));
    assert!(
        lines.contains(r#""EnteredDr":null,"EnteredCr":12.34"#),
        "{lines}"
    );

    let guessed = pod.resource(&format!("journalBatches/{id}/child/journalHeaders/1"));
    assert_eq!(guessed.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_same_document_loaded_twice_doubles_the_rows() {
    let pod = Pod::start(config()).await;
    let document = pod
        .upload_to(ACCOUNT, &zipped(&csv(&journal("77", "us-1", "5"))))
        .await;
    pod.load_document(&document).await;
    pod.load_document(&document).await;
    pod.import("77").await;
    let batches = pod.batches().await;
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0]["total_debit"], "10");
}

#[tokio::test]
async fn importing_a_group_again_after_success_does_nothing() {
    let pod = Pod::start(config()).await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    let again = pod.import("77").await;
    assert_eq!(pod.state(&again).await, "SUCCEEDED");
    assert!(pod.log(&again).await.contains("Total: 0 group id(s)"));
    assert_eq!(pod.batches().await.len(), 1);
}

#[tokio::test]
async fn resending_rows_under_a_new_group_makes_a_second_batch() {
    let pod = Pod::start(config()).await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    pod.post("78", &journal("78", "us-1", "5")).await;
    let found = pod
        .get("journalBatches", &[("q", "BatchName LIKE 'CF-us-0001%'")])
        .await;
    assert_eq!(found["count"], 2);
}

#[tokio::test]
async fn a_group_with_dates_in_two_periods_becomes_two_batches_of_one_name() {
    let pod = Pod::start(config()).await;
    let october = journal("77", "us-2", "7")
        .into_iter()
        .map(|row| row.with(3, "2026/10/31").with(95, "Oct-26"));
    let rows: Vec<Row> = journal("77", "us-1", "5")
        .into_iter()
        .chain(october)
        .collect();
    pod.post("77", &rows).await;
    let batches = pod.batches().await;
    assert_eq!(batches.len(), 2);
    assert_eq!(batches[0]["name"], batches[1]["name"]);
    assert_eq!(batches[0]["period"], "Oct-26");
}

#[tokio::test]
async fn only_25_characters_of_a_journal_name_and_50_of_a_batch_name_count() {
    let pod = Pod::start(config()).await;
    let same = "us-order-1234567890-12345";
    let rows = [
        journal("77", &format!("{same}-a"), "5"),
        journal("77", &format!("{same}-b"), "7"),
    ];
    let long = "B".repeat(60);
    let rows: Vec<Row> = rows
        .concat()
        .into_iter()
        .map(|row| row.with(43, &long))
        .collect();
    pod.post("77", &rows).await;
    let batches = pod.batches().await;
    let name = batches[0]["name"].as_str().unwrap();
    assert!(
        name.starts_with(&format!("{} Counterfoil A", "B".repeat(50))),
        "{name}"
    );
    let journals = batches[0]["journals"].as_array().unwrap();
    assert_eq!(journals.len(), 1);
    assert_eq!(journals[0]["name"], same);
    assert_eq!(journals[0]["total_debit"], "12");
}

#[tokio::test]
async fn foreign_currency_is_converted_at_the_rate_given() {
    let pod = Pod::start(config()).await;
    let rows: Vec<Row> = journal("77", "us-1", "10.01")
        .into_iter()
        .map(|row| row.with(6, "EUR").with(64, "User").with(66, "1.10"))
        .collect();
    pod.post("77", &rows).await;
    let journal = &pod.batches().await[0]["journals"][0];
    assert_eq!(journal["total_debit"], "10.01");
    assert_eq!(journal["total_accounted_debit"], "11.01");
}

#[tokio::test]
async fn autopost_takes_open_periods_only_and_goes_on_when_one_opens() {
    let pod = Pod::start(config()).await;
    let status = |letter: &str| json!({ "ledger": "US Primary Ledger", "period": "Nov-26", "status": letter });
    pod.admin("periods", status("F")).await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    let batch = &pod.batches().await[0];
    assert_eq!(batch["status"], "U");
    assert_eq!(batch["posting_error"], "period Nov-26 is not open");
    let errors = format!("journalBatches/{}/child/journalErrors", batch["id"]);
    assert_eq!(pod.get(&errors, &[]).await["count"], 1);

    pod.admin("periods", status("O")).await;
    assert_eq!(pod.batches().await[0]["status"], "P");
}

#[tokio::test]
async fn under_approval_autopost_leaves_batches_until_someone_approves() {
    let pod = Pod::start(FusionConfig {
        approval_required: true,
        ..config()
    })
    .await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    let found = pod.get("journalBatches", &[]).await;
    assert_eq!(found["items"][0]["Status"], "U");
    assert_eq!(found["items"][0]["ApprovalStatusMeaning"], "In process");
    pod.admin("post", json!({ "batch_prefix": "CF-us-0001" }))
        .await;
    assert_eq!(pod.batches().await[0]["status"], "P");
}

#[tokio::test]
async fn the_autopost_job_posts_with_the_right_criteria_set_only() {
    let pod = Pod::start(FusionConfig {
        autopost: AutoPost::Off,
        ..config()
    })
    .await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    assert_eq!(pod.batches().await[0]["status"], "U");
    let wrong = pod.submit(&job("AutomaticPosting", "12345")).await;
    assert_eq!(pod.state(&wrong).await, "ERROR");
    assert_eq!(pod.batches().await[0]["status"], "U");
    let right = pod
        .submit(&job("AutomaticPosting", &AUTOPOST_CRITERIA_SET.to_string()))
        .await;
    assert_eq!(pod.state(&right).await, "SUCCEEDED");
    assert_eq!(pod.batches().await[0]["status"], "P");
}

#[tokio::test]
async fn only_completion_and_reversal_can_be_patched_and_only_unposted_deleted() {
    let pod = Pod::start(FusionConfig {
        autopost: AutoPost::Off,
        ..config()
    })
    .await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    let id = pod.batches().await[0]["id"].to_string();
    let url = pod.url(&format!("{}/journalBatches/{id}", crate::pod::RESOURCES));
    let patch = |body: serde_json::Value| {
        pod.client
            .patch(&url)
            .bearer_auth(&pod.token)
            .json(&body)
            .send()
    };
    assert_eq!(
        patch(json!({ "BatchName": "x" })).await.unwrap().status(),
        400
    );
    let marked = patch(json!({ "ReversalFlag": "Y", "ReversalPeriod": "Dec-26" }))
        .await
        .unwrap();
    let marked: serde_json::Value = marked.json().await.unwrap();
    assert_eq!(marked["ReversalFlag"], true);
    assert_eq!(marked["ReversalPeriod"], "Dec-26");

    pod.admin("post", json!({})).await;
    let delete = || pod.client.delete(&url).bearer_auth(&pod.token).send();
    assert_eq!(delete().await.unwrap().status(), 400);

    pod.post("78", &journal("78", "us-2", "5")).await;
    let id = pod.batches().await[1]["id"].to_string();
    let url = pod.url(&format!("{}/journalBatches/{id}", crate::pod::RESOURCES));
    let deleted = pod
        .client
        .delete(&url)
        .bearer_auth(&pod.token)
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(pod.batches().await.len(), 1);
}

#[tokio::test]
async fn a_batch_cannot_be_created_by_rest() {
    let pod = Pod::start(config()).await;
    let url = pod.url(&format!("{}/journalBatches", crate::pod::RESOURCES));
    let created = pod
        .client
        .post(url)
        .bearer_auth(&pod.token)
        .json(&json!({}))
        .send()
        .await;
    assert_eq!(created.unwrap().status(), 405);
}

#[tokio::test]
async fn all_takes_every_pending_group_and_summary_merges_lines() {
    let pod = Pod::start(config()).await;
    pod.load(&journal("77", "us-1", "5")).await;
    let twice = [journal("78", "us-2", "5"), journal("78", "us-2", "6")].concat();
    pod.load(&twice).await;
    let mut body = import(crate::pod::US_ACCESS_SET, crate::pod::US_LEDGER, "ALL");
    let parameters = body["ESSParameters"]
        .as_str()
        .unwrap()
        .replace(",N,N,N", ",N,Y,N");
    body["ESSParameters"] = parameters.into();
    pod.submit(&body).await;
    let batches = pod.batches().await;
    assert_eq!(batches.len(), 2);
    let lines = batches[1]["journals"][0]["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["account"], REVENUE);
    assert_eq!(lines[1]["credit"], "11");
}

#[tokio::test]
async fn several_hundred_journals_in_a_batch_read_back_in_pages() {
    let pod = Pod::start(config()).await;
    let rows: Vec<Row> = (0..600)
        .flat_map(|n| journal("77", &format!("us-{n:04}"), "1.01"))
        .collect();
    pod.post("77", &rows).await;
    let found = pod
        .get("journalBatches", &[("q", "BatchName LIKE 'CF-us-0001%'")])
        .await;
    assert_eq!(found["items"][0]["RunningTotalDr"], 606);
    let path = format!(
        "journalBatches/{}/child/journalHeaders",
        found["items"][0]["JeBatchId"]
    );
    let first = pod
        .get(&path, &[("limit", "9999"), ("totalResults", "true")])
        .await;
    assert_eq!(first["count"], 500);
    assert_eq!(first["hasMore"], true);
    assert_eq!(first["totalResults"], 600);
    let rest = pod
        .get(&path, &[("limit", "9999"), ("offset", "500")])
        .await;
    assert_eq!(
        (&rest["count"], &rest["hasMore"]),
        (&json!(100), &json!(false))
    );
    let default = pod.get(&path, &[]).await;
    assert_eq!(default["count"], 25);
}

#[tokio::test]
async fn settings_change_while_the_pod_runs() {
    let pod = Pod::start(config()).await;
    let lag = json!({ "read_back_lag_ms": 600_000, "journal_names": "suffixed" });
    pod.admin("settings", lag).await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    assert_eq!(pod.get("journalBatches", &[]).await["count"], 0);
    assert_eq!(
        pod.batches().await[0]["journals"][0]["name"],
        "us-1 Web Orders USD"
    );
}

#[tokio::test]
async fn the_european_ledger_takes_its_own_company_and_currency() {
    let pod = Pod::start(config()).await;
    let eu = |row: Row| row.with(2, "300000046975991").with(6, "EUR").with(9, "201");
    let rows: Vec<Row> = journal("77", "eu-1", "5").into_iter().map(eu).collect();
    pod.load(&rows).await;
    pod.submit(&import("300000046975999", "300000046975991", "77"))
        .await;
    let seen = pod.seen("ledger").await;
    let ledger = &seen["ledgers"][1];
    assert_eq!(ledger["name"], "EU Primary Ledger");
    assert_eq!(ledger["batches"][0]["status"], "P");
    assert!(pod.batches().await.is_empty());
}
