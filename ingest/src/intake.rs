//! From what a store answered to events on the stream. Both ways into ingest
//! end here, so that they write the same.

mod refunds;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bigcommerce::{Client, Malformed, Order};
use jiff::Timestamp;
use schemas::{
    BroughtBy, EncodedEvent, EntityKey, EventId, EventType, OrderId, OrderReceived, OrderSnapshot,
    StoreKey, TaxLine,
};
use service::config::{IngestConfig, StoreConfig};
use stream::{Stream, StreamError};
use tokio::sync::Mutex;

use crate::{
    catalogue::Catalogue,
    customers::Customers,
    events::{self, Obstacle, UNNUMBERED},
    fetch::{self, Fetched},
    history::History,
    metrics,
    publications::{Publication, Publications},
    refund_register::{RefundKey, RefundRegister, RegisterError},
    snapshot,
};
use refunds::{Refunds, refunded};

/// Nothing was lost: it has only to be done again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    #[error("the store could not be asked")]
    Store(#[from] bigcommerce::Error),
    #[error("the events could not be made durable")]
    Publish(#[from] StreamError),
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// One store's way into the stream.
pub(crate) struct Intake {
    pub store: StoreKey,
    pub client: Client,
    stream: Stream,
    catalogue: Catalogue,
    /// None: their groups are not wanted.
    customers: Option<Customers>,
    register: RefundRegister,
    /// How old a refund may become before it counts as final.
    watch: Duration,
    /// Whether the tax of each order is wanted by rate.
    tax_rates: bool,
    // Held while publishing: what is judged by it must not change meanwhile.
    publications: Mutex<Publications>,
    asked: AtomicU64,
}

/// What brought records here: the way, and the webhook for each order.
pub(crate) struct Origin<'a> {
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
    publication: Publication,
    kind: EventType,
    event: EncodedEvent,
}

impl Intake {
    /// For the store that `register` is of.
    pub(crate) fn new(
        store: &StoreConfig,
        config: &IngestConfig,
        register: RefundRegister,
        client: Client,
        stream: Stream,
    ) -> Self {
        let age = config.catalogue_age;
        Intake {
            store: register.store().clone(),
            client,
            stream,
            register,
            watch: config.refund_watch,
            catalogue: Catalogue::new(age),
            customers: store.customer_groups.then(|| Customers::new(age)),
            tax_rates: store.tax_rates,
            publications: Mutex::default(),
            asked: AtomicU64::new(0),
        }
    }

    /// Numbers the requests to the store: call it before asking.
    pub(crate) fn ask(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::Relaxed)
    }

    /// Publishes orders, under the numbers they were asked for by, and the refunds
    /// of those that have some, which follow their orders: with `told`, those that
    /// brought us here, noted before their orders were read.
    pub(crate) async fn take(
        &self,
        orders: Vec<(OrderId, Fetched)>,
        told: &BTreeSet<RefundKey>,
        origin: &Origin<'_>,
    ) -> Result<(), IntakeError> {
        let whole: Vec<&Order> = orders.iter().flat_map(|(_, fetched)| fetched).collect();
        let facts = self.catalogue.facts(&self.client, &whole).await?;
        let known = self
            .register
            .of_orders(whole.iter().map(|it| it.id))
            .await?;
        let history = History::read(&self.client, &refunded(&whole, &known, told)).await?;
        let mut details = self.details(&whole).await?;
        let now = Timestamp::now();
        let mut candidates = Vec::with_capacity(orders.len() + told.len());
        let mut taken: Orders = BTreeMap::new();
        for (id, fetched) in orders {
            let detailed = fetched.and_then(|order| Ok((details.taxes(order.id)?, order)));
            let result = match detailed {
                Ok((taxes, order)) => {
                    let mut snapshot = OrderSnapshot {
                        taxes,
                        customer_group: details.group(&order),
                        refunded: history.refunded(order.id, order.status),
                        ..snapshot::order(&self.store, &order, &facts)
                    };
                    let refunds: Vec<_> = history.of_order(order.id).collect();
                    snapshot::note_pieces(&mut snapshot, &refunds);
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
        let refunds = Refunds {
            history: &history,
            orders: &taken,
            told,
        };
        let (absent, events) = self.refunds(&refunds, origin, now);
        candidates.extend(events);
        self.publish(candidates).await?;
        self.register.forget(&absent).await?;
        self.note_taken(&refunds, &known, now).await
    }

    /// Publishes a page of a list of orders.
    pub(crate) async fn take_page(
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
        self.take(orders.collect(), &BTreeSet::new(), origin).await
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
            publication: publication(&event, Some(order.modified), origin),
            kind: EventType::OrderReceived,
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
            publication: publication(&event, modified, origin),
            entity,
            kind,
            event,
        }
    }

    /// Publishes what is news; returns when it is durable.
    async fn publish(&self, candidates: Vec<Candidate>) -> Result<(), IntakeError> {
        let mut publications = self.publications.lock().await;
        let news: Vec<Candidate> = candidates
            .into_iter()
            .filter(|candidate| publications.is_news(&candidate.entity, &candidate.publication))
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
                metrics::PUBLISHED.add([self.store.as_str(), candidate.kind.as_str()], 1);
                tracing::debug!(
                    event = %candidate.event.id,
                    entity = %candidate.entity,
                    kind = %candidate.kind,
                    sequence = %receipt.sequence,
                    "published"
                );
            }
            publications.note(candidate.entity, candidate.publication);
        }
        Ok(())
    }
}

fn publication(event: &EncodedEvent, modified: Option<Timestamp>, origin: &Origin) -> Publication {
    Publication {
        event: event.id,
        modified,
        asked: origin.asked,
    }
}

/// Orders as they were taken in, or why they were not.
type Orders = BTreeMap<OrderId, Result<OrderSnapshot, Obstacle>>;
