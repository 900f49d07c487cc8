//! Asks a store what changed, so that nothing depends on webhooks alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use schemas::{BroughtBy, OrderId};
use service::{CancellationToken, health};

use crate::{
    intake::{Intake, IntakeError, Origin},
    metrics,
    retry::until_done,
    walk::Walk,
    watermarks::{Feed, WatermarkError, Watermarks},
};

/// How often and from where a store is polled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    pub every: Duration,
    /// How far each poll looks back behind the last one: rows may appear late,
    /// and the store's clock is not ours.
    pub overlap: Duration,
    /// Where the first poll ever begins.
    pub begin: Timestamp,
}

#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error("the store's changes could not be taken in")]
    Intake(#[from] IntakeError),
    #[error("the store's changes could not be listed")]
    List(#[from] bigcommerce::Error),
    #[error(transparent)]
    Watermark(#[from] WatermarkError),
}

/// Polls one store until shut down.
pub(crate) async fn run(
    intake: Arc<Intake>,
    watermarks: Watermarks,
    schedule: Schedule,
    shutdown: CancellationToken,
) {
    let health = health::component(format!("ingest/{}/poll", intake.store));
    let poller = Poller {
        intake,
        watermarks,
        schedule,
    };
    let mut ticks = tokio::time::interval(schedule.every.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if until_done(&health, &shutdown, || poller.poll())
            .await
            .is_none()
        {
            return;
        }
    }
}

struct Poller {
    intake: Arc<Intake>,
    watermarks: Watermarks,
    schedule: Schedule,
}

impl Poller {
    async fn poll(&self) -> Result<(), PollError> {
        self.poll_orders().await?;
        self.poll_refunds().await
    }

    async fn poll_orders(&self) -> Result<(), PollError> {
        let mut walk = Some(Walk::From(self.from(Feed::Orders).await?));
        while let Some(at) = walk {
            let asked = self.intake.ask();
            let page = self.intake.client.orders(&at.query()).await?;
            let (next, seen) = at.after(&page);
            self.intake.take_page(page, &self.origin(asked)).await?;
            // Only what is durable counts as polled.
            self.advance(Feed::Orders, seen).await?;
            walk = next;
        }
        self.done(Feed::Orders).await
    }

    async fn poll_refunds(&self) -> Result<(), PollError> {
        let from = self.from(Feed::Refunds).await?;
        let asked = self.intake.ask();
        let mut refunds = self.intake.client.refunds_since(from).await?;
        let created = |refund: &Result<bigcommerce::Refund, bigcommerce::Malformed>| match refund {
            Ok(refund) => Some(refund.snapshot.created),
            Err(malformed) => malformed.modified,
        };
        let seen = refunds.iter().filter_map(created).max();
        let due = self.intake.due_refunds(Timestamp::now()).await?;
        let orders: BTreeSet<OrderId> = due.iter().map(|(order, _)| *order).collect();
        let orders: Vec<OrderId> = orders.into_iter().collect();
        refunds.extend(self.intake.client.refunds_of(&orders).await?);
        let origin = self.origin(asked);
        self.intake.take_refunds(refunds, due, &origin).await?;
        self.advance(Feed::Refunds, seen).await?;
        self.done(Feed::Refunds).await
    }

    /// Where the next poll begins: behind the watermark by the overlap, but not
    /// before polling began.
    async fn from(&self, feed: Feed) -> Result<Timestamp, WatermarkError> {
        let (store, begin) = (&self.intake.store, self.schedule.begin);
        let mark = self.watermarks.read_or_begin(store, feed, begin).await?;
        let overlap =
            SignedDuration::try_from(self.schedule.overlap).unwrap_or(SignedDuration::MAX);
        let from = mark.at.checked_sub(overlap).unwrap_or(mark.begin);
        Ok(from.max(mark.begin))
    }

    async fn advance(&self, feed: Feed, seen: Option<Timestamp>) -> Result<(), WatermarkError> {
        // A date in the future must not blind us until then.
        match seen.map(|seen| seen.min(Timestamp::now())) {
            Some(seen) => {
                self.watermarks
                    .advance(&self.intake.store, feed, seen)
                    .await
            }
            None => Ok(()),
        }
    }

    async fn done(&self, feed: Feed) -> Result<(), PollError> {
        let (store, begin) = (&self.intake.store, self.schedule.begin);
        let mark = self.watermarks.read_or_begin(store, feed, begin).await?;
        let labels = [store.as_str(), feed.as_str()];
        metrics::POLLS.add(labels, 1);
        metrics::WATERMARK.set_time(labels, mark.at);
        Ok(())
    }

    fn origin(&self, asked: u64) -> Origin<'static> {
        static NO_WEBHOOK: BTreeMap<schemas::OrderId, schemas::EventId> = BTreeMap::new();
        Origin {
            by: BroughtBy::Poll,
            causes: &NO_WEBHOOK,
            asked,
        }
    }
}
