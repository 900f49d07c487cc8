//! What the loader and Journal Import refuse, and what that leaves behind.

use serde_json::json;

use crate::pod::{
    ACCOUNT, CARD, Pod, REVENUE, Row, config, csv, import, journal, zipped, zipped_as,
};
use sandbox::fusion::{FusionConfig, Unbalanced};

/// Loads one good journal and one that is changed, imports, and gives the
/// statuses of the stuck rows: two good ones, then the changed ones.
async fn statuses_of(pod: &Pod, change: impl Fn(Row) -> Row) -> Vec<String> {
    let bad = journal("77", "us-bad", "9").into_iter().map(change);
    let rows: Vec<Row> = journal("77", "us-good", "5")
        .into_iter()
        .chain(bad)
        .collect();
    let launcher = pod.post("77", &rows).await;
    assert_eq!(pod.state(&launcher).await, "SUCCEEDED");
    let (_, child) = pod.child(&launcher).await;
    assert_eq!(
        child,
        if pod.batches().await.is_empty() {
            "WARNING"
        } else {
            "SUCCEEDED"
        }
    );
    pod.stuck().await
}

async fn assert_code(change: impl Fn(Row) -> Row, code: &str) {
    let pod = Pod::start(config()).await;
    assert_eq!(statuses_of(&pod, change).await, ["P", "P", code, code]);
    assert!(pod.batches().await.is_empty());
}

#[tokio::test]
async fn one_bad_account_holds_the_whole_group_and_the_good_rows_show_p() {
    let pod = Pod::start(config()).await;
    let bad = |row: Row| {
        if row.0[10] == "41000" {
            row.with(11, "99999")
        } else {
            row
        }
    };
    assert_eq!(statuses_of(&pod, bad).await, ["P", "P", "P", "EF04"]);
    let seen = pod.seen("interface").await;
    let described = seen["groups"][0]["rows"][3]["status_description"]
        .as_str()
        .unwrap();
    assert!(described.starts_with("FLEX-VALUE DOES NOT EXIST (SEGMENT=Account) (VALUESET="));
    assert!(described.ends_with("(VALUE=99999)"));
}

#[tokio::test]
async fn the_childs_log_names_the_rows_in_error_and_ends_with_every_code() {
    let pod = Pod::start(config()).await;
    let bad = Row::new("77", "us-bad", "101.10.99999.000.000.000").debit("9");
    let rows = [journal("77", "us-good", "5"), vec![bad]].concat();
    let launcher = pod.post("77", &rows).await;
    let (child, _) = pod.child(&launcher).await;
    let logs = pod.logs(&launcher).await;
    let report = &logs[&format!("{child}.log")];
    let (_, rest) = report.split_once("= Error Lines =").unwrap();
    let (errors, legend) = rest.split_once("= Error Key =").unwrap();
    assert!(errors.contains("\nEF04,EU02  Counterfoil  2026-11-20  USD  Web Orders  9  -  "));
    assert!(
        errors.contains("us-bad") && !errors.contains("us-good"),
        "{errors}"
    );
    assert!(legend.contains("EP01") && legend.contains("EC06"));
}

#[tokio::test]
async fn stuck_rows_are_selected_again_and_go_when_the_cause_is_gone() {
    let pod = Pod::start(config()).await;
    let closed = json!({ "period": "Nov-26", "status": "C" });
    pod.admin("periods", closed).await;
    pod.post("77", &journal("77", "us-1", "5")).await;
    assert_eq!(pod.stuck().await, ["EP01", "EP01"]);
    pod.admin("periods", json!({ "period": "Nov-26", "status": "O" }))
        .await;
    pod.import("77").await;
    assert_eq!(pod.batches().await.len(), 1);
    assert!(pod.stuck().await.is_empty());
}

#[tokio::test]
async fn dates_outside_open_periods_are_ep01() {
    assert_code(|row| row.with(3, "2025/09/15").with(95, "Sep-25"), "EP01").await;
    assert_code(|row| row.with(3, "2030/01/15").with(95, "Jan-30"), "EP01").await;
    assert_code(|row| row.with(95, "Oct-26"), "EP01").await;
}

#[tokio::test]
async fn accounts_that_are_disabled_ended_or_without_posting_have_their_codes() {
    for (change, code) in [
        (json!({ "action": "disable", "combination": CARD }), "EF03"),
        (
            json!({ "action": "end", "combination": CARD, "date": "2026-11-19" }),
            "EF01",
        ),
        (
            json!({ "action": "forbid_posting", "combination": CARD }),
            "EF02",
        ),
        (
            json!({ "action": "disable", "segment": "Account", "value": "11010" }),
            "EF04",
        ),
    ] {
        let pod = Pod::start(config()).await;
        pod.admin("accounts", change).await;
        pod.post("77", &journal("77", "us-1", "5")).await;
        assert_eq!(pod.stuck().await, [code, "P"]);
    }
}

#[tokio::test]
async fn another_ledgers_company_and_a_missing_segment_are_ef04() {
    assert_code(|row| row.with(9, "201"), "EF04").await;
    assert_code(|row| row.with(14, ""), "EF04").await;
}

#[tokio::test]
async fn an_added_value_is_accepted_from_then_on() {
    let pod = Pod::start(config()).await;
    let add = json!({ "action": "add", "segment": "Account", "value": "41999" });
    pod.admin("accounts", add).await;
    let rows: Vec<Row> = journal("77", "us-1", "5")
        .into_iter()
        .map(|row| row.with(11, "41999"))
        .collect();
    pod.post("77", &rows).await;
    assert_eq!(pod.batches().await.len(), 1);
    let q = "_CHART_OF_ACCOUNTS_ID=101;Account='41999'";
    let created = pod.get("accountCombinationsLOV", &[("q", q)]).await;
    assert_eq!(created["count"], 2, "{created}");
}

#[tokio::test]
async fn an_unbalanced_journal_is_eu02_or_imported_and_never_posted() {
    let one_cent_more = |row: Row| {
        if row.0[38].is_empty() {
            row
        } else {
            row.debit("9.01")
        }
    };
    assert_code(one_cent_more, "EU02").await;

    let silent = Unbalanced::ImportSilently;
    let pod = Pod::start(FusionConfig {
        unbalanced: silent,
        ..config()
    })
    .await;
    assert!(statuses_of(&pod, one_cent_more).await.is_empty());
    let batch = &pod.batches().await[0];
    assert_eq!(batch["status"], "U");
    assert_eq!(batch["posting_error"], "journal us-bad is not balanced");
}

#[tokio::test]
async fn a_journal_spread_over_two_names_is_unbalanced() {
    let renamed = |row: Row| {
        if row.0[38].is_empty() {
            row.with(46, "us-other")
        } else {
            row
        }
    };
    assert_code(renamed, "EU02").await;
}

#[tokio::test]
async fn unknown_category_and_currency_have_their_codes() {
    assert_code(|row| row.with(5, "Nonsense"), "ES02").await;
    assert_code(|row| row.with(6, "XXX"), "EC08").await;
}

#[tokio::test]
async fn conversion_rules_have_their_codes() {
    let eur = |row: Row| row.with(6, "EUR");
    assert_code(eur, "EC03").await;
    assert_code(|row| eur(row).with(64, "User"), "EC01").await;
    assert_code(|row| eur(row).with(64, "Corporate"), "EC02").await;
    assert_code(
        |row| eur(row).with(64, "Spot").with(65, "2026/11/20"),
        "EC06",
    )
    .await;
    assert_code(
        |row| eur(row).with(64, "Nonsense").with(65, "2026/11/20"),
        "EC11",
    )
    .await;
    assert_code(|row| row.with(41, "1").with(42, "1"), "EC12").await;
    assert_code(|row| row.debit("1000000000000000").credit(""), "EC13").await;
    assert_code(|row| row.debit("1").credit("1"), "EC13").await;
}

#[tokio::test]
async fn a_row_can_carry_several_codes() {
    let both = |row: Row| row.with(5, "Nonsense").with(11, "99999");
    assert_code(both, "ES02,EF04").await;
}

#[tokio::test]
async fn a_wrong_group_selects_nothing_and_still_succeeds() {
    let pod = Pod::start(config()).await;
    let launcher = pod.post("78", &journal("77", "us-1", "5")).await;
    assert_eq!(pod.erp_status(&launcher).await, "SUCCEEDED");
    assert!(pod.log(&launcher).await.contains("Total: 0 group id(s)"));
    assert_eq!(pod.stuck().await, ["NEW", "NEW"]);
}

#[tokio::test]
async fn a_wrong_ledger_or_access_set_or_argument_count_fails_the_launcher() {
    let pod = Pod::start(config()).await;
    pod.load(&journal("77", "us-1", "5")).await;
    let eu_set = "300000046975999";
    for body in [
        import(eu_set, crate::pod::US_LEDGER, "77"),
        import("#NULL", crate::pod::US_LEDGER, "77"),
        import(crate::pod::US_ACCESS_SET, "300000000000001", "77"),
        crate::pod::job("JournalImportLauncher", "1,Counterfoil,77"),
    ] {
        let launcher = pod.submit(&body).await;
        assert_eq!(pod.state(&launcher).await, "ERROR", "{body}");
    }
    assert_eq!(pod.stuck().await, ["NEW", "NEW"]);
}

async fn assert_not_loaded(zip: &[u8], says: &str) {
    let pod = Pod::start(config()).await;
    let document = pod.upload_to(ACCOUNT, zip).await;
    let load = pod.load_document(&document).await;
    assert_eq!(pod.state(&load).await, "ERROR", "{says}");
    let log = pod.log(&load).await;
    assert!(log.contains(says), "{says} is not in {log}");
    assert!(pod.stuck().await.is_empty());
}

#[tokio::test]
async fn a_file_with_one_bad_record_loads_no_rows() {
    let rows = journal("77", "us-1", "5");
    let broken = |change: &dyn Fn(Row) -> Row| {
        let bad = change(rows[1].clone());
        zipped(&csv(&[rows[0].clone(), bad]))
    };
    assert_not_loaded(&broken(&|row| row.with(7, "")), "NULL into DATE_CREATED").await;
    assert_not_loaded(
        &broken(&|row| row.with(3, "2026-11-20")),
        "ACCOUNTING_DATE takes",
    )
    .await;
    assert_not_loaded(
        &broken(&|row| row.credit("1,000.00")),
        "ENTERED_CR: 1,000.00",
    )
    .await;
    assert_not_loaded(&broken(&|row| row.with(67, "G-1")), "GROUP_ID: G-1").await;
    assert_not_loaded(
        &broken(&|row| row.with(48, &"x".repeat(101))),
        "column REFERENCE6",
    )
    .await;
    assert_not_loaded(&broken(&|row| row.with(2, "")), "NULL into LEDGER_ID").await;
    let cut = |row: Row| Row(row.0[..95].to_vec());
    assert_not_loaded(&broken(&cut), "Record 2: Rejected").await;
}

#[tokio::test]
async fn a_file_that_is_no_zip_or_holds_another_entry_or_no_utf8_is_not_loaded() {
    let text = csv(&journal("77", "us-1", "5"));
    assert_not_loaded(text.as_bytes(), "not a readable zip").await;
    assert_not_loaded(
        &zipped_as("journals.csv", text.as_bytes()),
        "no entry named",
    )
    .await;
    let latin1 = text
        .replace("us-1", "us-\u{1}")
        .replace('\u{1}', "?")
        .into_bytes();
    let latin1: Vec<u8> = latin1
        .into_iter()
        .map(|b| if b == b'?' { 0xE9 } else { b })
        .collect();
    assert_not_loaded(&zipped_as("GlInterface.csv", &latin1), "UTF-8").await;
    assert_not_loaded(&zipped(""), "holds no records").await;
}

#[tokio::test]
async fn a_file_in_the_wrong_account_uploads_well_and_is_not_found() {
    let pod = Pod::start(config()).await;
    let zip = zipped(&csv(&journal("77", "us-1", "5")));
    let document = pod.upload_to("fin/payables/import", &zip).await;
    let load = pod.load_document(&document).await;
    assert_eq!(pod.state(&load).await, "ERROR");
    assert!(pod.stuck().await.is_empty());
}

#[tokio::test]
async fn the_end_mark_and_the_ledgers_name_are_taken() {
    let pod = Pod::start(config()).await;
    let rows = journal("77", "us-1", "5").into_iter().map(|row| {
        let mut row = row.with(2, "").with(92, "US Primary Ledger");
        row.0.push("END".into());
        row
    });
    pod.post("77", &rows.collect::<Vec<_>>()).await;
    let lines = &pod.batches().await[0]["journals"][0]["lines"];
    assert_eq!(lines[1]["account"], REVENUE);
}
