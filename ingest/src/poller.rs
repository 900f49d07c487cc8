//! Asks a store what changed, so that nothing depends on webhooks alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use bigcommerce::{Malformed, Order, OrderPage, Refund};
use jiff::{SignedDuration, Timestamp};
use schemas::{BroughtBy, Digest, OrderId};
use service::{CancellationToken, health};

use crate::{
    intake::{Intake, IntakeError},
    metrics,
    origin::Origin,
    refund_register::RefundKey,
    retry::until_done,
    walk::Walk,
    watermarks::{Feed, WatermarkError, Watermarks},
};

/// The pause between two pages.
const PAUSE: Duration = Duration::from_millis(50);
/// The most pages of one poll: 2.5 million orders. The next goes on from there.
const MOST_PAGES: usize = 10_000;

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
    #[error("the store's changes have no end: {0} pages were listed")]
    Endless(usize),
    #[error(transparent)]
    Watermark(#[from] WatermarkError),
}

/// Pages that are the same, one after the other.
#[derive(Default)]
struct Repeats {
    last: Vec<Option<Digest>>,
    count: usize,
}

impl Repeats {
    /// Whether a page came more often than a walk asks for it: by time from two places,
    /// and by number.
    fn are_endless(&mut self, page: &OrderPage) -> bool {
        let body = |row: &Result<Order, Malformed>| match row {
            Ok(order) => Some(order.body.clone()),
            Err(malformed) => malformed.body.clone(),
        };
        let bodies: Vec<_> = page.rows.iter().map(body).collect();
        self.count = if bodies == self.last {
            self.count + 1
        } else {
            1
        };
        self.last = bodies;
        self.count > 3
    }
}

/// When a refund was made, as far as it can be read.
fn created(refund: &Result<Refund, Malformed>) -> Option<Timestamp> {
    match refund {
        Ok(refund) => Some(refund.snapshot.created),
        Err(malformed) => malformed.modified,
    }
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
        let mut pages = 0;
        let mut repeats = Repeats::default();
        while let Some(at) = walk {
            if pages > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            let asked = self.intake.ask();
            let page = self.intake.client.orders(&at.query()).await?;
            pages += 1;
            if page.goes_on && (pages == MOST_PAGES || repeats.are_endless(&page)) {
                return Err(PollError::Endless(pages));
            }
            let (next, seen) = at.after(&page, Timestamp::now());
            self.intake
                .take_page(page.rows, &self.origin(asked))
                .await?;
            // Only what is durable counts as polled.
            self.advance(Feed::Orders, seen).await?;
            walk = next;
        }
        self.done(Feed::Orders).await
    }

    async fn poll_refunds(&self) -> Result<(), PollError> {
        let began = Timestamp::now();
        let from = self.from(Feed::Refunds).await?;
        let mut seen = None;
        let mut pages = self.intake.client.refunds_since(from);
        loop {
            let asked = self.intake.ask();
            let Some(page) = pages.next().await? else {
                break;
            };
            // One of the future says nothing of what has been made until now.
            let created = page.iter().filter_map(created);
            seen = seen.max(created.filter(|time| *time <= began).max());
            let origin = self.origin(asked);
            self.intake
                .take_refunds(page, BTreeSet::new(), &origin)
                .await?;
        }
        self.ask_again(began).await?;
        self.advance(Feed::Refunds, seen).await?;
        self.done(Feed::Refunds).await
    }

    /// Asks for the refunds that may have changed since they were taken in.
    async fn ask_again(&self, now: Timestamp) -> Result<(), PollError> {
        let due: Vec<RefundKey> = self.intake.due_refunds(now).await?.into_iter().collect();
        for due in due.chunks(bigcommerce::PAGE) {
            let asked = self.intake.ask();
            let orders: BTreeSet<OrderId> = due.iter().map(|(order, _)| *order).collect();
            let orders: Vec<OrderId> = orders.into_iter().collect();
            let refunds = self.intake.client.refunds_of(&orders).await?;
            let due = due.iter().copied().collect();
            let origin = self.origin(asked);
            self.intake.take_refunds(refunds, due, &origin).await?;
        }
        Ok(())
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
