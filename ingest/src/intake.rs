//! From what a store answered to events on the stream. Both ways into ingest
//! end here, so that they write the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bigcommerce::{Client, Malformed, Order, Refund};
use jiff::Timestamp;
use schemas::{
    Digest, EncodedEvent, EntityKey, EventId, EventType, OrderId, RefundId, StoreKey,
    v1::{BroughtBy, OrderReceived, OrderSnapshot, RefundReceived, TaxLine},
};
use service::config::StoreConfig;
use stream::{Stream, StreamError};
use tokio::sync::Mutex;

use crate::{
    catalogue::Catalogue,
    customers::Customers,
    events::{self, Obstacle, UNNUMBERED},
    fetch::{self, Fetched},
    history::History,
    metrics,
    recent::{Recent, State},
    snapshot,
};

/// Nothing was lost: it has only to be done again.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    #[error("the store could not be asked")]
    Store(#[from] bigcommerce::Error),
    #[error("the events could not be made durable")]
    Publish(#[from] StreamError),
}

/// One store's way into the stream.
pub struct Intake {
    pub store: StoreKey,
    pub client: Client,
    stream: Stream,
    catalogue: Catalogue,
    /// None: their groups are not wanted.
    customers: Option<Customers>,
    /// Whether the tax of each order is wanted by rate.
    tax_rates: bool,
    // Held while publishing: what is judged by it must not change meanwhile.
    recent: Mutex<Recent>,
    asked: AtomicU64,
}

/// What brought records here: the way, and the webhook for each order.
pub struct Origin<'a> {
    pub by: BroughtBy,
    pub causes: &'a BTreeMap<OrderId, EventId>,
    /// What [`Intake::ask`] gave out before the store was asked.
    pub asked: u64,
}

/// What is known of orders beyond what they say themselves.
#[derive(Default)]
struct Details {
    taxes: BTreeMap<OrderId, Result<Vec<TaxLine>, Obstacle>>,
    /// By customer.
    groups: BTreeMap<u64, u64>,
}

impl Details {
    fn taxes(&mut self, order: OrderId) -> Result<Vec<TaxLine>, Obstacle> {
        self.taxes.remove(&order).unwrap_or(Ok(Vec::new()))
    }

    fn group(&self, order: &Order) -> Option<u64> {
        self.groups.get(&order.customer?).copied()
    }
}

/// An event that may be published, and which state it tells of.
struct Candidate {
    entity: EntityKey,
    state: State,
    kind: EventType,
    event: EncodedEvent,
}

impl Intake {
    /// `age`: how long what is known of products and customers is good for.
    pub fn new(
        store: StoreKey,
        config: &StoreConfig,
        age: Duration,
        client: Client,
        stream: Stream,
    ) -> Self {
        Intake {
            store,
            client,
            stream,
            catalogue: Catalogue::new(age),
            customers: config.customer_groups.then(|| Customers::new(age)),
            tax_rates: config.tax_rates,
            recent: Mutex::default(),
            asked: AtomicU64::new(0),
        }
    }

    /// Numbers the requests to the store: call it before asking.
    pub fn ask(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::Relaxed)
    }

    /// Publishes orders, under the numbers they were asked for by, and refunds.
    ///
    /// Of each refund, its order must be among `orders`.
    pub async fn take(
        &self,
        orders: Vec<(OrderId, Fetched)>,
        refunds: Vec<Result<Refund, Malformed>>,
        origin: &Origin<'_>,
    ) -> Result<(), IntakeError> {
        let whole: Vec<&Order> = orders.iter().flat_map(|(_, fetched)| fetched).collect();
        let facts = self.catalogue.facts(&self.client, &whole).await?;
        let history = History::read(&self.client, &whole, &refunds).await?;
        let mut details = self.details(&whole).await?;
        let now = Timestamp::now();
        let mut candidates = Vec::with_capacity(orders.len() + refunds.len());
        let mut taken: BTreeMap<OrderId, Result<OrderSnapshot, Obstacle>> = BTreeMap::new();
        for (id, fetched) in orders {
            let detailed = fetched.and_then(|order| Ok((details.taxes(order.id)?, order)));
            let result = match detailed {
                Ok((taxes, order)) => {
                    let snapshot = OrderSnapshot {
                        taxes,
                        customer_group: details.group(&order),
                        refunded: history.refunded(order.id, order.status),
                        ..snapshot::order(&self.store, &order, &facts)
                    };
                    candidates.push(self.order(snapshot.clone(), &order, origin));
                    Ok(snapshot)
                }
                Err(obstacle) => {
                    let entity = EntityKey::order(self.store.clone(), id);
                    candidates.push(self.parked(entity, &obstacle, origin, now));
                    Err(obstacle)
                }
            };
            taken.insert(id, result);
        }
        for refund in refunds {
            candidates.push(match refund {
                Ok(refund) => self.refund(refund, &taken, &history, origin, now),
                Err(malformed) => {
                    let order = malformed.order.unwrap_or(UNNUMBERED);
                    let refund = malformed.refund.unwrap_or(RefundId(0));
                    let entity = EntityKey::refund(self.store.clone(), order, refund);
                    self.parked(entity, &Obstacle::Malformed(malformed), origin, now)
                }
            });
        }
        self.publish(candidates).await
    }

    /// Publishes a page of a list of orders.
    pub async fn take_page(
        &self,
        page: Vec<Result<Order, Malformed>>,
        origin: &Origin<'_>,
    ) -> Result<(), IntakeError> {
        let orders = page.into_iter().map(|order| match order {
            Ok(order) => (order.id, Ok(order)),
            Err(malformed) => (
                malformed.order.unwrap_or(UNNUMBERED),
                Err(Obstacle::Malformed(malformed)),
            ),
        });
        self.take(orders.collect(), Vec::new(), origin).await
    }

    /// Publishes refunds, and the orders they belong to as they are now.
    pub async fn take_refunds(
        &self,
        mut refunds: Vec<Result<Refund, Malformed>>,
        origin: &Origin<'_>,
    ) -> Result<(), IntakeError> {
        let recent = self.recent.lock().await;
        refunds.retain(|refund| match refund {
            Ok(refund) => {
                let (order, refund_id) = (refund.snapshot.order, refund.snapshot.refund);
                let entity = EntityKey::refund(self.store.clone(), order, refund_id);
                recent.last_body(&entity) != Some(&refund.body)
            }
            Err(_) => true,
        });
        drop(recent);
        let wanted: BTreeSet<OrderId> = refunds
            .iter()
            .flatten()
            .map(|refund| refund.snapshot.order)
            .collect();
        if refunds.is_empty() {
            return Ok(());
        }
        let asked = self.ask();
        let orders = fetch::orders(&self.client, &wanted).await?;
        self.take(orders, refunds, &Origin { asked, ..*origin })
            .await
    }

    /// Parks refunds that a webhook told of and the store does not have.
    pub async fn park_refunds(
        &self,
        refunds: BTreeSet<(OrderId, RefundId)>,
        obstacle: &Obstacle,
        origin: &Origin<'_>,
    ) -> Result<(), IntakeError> {
        let now = Timestamp::now();
        let parked = refunds.into_iter().map(|(order, refund)| {
            let entity = EntityKey::refund(self.store.clone(), order, refund);
            self.parked(entity, obstacle, origin, now)
        });
        self.publish(parked.collect()).await
    }

    /// What the configuration asks for beyond the orders themselves.
    async fn details(&self, orders: &[&Order]) -> Result<Details, bigcommerce::Error> {
        let mut details = Details::default();
        if self.tax_rates {
            details.taxes = fetch::taxes(&self.client, orders).await?;
        }
        if let Some(customers) = &self.customers {
            details.groups = customers.groups(&self.client, orders).await?;
        }
        Ok(details)
    }

    fn order(&self, snapshot: OrderSnapshot, order: &Order, origin: &Origin) -> Candidate {
        let received = OrderReceived {
            order: snapshot,
            brought_by: origin.by,
            body: order.body.clone(),
        };
        let entity = received.order.entity();
        let event = events::order(received, origin.causes.get(&order.id).copied());
        Candidate {
            entity,
            state: state(&event, Some(order.modified), Some(&order.body), origin),
            kind: EventType::OrderReceived,
            event,
        }
    }

    fn refund(
        &self,
        refund: Refund,
        orders: &BTreeMap<OrderId, Result<OrderSnapshot, Obstacle>>,
        history: &History,
        origin: &Origin,
        now: Timestamp,
    ) -> Candidate {
        let order = refund.snapshot.order;
        let entity = EntityKey::refund(self.store.clone(), order, refund.snapshot.refund);
        let snapshot = match orders.get(&order) {
            Some(Ok(snapshot)) => snapshot.clone(),
            Some(Err(obstacle)) => {
                let obstacle = match obstacle {
                    Obstacle::NotFound => Obstacle::UnknownOrder,
                    other => Obstacle::OrderUnavailable(other.reason()),
                };
                return self.parked(entity, &obstacle, origin, now);
            }
            None => return self.parked(entity, &Obstacle::UnknownOrder, origin, now),
        };
        let earlier = match history.before(&refund.snapshot) {
            Ok(earlier) => earlier,
            Err(malformed) => {
                let obstacle = Obstacle::EarlierRefund(malformed.to_string());
                return self.parked(entity, &obstacle, origin, now);
            }
        };
        let (modified, body) = (refund.snapshot.created, refund.body.clone());
        let received = RefundReceived {
            refund: refund.snapshot,
            order: snapshot,
            earlier,
            brought_by: origin.by,
            body: refund.body,
            state: None,
        };
        let event = events::refund(received, origin.causes.get(&order).copied());
        Candidate {
            entity,
            state: state(&event, Some(modified), Some(&body), origin),
            kind: EventType::RefundReceived,
            event,
        }
    }

    fn parked(
        &self,
        entity: EntityKey,
        obstacle: &Obstacle,
        origin: &Origin,
        now: Timestamp,
    ) -> Candidate {
        let cause = origin.causes.get(&entity.order).copied();
        let modified = match obstacle {
            Obstacle::Malformed(malformed) => malformed.modified,
            _ => None,
        };
        let kind = match entity.refund {
            None => EventType::OrderParked,
            Some(_) => EventType::RefundParked,
        };
        let event = events::parked(entity.clone(), obstacle, cause, now);
        Candidate {
            state: state(&event, modified, None, origin),
            entity,
            kind,
            event,
        }
    }

    /// Publishes what is news; returns when it is durable.
    async fn publish(&self, candidates: Vec<Candidate>) -> Result<(), IntakeError> {
        let mut recent = self.recent.lock().await;
        let news: Vec<Candidate> = candidates
            .into_iter()
            .filter(|candidate| recent.is_news(&candidate.entity, &candidate.state))
            .collect();
        if news.is_empty() {
            return Ok(());
        }
        let events = news
            .iter()
            .map(|candidate| candidate.event.clone())
            .collect();
        let receipts = self.stream.publish_all(events).await?;
        for (candidate, receipt) in news.into_iter().zip(receipts) {
            if !receipt.duplicate {
                metrics::published(&self.store, candidate.kind.as_str());
                tracing::debug!(
                    event = %candidate.event.id,
                    entity = %candidate.entity,
                    kind = %candidate.kind,
                    offset = receipt.offset,
                    "published"
                );
            }
            recent.published(candidate.entity, candidate.state);
        }
        Ok(())
    }
}

fn state(
    event: &EncodedEvent,
    modified: Option<Timestamp>,
    body: Option<&Digest>,
    origin: &Origin,
) -> State {
    State {
        body: body.cloned(),
        event: event.id,
        modified,
        asked: origin.asked,
    }
}
