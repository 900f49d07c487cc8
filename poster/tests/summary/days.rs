//! A day that is over, one that is not, and what comes late.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use service::CancellationToken;

use crate::{proof::*, support::*};

#[tokio::test]
async fn a_day_of_many_orders_and_refunds_is_two_journals() {
    let world = World::with(Default::default(), AT_ONCE).await;
    let refunds = (1..=40).map(|order| refund(order, 50));
    let events = sales(300).into_iter().chain(refunds);
    world.publish(events.map(yesterdays)).await;
    let poster = world.start();
    world.posted(340).await;
    poster.stop().await.unwrap();

    assert_proven(&world).await;
    assert_revenue(&world, 300 * 301 / 2 * 100 - 40 * 50).await;
    let ledger = world.look("ledger").await;
    let batches = ledger["ledgers"][0]["batches"].as_array().unwrap();
    let journals: Vec<_> = batches
        .iter()
        .flat_map(|batch| batch["journals"].as_array().unwrap())
        .collect();
    assert_eq!(journals.len(), 2);
    assert!(
        journals
            .iter()
            .all(|it| it["lines"].as_array().unwrap().len() == 2)
    );
    let words = journals[0]["description"].as_str().unwrap();
    assert!(
        words.starts_with("Summary of 300 orders of us on"),
        "{words}"
    );
}

#[tokio::test]
async fn a_day_goes_when_it_is_over_and_holds_nothing_else_up() {
    let options = "summary_after = \"24h\"\nbatch_size = 2\nbacklog_size = 2";
    let world = World::with(Default::default(), options).await;
    let dated = |event, days| under(event, days, days, since(9));
    // Today is not over, and yesterday not for long enough.
    let waiting = sales(9).into_iter().zip([0, 1].into_iter().cycle());
    let waiting = waiting.map(|(event, days)| dated(event, days));
    let by_itself = sale(20, 500);
    let over = dated(sale(21, 700), 3);
    world.publish(waiting.chain([by_itself, over])).await;
    let poster = world.start();
    world.posted(2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    poster.stop().await.unwrap();
    let posted: Vec<String> = postings(&world)
        .iter()
        .map(|it| it.entity.to_string())
        .collect();
    assert_eq!(posted.len(), 2, "{posted:?}");
    assert!(!posted.iter().any(|it| it.len() == 4), "{posted:?}");

    let mut config = (*world.config).clone();
    config.poster.summary_after = Duration::ZERO;
    let shutdown = CancellationToken::new();
    let run = poster::run(Arc::new(config), world.stream.clone(), shutdown.clone());
    let poster = tokio::spawn(run);
    world.posted(6).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    shutdown.cancel();
    poster.await.unwrap().unwrap();
    assert_eq!(postings(&world).len(), 6, "today is not over");
    assert_proven(&world).await;
    assert_eq!(world.journals().await.len(), 3);
}

#[tokio::test]
async fn what_comes_late_has_a_further_summary_of_its_day() {
    let world = World::with(Default::default(), AT_ONCE).await;
    let poster = world.start();
    world.publish(sales(3).into_iter().map(yesterdays)).await;
    world.posted(3).await;
    world.publish([yesterdays(sale(4, 900))]).await;
    world.posted(4).await;
    poster.stop().await.unwrap();
    assert_proven(&world).await;
    let summaries: Vec<String> = world.journals().await.into_keys().collect();
    let stem = format!("us-{}USDo-", days_ago(1).strftime("%y%m%d"));
    assert!(summaries.len() >= 2, "{summaries:?}");
    assert!(
        summaries.iter().all(|it| it.starts_with(&stem)),
        "{summaries:?}"
    );
}

#[tokio::test]
async fn a_closed_period_moves_the_summary_and_keeps_its_day_in_words() {
    let world = World::with(Default::default(), AT_ONCE).await;
    // A whole month back, so that the period is not today's.
    let days = i64::from(today().day());
    let day = days_ago(days);
    let period = day.strftime("%b-%y").to_string();
    world
        .admin("periods", &json!({"period": period, "status": "C"}))
        .await;
    let poster = world.start();
    world
        .publish([sale(1, 100), sale(2, 200)].map(|it| under(it, days, days, since(days))))
        .await;
    world.posted(2).await;
    poster.stop().await.unwrap();
    assert_proven(&world).await;
    let ledger = world.look("ledger").await;
    let journal = &ledger["ledgers"][0]["batches"][0]["journals"][0];
    assert_ne!(journal["period"].as_str().unwrap(), period);
    let words = journal["description"].as_str().unwrap();
    assert!(
        words.contains(&format!("of {day}, whose period is closed")),
        "{words}"
    );
}
