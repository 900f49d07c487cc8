//! Watching until everything is posted, and the proof that it is: what the
//! stores and the ledger themselves say, beside the reconciliation.

use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{MultiProgress, ProgressBar};
use serde::Deserialize;
use serde_json::Value;
use views::{
    Views,
    report::{self, Filter, Kind, Reconciliation, Row},
};

use super::stage::{self, Stage};
use crate::progress;

const LOOK_EVERY: Duration = Duration::from_millis(250);
/// When to give up and show what there is.
const PATIENCE: Duration = Duration::from_secs(120);
const UNAUTHORIZED: u16 = 401;
/// Orders that the script makes such that they must be parked.
const MUST_BE_PARKED: i64 = 1;

/// What the demo proves.
pub(super) struct Proof {
    pub reconciliation: Reconciliation,
    /// Orders and refunds that the stores say there are.
    in_stores: (i64, i64),
    /// Journals that the general ledger says it holds, posted.
    in_ledger: i64,
    webhooks: Webhooks,
    /// What the forged webhook was answered.
    forged_answer: u16,
}

/// How the stores' webhooks fared, as the stores count them.
#[derive(Deserialize)]
struct Webhooks {
    delivered: u64,
    duplicates: u64,
    dropped: u64,
}

/// Waits until nothing is open, with a bar for each step.
pub(super) async fn until_posted(stage: &Stage, forged_answer: u16) -> anyhow::Result<Proof> {
    let in_stores = in_stores(stage).await?;
    let all = u64::try_from(in_stores.0 + in_stores.1).context("a negative number of orders")?;
    let bars = MultiProgress::new();
    let bar = |what| progress::styled(bars.add(ProgressBar::new(all)), what);
    let (received, posted) = (bar("received"), bar("posted"));
    let began = Instant::now();
    let reconciliation = loop {
        tokio::time::sleep(LOOK_EVERY).await;
        anyhow::ensure!(
            stage.is_running(),
            "a service stopped: {}",
            "see its error above"
        );
        let Ok(views) = Views::open(&stage.views) else {
            continue;
        };
        let reconciliation = report::reconciliation(&views, &Filter::default())?;
        let sum = |tally: fn(&Row) -> i64| -> i64 { reconciliation.totals.iter().map(tally).sum() };
        let taken = sum(|row| row.received.count);
        let settled =
            sum(|row| row.posted.count + row.not_due.count + row.parked.count + row.rejected.count);
        received.set_position(taken.unsigned_abs());
        posted.set_position(settled.unsigned_abs());
        let done = taken == in_stores.0 + in_stores.1 && settled == taken;
        if done || began.elapsed() > PATIENCE {
            break reconciliation;
        }
    };
    received.finish();
    posted.finish();
    Ok(Proof {
        reconciliation,
        in_stores,
        in_ledger: in_ledger(stage).await?,
        webhooks: webhooks(stage).await?,
        forged_answer,
    })
}

impl Proof {
    pub(super) fn holds(&self) -> bool {
        self.reconciliation.agrees()
            && self.received() == self.in_stores
            && self.sum(|row| row.parked.count) == MUST_BE_PARKED
            && self.sum(|row| row.open.count + row.rejected.count) == 0
            && self.in_ledger >= self.sum(|row| row.posted.count)
            && self.webhooks.delivered > 0
            && self.forged_answer == UNAUTHORIZED
    }

    /// What was proven, in words.
    pub(super) fn verdict(&self) -> Vec<String> {
        let (orders, refunds) = self.received();
        vec![
            format!(
                "in the stores:        {} orders, {} refunds",
                self.in_stores.0, self.in_stores.1
            ),
            format!("received:             {orders} orders, {refunds} refunds"),
            format!(
                "journals in Fusion:   {} (orders, refunds, and what changed after posting)",
                self.in_ledger
            ),
            format!(
                "parked:               {} (a category without a rule, as it should be)",
                self.sum(|row| row.parked.count)
            ),
            format!(
                "webhooks:             {} taken, {} of them copies; {} lost on the way, found by the poller",
                self.webhooks.delivered, self.webhooks.duplicates, self.webhooks.dropped
            ),
            format!("forged webhook:       answered {}", self.forged_answer),
            match self.holds() {
                true => "every order and refund is accounted for, to the cent".to_owned(),
                false => "NOT everything is accounted for: see above".to_owned(),
            },
        ]
    }

    fn received(&self) -> (i64, i64) {
        let of = |kind| -> i64 {
            let rows = self
                .reconciliation
                .totals
                .iter()
                .filter(|row| row.kind == kind);
            rows.map(|row| row.received.count).sum()
        };
        (of(Kind::Orders), of(Kind::Refunds))
    }

    fn sum(&self, tally: fn(&Row) -> i64) -> i64 {
        self.reconciliation.totals.iter().map(tally).sum()
    }
}

async fn in_stores(stage: &Stage) -> anyhow::Result<(i64, i64)> {
    let mut sum = (0, 0);
    for store in ["us", "eu"] {
        let truth = get(
            stage,
            &format!("{}/admin/stores/{store}/truth", stage.stores.url()),
        )
        .await?;
        sum.0 += length(&truth["orders"])?;
        sum.1 += length(&truth["refunds"])?;
    }
    Ok(sum)
}

async fn in_ledger(stage: &Stage) -> anyhow::Result<i64> {
    let ledger = get(
        stage,
        &format!("{}/admin/fusion/ledger", stage.pod.base_url()),
    )
    .await?;
    let ledgers = ledger["ledgers"]
        .as_array()
        .context("the ledger's answer has no ledgers")?;
    let mut journals = 0;
    for ledger in ledgers {
        let batches = ledger["batches"]
            .as_array()
            .context("a ledger has no batches")?;
        for batch in batches {
            journals += length(&batch["journals"])?;
        }
    }
    Ok(journals)
}

async fn webhooks(stage: &Stage) -> anyhow::Result<Webhooks> {
    let log = get(stage, &format!("{}/admin/webhooks", stage.stores.url())).await?;
    Ok(Webhooks::deserialize(&log["counts"])?)
}

async fn get(stage: &Stage, url: &str) -> anyhow::Result<Value> {
    let answer = stage.http.get(url).send().await?.error_for_status()?;
    Ok(serde_json::from_str(&stage::text(answer).await?)?)
}

fn length(list: &Value) -> anyhow::Result<i64> {
    let list = list
        .as_array()
        .context("a list is missing in the stand-in's answer")?;
    Ok(i64::try_from(list.len())?)
}
