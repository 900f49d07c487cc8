//! Days that are summed up: from an order to the journal of the ledger that it is
//! part of, and from there back to all that is in it.

mod support;

use fixtures::summaries::{ORDERS, REFUNDS, summed_day};
use schemas::Event;
use support::{project, views};
use tempfile::TempDir;
use views::report::{self, Trace};

fn projected(events: &[Event]) -> TempDir {
    let data = TempDir::new().unwrap();
    project(data.path(), events);
    data
}

fn trace(data: &TempDir, what: &str) -> Trace {
    report::trace(&views(data.path()), &what.parse().unwrap()).unwrap()
}

fn journals(trace: &Trace) -> Vec<(&str, Option<&str>)> {
    let journals = trace.journals.iter();
    journals
        .map(|it| (it.journal.as_str(), it.summary.as_deref()))
        .collect()
}

#[test]
fn an_order_leads_to_its_summary_and_the_summary_to_all_its_orders() {
    let (mut events, batch) = summed_day();
    events.extend(batch.whole());
    let data = projected(&events);

    let order = trace(&data, "us/2");
    let expected = [("us-2-1", Some(ORDERS)), ("us-2-r7-1", Some(REFUNDS))];
    assert_eq!(journals(&order), expected);
    assert_eq!(order.summary, None);

    let summary = trace(&data, ORDERS);
    let expected = ["us-1-1", "us-2-1", "us-3-1"].map(|it| (it, Some(ORDERS)));
    assert_eq!(journals(&summary), expected);
    assert!(summary.journals.iter().all(|it| it.state == "posted"));
    let about: Vec<&str> = summary
        .entities
        .iter()
        .map(|it| it.entity.as_str())
        .collect();
    assert_eq!(about, ["us/1", "us/2", "us/3"]);
    let told = summary.summary.as_ref().unwrap();
    assert_eq!((told.journals, told.total.as_str()), (3, "81.63"));
    insta::assert_snapshot!("summary_json", trace(&data, REFUNDS).json().unwrap());

    let batch = trace(&data, "CF-us-day-1");
    assert_eq!(batch.journals.len(), 4);
    assert!(trace(&data, "us-261105USDo-00000").is_empty());
}

#[test]
fn what_is_in_a_summary_is_imported_with_it() {
    let (mut events, batch) = summed_day();
    events.extend(batch.submitted());
    events.push(batch.imported());
    let data = projected(&events);
    let trace = trace(&data, ORDERS);
    assert_eq!(trace.journals.len(), 3);
    assert!(trace.journals.iter().all(|it| it.state == "imported"));
}

#[test]
fn each_order_is_reported_by_itself() {
    let (mut events, batch) = summed_day();
    events.extend(batch.whole());
    let data = projected(&events);
    let views = views(data.path());
    let journals = report::journals(&views, &Default::default()).unwrap();
    let keys: Vec<&str> = journals.journals.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["us-1-1", "us-2-1", "us-2-r7-1", "us-3-1"]);
    assert!(
        report::reconciliation(&views, &Default::default())
            .unwrap()
            .agrees()
    );
}
