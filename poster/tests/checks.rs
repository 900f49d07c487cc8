//! What Fusion would refuse does not leave, what cannot be known waits, and
//! neither holds anything else.

mod support;

use jiff::{ToSpan as _, civil::Date};
use sandbox::fusion::FusionConfig;
use schemas::{Event, Payload, Recognition};
use serde_json::{Value, json};
use support::*;

/// The order that something is wrong with.
const BAD: u64 = 99;

fn order(order: u64, journal: schemas::Journal) -> Event {
    mapped(Target {
        key: order_key(order),
        version: 1,
        recognition: Recognition::Recognised,
        journal,
    })
}

/// A sale with another accounting date.
fn dated(event: Event, date: Date) -> Event {
    let payload = match event.payload {
        Payload::OrderMapped(mapped) => Payload::OrderMapped(schemas::Mapped {
            accounting_date: date,
            ..mapped
        }),
        other => other,
    };
    Event { payload, ..event }
}

async fn rejected(world: &World) -> (String, String) {
    world
        .wait_for("rejection", |events| !rejections(events).is_empty())
        .await;
    rejections(&world.events()).remove(0)
}

/// One journal is refused with this code, without a call for it, and three
/// neighbours are posted.
async fn assert_refused(ledger: &str, setup: &[(&str, Value)], bad: Event, code: &str) {
    let ledger = us_by_name(ledger);
    let world = World::configured(FusionConfig::default(), &ledger, "").await;
    for (path, body) in setup {
        world.admin(path, body).await;
    }
    world.publish([bad].into_iter().chain(sales(3))).await;
    let poster = world.start();
    let (key, found) = rejected(&world).await;
    assert_eq!((key.as_str(), found.as_str()), ("us-99-1", code));
    world.posted(3).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 3).await;
    assert_eq!(world.calls("import").await, 1, "{code}");
}

const OTHER: &str = "101.10.42000.100.110.000";

#[tokio::test]
async fn an_account_that_takes_no_journal_is_refused_before_it_is_sent() {
    let tomorrow = today().saturating_add(1.day()).to_string();
    let yesterday = today().saturating_sub(1.day()).to_string();
    let cases = [
        (
            json!({"action": "disable", "combination": OTHER}),
            "ACCOUNT_DISABLED",
        ),
        (
            json!({"action": "forbid_posting", "combination": OTHER}),
            "ACCOUNT_NO_POSTING",
        ),
        (
            json!({"action": "start", "combination": OTHER, "date": tomorrow}),
            "ACCOUNT_NOT_YET_EFFECTIVE",
        ),
        (
            json!({"action": "end", "combination": OTHER, "date": yesterday}),
            "ACCOUNT_ENDED",
        ),
        (
            json!({"action": "remove", "combination": OTHER}),
            "ACCOUNT_MISSING",
        ),
    ];
    each(cases.map(|(change, code)| async move {
        let bad = order(BAD, journal(CLEARING, OTHER, 700));
        Box::pin(assert_refused("", &[("accounts", change)], bad, code)).await;
    }))
    .await;
}

#[tokio::test]
async fn a_currency_that_cannot_be_converted_is_refused_before_it_is_sent() {
    let foreign = || order(BAD, journal_in("EUR", CLEARING, REVENUE, 700));
    let name = |list: &str, name: &str| {
        let change = json!({"list": list, "name": name, "exists": false});
        vec![("names", change)]
    };
    let gap = json!({"from": "EUR", "day": today(), "stored": false});
    let cases = [
        ("", vec![("rates", gap)], "NO_DAILY_RATE"),
        ("", name("currencies", "EUR"), "UNKNOWN_CURRENCY"),
        (
            "",
            name("conversion_types", "Corporate"),
            "UNKNOWN_CONVERSION_TYPE",
        ),
        (r#"conversion_type = "Spot""#, vec![], "NO_DAILY_RATE"),
    ];
    each(cases.map(|(ledger, setup, code)| async move {
        Box::pin(assert_refused(ledger, &setup, foreign(), code)).await;
    }))
    .await;
}

#[tokio::test]
async fn a_foreign_order_whose_rate_is_stored_is_posted() {
    let world = World::new().await;
    world
        .publish([order(1, journal_in("EUR", CLEARING, REVENUE, 700))])
        .await;
    let poster = world.start();
    world.posted(1).await;
    poster.stop().await.unwrap();
    world.assert_ledger(&[("us-1-1", 700)]).await;
}

#[tokio::test]
async fn names_that_fusion_lacks_are_refused_and_nothing_is_sent() {
    let cases = [
        ("sources", "Counterfoil", "UNKNOWN_SOURCE"),
        ("categories", "Web Orders", "UNKNOWN_CATEGORY"),
    ];
    each(cases.map(|(list, name, code)| async move {
        let world = World::new().await;
        world
            .admin(
                "names",
                &json!({"list": list, "name": name, "exists": false}),
            )
            .await;
        world.publish([sale(1, 100)]).await;
        let poster = world.start();
        assert_eq!(rejected(&world).await.1, code);
        poster.stop().await.unwrap();
        assert_eq!(world.calls("upload").await, 0);
    }))
    .await;
}

#[tokio::test]
async fn an_account_made_a_moment_ago_is_not_refused_by_the_cache() {
    let world = World::new().await;
    let account = |action: &str| json!({"action": action, "combination": OTHER});
    world.admin("accounts", &account("remove")).await;
    let poster = world.start();
    world
        .publish([order(1, journal(CLEARING, OTHER, 700))])
        .await;
    assert_eq!(rejected(&world).await.1, "ACCOUNT_MISSING");
    // Enabling one that is not there makes it.
    world.admin("accounts", &account("enable")).await;
    world
        .publish([order(2, journal(CLEARING, OTHER, 800))])
        .await;
    world.posted(1).await;
    poster.stop().await.unwrap();
    world.assert_ledger(&[("us-2-1", 800)]).await;
}

#[tokio::test]
async fn a_chart_that_lets_fusion_create_accounts_is_sent_new_ones() {
    let ledger = us_by_name(r#"unknown_accounts = "send""#);
    let world = World::configured(FusionConfig::default(), &ledger, "").await;
    world
        .admin(
            "accounts",
            &json!({"action": "remove", "combination": OTHER}),
        )
        .await;
    world
        .publish([order(1, journal(CLEARING, OTHER, 700))])
        .await;
    let poster = world.start();
    world.posted(1).await;
    poster.stop().await.unwrap();
    world.assert_ledger(&[("us-1-1", 700)]).await;
}

#[tokio::test]
async fn a_new_combination_of_a_value_that_is_not_there_is_refused_before_it_is_sent() {
    let sets = [
        "Company",
        "LOB",
        "Account",
        "CostCenter",
        "Product",
        "Intercompany",
    ];
    let sets = sets.map(|segment| format!("Corporate Chart of Accounts {segment}"));
    let ledger = format!("unknown_accounts = \"send\"\nvalue_sets = {sets:?}");
    let bad = order(BAD, journal(CLEARING, NOWHERE, 700));
    assert_refused(&ledger, &[], bad, "NO_SEGMENT_VALUE").await;
}

#[tokio::test]
async fn reference_data_that_cannot_be_had_delays_and_rejects_nothing() {
    let world = World::new().await;
    world
        .fault(json!({"operation": "lov", "refuse": 503}))
        .await;
    world.publish(sales(3)).await;
    let poster = world.start();
    let mut asked = 0;
    while asked < 4 {
        asked = world.calls("lov").await;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(rejections(&world.events()).is_empty());
    assert_eq!(world.calls("upload").await, 0);
    world.clear_faults().await;
    world.posted(3).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 3).await;
}

const AT_MOST_TWO: &str = "batch_size = 2\nbacklog_size = 2";

#[tokio::test]
async fn a_held_journal_waits_for_its_period_and_holds_nothing_else() {
    let ledger = us_by_name(r#"closed_period = "hold""#);
    let world = World::configured(FusionConfig::default(), &ledger, AT_MOST_TWO).await;
    let month = today().first_of_month().saturating_sub(1.month());
    let period = month.strftime("%b-%y").to_string();
    let set = |status: &str| json!({"period": period, "status": status});
    world.admin("periods", &set("C")).await;
    // More than are looked at for a batch, and all before the others.
    let held = (11..=20).map(|id| dated(sale(id, 100), month));
    world.publish(held.chain(sales(3))).await;
    let poster = world.start();
    world.posted(3).await;
    assert_sales(&world, 3).await;
    world.admin("periods", &set("O")).await;
    world.posted(13).await;
    poster.stop().await.unwrap();
    assert!(rejections(&world.events()).is_empty());
    let ledger = world.look("ledger").await;
    let batches = ledger["ledgers"][0]["batches"].as_array().unwrap();
    let journals = batches
        .iter()
        .flat_map(|it| it["journals"].as_array().unwrap());
    let held = journals.filter(|it| it["period"] == period.as_str());
    let dates: Vec<&str> = held.map(|it| it["date"].as_str().unwrap()).collect();
    assert_eq!(dates, vec![month.to_string(); 10]);
}

#[tokio::test]
async fn a_ledger_is_found_by_its_name() {
    let world = World::configured(FusionConfig::default(), &us_by_name(""), "").await;
    world.publish(sales(2)).await;
    let poster = world.start();
    world.posted(2).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 2).await;
}

#[tokio::test]
async fn nothing_is_sent_to_a_ledger_that_is_not_the_one_that_was_meant() {
    let us = "name = \"US Primary Ledger\"\n";
    let cases = [
        (
            "id = 300000046975991\ndata_access_set = 300000046975980",
            "is called `EU Primary Ledger`",
        ),
        (
            "id = 17\ndata_access_set = 300000046975980",
            "no ledger with the id 17",
        ),
        ("data_access_set = 17", "no data access set 17"),
        (
            "data_access_set = \"Nobody's\"",
            "no data access set `Nobody's`",
        ),
        (
            "data_access_set = 300000046975999",
            "does not hold the ledger",
        ),
    ];
    each(cases.map(|(keys, words)| async move {
        let ledger = format!("{us}{keys}");
        let world = World::configured(FusionConfig::default(), &ledger, "").await;
        world.publish(sales(2)).await;
        let error = world.start().ended().await.unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(words), "{cause}");
        assert_eq!(world.calls("upload").await, 0);
    }))
    .await;
}

#[tokio::test]
async fn a_data_access_set_that_only_reads_is_not_imported_under() {
    let world = World::new().await;
    world
        .admin(
            "access",
            &json!({"ledger": "US Primary Ledger", "privilege": "R"}),
        )
        .await;
    world.publish(sales(2)).await;
    let error = world.start().ended().await.unwrap_err();
    assert!(error.to_string().contains("read and write"), "{error}");
    assert_eq!(world.calls("upload").await, 0);
}
