//! Scheduled processes as a client sees them in time.

use std::time::Duration;

use serde_json::{Value, json};

use crate::pod::{ACCOUNT, Pod, config, csv, job, journal, unzipped, upload, zipped};
use sandbox::fusion::FusionConfig;

#[tokio::test]
async fn a_job_answers_before_it_is_done() {
    let slow = Duration::from_secs(3600);
    let pod = Pod::start(FusionConfig {
        job_duration: slow,
        ..config()
    })
    .await;
    let load = pod.load(&journal("77", "us-1", "5")).await;
    assert_eq!(pod.erp_status(&load).await, "WAIT");
    assert!(pod.stuck().await.is_empty());
}

#[tokio::test]
async fn a_rejected_submission_answers_201_with_minus_one() {
    let pod = Pod::start(config()).await;
    assert_eq!(pod.submit(&job("NoSuchJob", "1")).await, "-1");
    let wrong_package = json!({
        "OperationName": "submitESSJobRequest", "JobPackageName": "/oracle/apps/ess/other",
        "JobDefName": "JournalImportLauncher", "ESSParameters": "1,2,3,4,N,N,N",
    });
    assert_eq!(pod.submit(&wrong_package).await, "-1");
    assert_eq!(pod.scheduler("", &[]).await["totalResults"], 0);
}

#[tokio::test]
async fn status_is_empty_for_children_and_unknown_requests() {
    let pod = Pod::start(config()).await;
    let launcher = pod.post("77", &journal("77", "us-1", "5")).await;
    let (child, _) = pod.child(&launcher).await;
    assert_eq!(pod.erp_status(&child).await, "");
    assert_eq!(pod.erp_status("1").await, "");
    assert_eq!(pod.state(&child).await, "SUCCEEDED");
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_is_found_by_its_arguments() {
    let pod = Pod::start(config()).await;
    let launcher = pod.post("77", &journal("77", "us-1", "5")).await;
    let page = pod
        .scheduler("", &[("q", "submitter eq 'counterfoil'"), ("limit", "2")])
        .await;
    assert_eq!(page["hasMore"], true);
    let mine = page["items"].as_array().unwrap().iter().find(|request| {
        let parameters = request["requestParameters"].as_array().unwrap();
        let group = json!({ "name": "submit.argument4", "value": "77" });
        request["parentRequestId"] == 0 && parameters.contains(&group)
    });
    assert_eq!(mine.unwrap()["requestId"].to_string(), launcher);
    assert_eq!(page["items"][0]["jobDisplayName"], "Import Journals: Child");
}

#[tokio::test]
async fn the_tree_of_a_request_is_listed_by_its_top() {
    let pod = Pod::start(config()).await;
    let load = pod.load(&journal("77", "us-1", "5")).await;
    let q = format!("absParentRequestId eq {load}");
    let page = pod
        .scheduler(
            "",
            &[
                ("q", &q),
                ("orderBy", "requestId:asc"),
                ("fields", "jobDisplayName,state"),
            ],
        )
        .await;
    let names: Vec<&Value> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["jobDisplayName"])
        .collect();
    let expected = [
        "Load Interface File for Import",
        "Transfer File",
        "Load File to Interface",
    ];
    assert_eq!(names, expected);
    assert!(page["items"][0]["submitter"].is_null());
}

#[tokio::test]
async fn a_bulk_import_runs_both_under_one_request() {
    let pod = Pod::start(config()).await;
    let mut bulk = upload(ACCOUNT, &zipped(&csv(&journal("77", "us-1", "5"))));
    bulk["OperationName"] = "importBulkData".into();
    bulk["JobName"] =
        "/oracle/apps/ess/financials/generalLedger/programs/common,JournalImportLauncher".into();
    bulk["ParameterList"] = "300000046975980,Counterfoil,300000046975971,77,N,N,N".into();
    bulk["JobOptions"] = "ExtractFileType=ALL,InterfaceDetails=15".into();
    let request = pod.submit(&bulk).await;
    assert_eq!(pod.erp_status(&request).await, "SUCCEEDED");
    let tree = pod.tree(&request).await;
    let jobs = tree["JOBS"].as_array().unwrap();
    assert_eq!(jobs[1]["CHILD"][0]["JOBNAME"], "Import Journals: Child");
    assert_eq!(pod.batches().await.len(), 1);
    assert_eq!(pod.logs(&request).await.len(), 5);

    bulk["JobOptions"] = Value::Null;
    let bare = pod.submit(&bulk).await;
    assert_eq!(
        pod.logs(&bare).await.len(),
        4,
        "without job options no error file is extracted"
    );
}

#[tokio::test]
async fn a_load_that_fails_stops_a_bulk_import() {
    let pod = Pod::start(config()).await;
    let mut bulk = upload(ACCOUNT, b"no zip");
    bulk["OperationName"] = "importBulkData".into();
    bulk["JobName"] =
        "/oracle/apps/ess/financials/generalLedger/programs/common,JournalImportLauncher".into();
    bulk["ParameterList"] = "300000046975980,Counterfoil,300000046975971,77,N,N,N".into();
    let request = pod.submit(&bulk).await;
    assert_eq!(pod.erp_status(&request).await, "ERROR");
    assert!(pod.tree(&request).await["JOBS"].is_object());
}

#[tokio::test]
async fn logs_are_downloaded_by_operation_too() {
    let pod = Pod::start(config()).await;
    let load = pod.load(&journal("77", "us-1", "5")).await;
    let body = json!({
        "OperationName": "downloadESSJobExecutionDetails", "ReqstId": load, "FileType": "LOG",
    });
    let answer = pod.operate(&body).await;
    let logs = unzipped(answer["DocumentContent"].as_str().unwrap());
    assert_eq!(logs.len(), 3);
    assert!(
        logs.values()
            .any(|log| log.contains("2 Rows successfully loaded."))
    );
}
