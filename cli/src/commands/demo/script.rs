//! What happens in the stores during the demo.

use anyhow::Context;
use serde_json::{Value, json};

use super::stage::{self, Stage};
use crate::progress;

/// Orders are placed so many at a time, refunds in between.
const ROUNDS: u32 = 10;
/// So many orders of each store are changed at the end.
const CHANGED: u32 = 5;
/// Orders are numbered from here.
const FIRST_ORDER: u32 = 1000;
const CONFLICT: reqwest::StatusCode = reqwest::StatusCode::CONFLICT;
/// Of ten orders, so many are placed in the first store.
const FIRST_STORES_SHARE: u32 = 6;

/// Places the orders and refunds in both stores, with one order of a category
/// that the rules do not know, and one webhook from somebody else. Returns the
/// status that this one was answered with.
pub(super) async fn play(stage: &Stage, orders: u32, refunds: u32) -> anyhow::Result<u16> {
    let bar = progress::bar("placed", u64::from(orders + refunds));
    for round in 0..ROUNDS {
        let placed = share(orders, round);
        let first = placed * FIRST_STORES_SHARE / 10;
        let unmapped = u32::from(round == 0 && placed > 0);
        order(stage, "us", first.saturating_sub(unmapped), json!({})).await?;
        order(
            stage,
            "us",
            unmapped,
            json!({"unmapped_category": true, "status_id": 11}),
        )
        .await?;
        order(stage, "eu", placed - first.max(unmapped), json!({})).await?;
        bar.inc(u64::from(placed));
        let refunded = share(refunds, round);
        let first = refunded * FIRST_STORES_SHARE / 10;
        refund(stage, "us", first).await?;
        refund(stage, "eu", refunded - first).await?;
        bar.inc(u64::from(refunded));
    }
    // What was posted changes: the books follow with adjustments and reversals.
    for order in 1..=CHANGED {
        change(
            stage,
            "us",
            FIRST_ORDER + order,
            "edit",
            json!({"quantity": 3}),
        )
        .await?;
        change(stage, "eu", FIRST_ORDER + order, "cancel", json!({})).await?;
    }
    let forged = post(stage, "/admin/webhooks", json!({"forge": true})).await?;
    bar.finish();
    let status = forged["forged"]["status"]
        .as_u64()
        .context("the forged webhook was not answered")?;
    Ok(u16::try_from(status)?)
}

/// How many of `total` fall into one of the rounds.
fn share(total: u32, round: u32) -> u32 {
    total * (round + 1) / ROUNDS - total * round / ROUNDS
}

async fn order(stage: &Stage, store: &str, count: u32, mut wishes: Value) -> anyhow::Result<()> {
    if count == 0 {
        return Ok(());
    }
    wishes["count"] = count.into();
    post(stage, &format!("/admin/stores/{store}/orders"), wishes).await?;
    Ok(())
}

async fn refund(stage: &Stage, store: &str, count: u32) -> anyhow::Result<()> {
    if count == 0 {
        return Ok(());
    }
    post(
        stage,
        &format!("/admin/stores/{store}/refunds"),
        json!({"count": count}),
    )
    .await?;
    Ok(())
}

/// Changes an order. The store refuses some, such as to cancel a refunded one.
async fn change(
    stage: &Stage,
    store: &str,
    order: u32,
    how: &str,
    body: Value,
) -> anyhow::Result<()> {
    let url = format!(
        "{}/admin/stores/{store}/orders/{order}/{how}",
        stage.stores.url()
    );
    let status = stage.http.post(url).json(&body).send().await?.status();
    anyhow::ensure!(
        status.is_success() || status == CONFLICT,
        "the stand-in answers {status} to {how} {order}"
    );
    Ok(())
}

async fn post(stage: &Stage, path: &str, body: Value) -> anyhow::Result<Value> {
    let answer = stage
        .http
        .post(format!("{}{path}", stage.stores.url()))
        .json(&body)
        .send()
        .await
        .with_context(|| format!("the stand-in does not answer at {path}"))?;
    let status = answer.status();
    let text = stage::text(answer).await?;
    anyhow::ensure!(
        status.is_success(),
        "the stand-in answers {status} at {path}: {text}"
    );
    Ok(serde_json::from_str(&text)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rounds_come_to_the_total() {
        for total in [0, 1, 9, 30, 300, 301] {
            let sum: u32 = (0..super::ROUNDS)
                .map(|round| super::share(total, round))
                .sum();
            assert_eq!(sum, total);
        }
    }
}
