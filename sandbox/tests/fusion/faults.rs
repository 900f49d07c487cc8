//! Faults, switched on through the admin path.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::time::Duration;

use serde_json::{Value, json};

use crate::pod::{Pod, US_ACCESS_SET, US_LEDGER, config, import, journal};

#[tokio::test]
async fn a_lost_answer_leaves_the_work_done() {
    let pod = Pod::start(config()).await;
    pod.load(&journal("77", "us-1", "5")).await;
    pod.admin(
        "faults",
        json!({ "operation": "import", "times": 1, "lose_answer": true }),
    )
    .await;
    let lost = pod
        .operation(&import(US_ACCESS_SET, US_LEDGER, "77"))
        .send()
        .await;
    assert!(lost.is_err(), "the connection is dropped without an answer");
    assert_eq!(pod.batches().await.len(), 1);
    assert_ne!(pod.import("77").await, "-1");
}

#[tokio::test]
async fn a_refused_call_does_no_work_and_counts() {
    let pod = Pod::start(config()).await;
    pod.load(&journal("77", "us-1", "5")).await;
    let faults = json!([
        { "operation": "import", "times": 1, "refuse": 503 },
        { "operation": "import", "times": 1, "after": 1, "reqst_id_minus_one": true },
    ]);
    pod.admin("faults", faults).await;
    let refused = pod
        .operation(&import(US_ACCESS_SET, US_LEDGER, "77"))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 503);
    assert_eq!(pod.import("77").await, "-1");
    assert!(pod.batches().await.is_empty());
    pod.import("77").await;
    assert_eq!(pod.batches().await.len(), 1);
    let calls = pod.seen("calls").await;
    assert_eq!(calls["operations"]["import"], 3);
    assert_eq!(calls["operations"]["upload"], 1);
    assert_eq!(pod.seen("faults").await, json!([]));
}

#[tokio::test]
async fn throttling_comes_with_and_without_retry_after() {
    let pod = Pod::start(config()).await;
    let faults = json!([
        { "operation": "lov", "times": 1, "throttle": true, "retry_after": 2 },
        { "operation": "lov", "times": 1, "after": 1, "throttle": true },
    ]);
    pod.admin("faults", faults).await;
    let first = pod.resource("ledgersLOV").send().await.unwrap();
    assert_eq!(first.status(), 429);
    assert_eq!(first.headers()["retry-after"], "2");
    let second = pod.resource("ledgersLOV").send().await.unwrap();
    assert_eq!(second.status(), 429);
    assert!(!second.headers().contains_key("retry-after"));
    assert_eq!(
        pod.resource("ledgersLOV").send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn a_token_can_end_before_its_time() {
    let mut pod = Pod::start(config()).await;
    pod.admin(
        "faults",
        json!({ "operation": "upload", "times": 1, "expire_token": true }),
    )
    .await;
    let upload = pod.operation(&json!({ "OperationName": "uploadFileToUCM" }));
    assert_eq!(upload.send().await.unwrap().status(), 401);
    assert_eq!(
        pod.resource("ledgersLOV").send().await.unwrap().status(),
        401
    );
    pod.log_in().await;
    assert_eq!(
        pod.resource("ledgersLOV").send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn while_down_every_call_is_cut_until_the_faults_are_cleared() {
    let pod = Pod::start(config()).await;
    pod.admin("faults", json!({ "down": true })).await;
    assert!(pod.resource("ledgersLOV").send().await.is_err());
    let clear = pod
        .client
        .delete(pod.url("/admin/fusion/faults"))
        .send()
        .await
        .unwrap();
    assert_eq!(clear.status(), 204);
    assert_eq!(
        pod.resource("ledgersLOV").send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_undo_its_call() {
    let pod = Pod::start(config()).await;
    pod.load(&journal("77", "us-1", "5")).await;
    pod.admin(
        "faults",
        json!({ "operation": "import", "times": 1, "delay_ms": 1500 }),
    )
    .await;
    let call = pod.operation(&import(US_ACCESS_SET, US_LEDGER, "77"));
    let given_up = call.timeout(Duration::from_millis(100)).send().await;
    assert!(given_up.unwrap_err().is_timeout());
    for _ in 0..200 {
        if !pod.batches().await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the import never ran");
}

#[tokio::test]
async fn fresh_batches_are_hidden_from_the_read_back_for_a_time() {
    let pod = Pod::start(config()).await;
    pod.admin("faults", json!({ "times": 1, "hide_batches_ms": 600_000 }))
        .await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    pod.post("78", &journal("78", "us-2", "5")).await;
    let batches = pod.batches().await;
    assert_eq!(batches.len(), 2);
    let seen = pod.get("journalBatches", &[]).await;
    assert_eq!(seen["count"], 1);
    let hidden = pod.resource(&format!("journalBatches/{}", batches[0]["id"]));
    assert_eq!(hidden.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn an_import_child_can_warn_without_naming_a_row() {
    let pod = Pod::start(config()).await;
    pod.admin(
        "faults",
        json!({ "times": 1, "import_child_warning": true }),
    )
    .await;
    let launcher = pod.post("77", &journal("77", "us-1", "5")).await;
    assert_eq!(pod.erp_status(&launcher).await, "SUCCEEDED");
    assert_eq!(pod.child(&launcher).await.1, "WARNING");
    assert!(!pod.log(&launcher).await.contains("Error Lines"));
    assert_eq!(pod.stuck().await, ["NEW", "NEW"]);
}

#[tokio::test]
async fn an_import_can_take_half_and_say_it_succeeded() {
    let pod = Pod::start(config()).await;
    pod.admin("faults", json!({ "times": 1, "half_import": true }))
        .await;
    let rows = [journal("77", "us-1", "5"), journal("77", "us-2", "6")].concat();
    let launcher = pod.post("77", &rows).await;
    assert_eq!(pod.child(&launcher).await.1, "SUCCEEDED");
    assert_eq!(pod.batches().await[0]["total_debit"], "5");
    assert_eq!(pod.stuck().await, ["NEW", "NEW"]);
}

#[tokio::test]
async fn a_fault_that_cannot_be_meant_is_refused_with_its_reason() {
    let pod = Pod::start(config()).await;
    for (fault, says) in [
        (json!({ "loose_answer": true }), "unknown field"),
        (json!({ "operation": "import" }), "names no effect"),
        (
            json!({ "retry_after": 1, "down": true }),
            "set throttle too",
        ),
    ] {
        let call = pod
            .client
            .post(pod.url("/admin/fusion/faults"))
            .json(&fault);
        let answer = call.send().await.unwrap();
        assert_eq!(answer.status(), 400, "{fault}");
        let body: Value = answer.json().await.unwrap();
        assert!(body["detail"].as_str().unwrap().contains(says), "{body}");
    }
}

#[tokio::test]
async fn a_reset_empties_the_pod_and_keeps_its_settings() {
    let mut pod = Pod::start(config()).await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    pod.admin("reset", json!({})).await;
    assert!(pod.batches().await.is_empty());
    assert_eq!(pod.seen("calls").await["total"], 0);
    pod.log_in().await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    assert_eq!(pod.batches().await.len(), 1);
}

#[tokio::test]
async fn a_pod_that_is_shut_down_drops_its_open_connections() {
    let pod = Pod::start(config()).await;
    let url = pod.url("/admin/fusion/calls");
    assert!(pod.client.get(&url).send().await.is_ok());
    let client = pod.client.clone();
    pod.handle.shutdown().await;
    assert!(client.get(&url).send().await.is_err());
}

#[tokio::test]
async fn a_queued_import_is_found_by_its_arguments_before_anything_is_imported() {
    let pod = Pod::start(config()).await;
    pod.load(&journal("77", "us-1", "5")).await;
    let queue = json!({ "operation": "import", "queue_ms": 600_000, "lose_answer": true });
    pod.admin("faults", queue).await;
    let lost = pod.operation(&import(US_ACCESS_SET, US_LEDGER, "77"));
    assert!(lost.send().await.is_err());
    let newest = pod.scheduler("", &[("limit", "1")]).await;
    assert_eq!(newest["items"][0]["state"], "WAIT");
    assert_eq!(newest["items"][0]["requestParameters"][3]["value"], "77");
    assert!(pod.batches().await.is_empty());
}
