//! From what a store answered to events on the stream. Both ways into ingest
//! end here, so that they write the same.

mod refunds;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bigcommerce::{Client, Malformed, Order, Refund};
use jiff::Timestamp;
use schemas::{EntityKey, OrderId, OrderSnapshot, StoreKey, TaxLine};
use service::config::{IngestConfig, StoreConfig};

use crate::{
    catalogue::Catalogue,
    chain::UNNUMBERED,
    customers::Customers,
    doubts::{Doubts, Patience},
    draft::Draft,
    events::Obstacle,
    fetch::{self, Fetched},
    history::History,
    origin::Origin,
    refund_register::{RefundKey, RefundRegister, RegisterError, ask_again_at},
    snapshot,
    teller::{TellError, Teller},
};
use refunds::{Orders, Refunds, key, refunded, unreadable};

/// As many bytes of events are told together.
const PORTION: usize = 2 << 20;

/// Nothing was lost: it has only to be done again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    #[error("the store could not be asked")]
    Store(#[from] bigcommerce::Error),
    #[error("what the store answered could not be told")]
    Tell(#[from] TellError),
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// One store's way into the stream.
pub(crate) struct Intake {
    pub store: StoreKey,
    pub client: Client,
    teller: Teller,
    catalogue: Catalogue,
    /// None: their groups are not wanted.
    customers: Option<Customers>,
    register: RefundRegister,
    /// How old a refund may become before it counts as final.
    watch: Duration,
    /// Whether the tax of each order is wanted by rate.
    tax_rates: bool,
    asked: AtomicU64,
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

impl Intake {
    /// For the store that `register` is of.
    pub(crate) fn new(
        store: &StoreConfig,
        config: &IngestConfig,
        register: RefundRegister,
        client: Client,
        teller: Teller,
    ) -> Self {
        let age = config.catalogue_age;
        Intake {
            store: register.store().clone(),
            client,
            teller,
            register,
            watch: config.refund_watch,
            catalogue: Catalogue::new(age),
            customers: store.customer_groups.then(|| Customers::new(age)),
            tax_rates: store.tax_rates,
            asked: AtomicU64::new(0),
        }
    }

    /// Numbers the requests to the store: call it before asking.
    pub(crate) fn ask(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells a page of a list of orders. Those of it that cannot be read are asked for
    /// again by themselves.
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
        let (orders, nobody) = (orders.collect(), BTreeSet::new());
        let patience = Patience::default();
        let doubted = self.take(orders, &nobody, origin, &patience).await?;
        self.take_doubted(doubted, &nobody, origin, patience).await
    }

    /// Reads orders, those of `told` refunds among them, and tells them with their
    /// refunds.
    pub(crate) async fn take_told(
        &self,
        mut orders: BTreeSet<OrderId>,
        told: &BTreeSet<RefundKey>,
        origin: &Origin<'_>,
    ) -> Result<(), IntakeError> {
        self.register.note(told).await?;
        orders.extend(told.iter().map(|(order, _)| *order));
        let patience = Patience::default();
        let doubted = self.read(&orders, told, origin, &patience).await?;
        self.take_doubted(doubted, told, origin, patience).await
    }

    /// The refunds that are to be asked for again by now.
    pub(crate) async fn due_refunds(
        &self,
        now: Timestamp,
    ) -> Result<BTreeSet<RefundKey>, IntakeError> {
        Ok(self.register.due(now).await?)
    }

    /// Publishes what is new of the refunds that the store lists, and their orders
    /// as they are now; `due` are those that were to be asked for again.
    pub(crate) async fn take_refunds(
        &self,
        listed: Vec<Result<Refund, Malformed>>,
        due: BTreeSet<RefundKey>,
        origin: &Origin<'_>,
    ) -> Result<(), IntakeError> {
        let now = Timestamp::now();
        let mut unnumbered = Vec::new();
        // One that is due and not listed is gone.
        let mut told = due.clone();
        for refund in listed {
            match refund {
                Ok(refund) if !self.register.has_taken(key(&refund), &refund.body).await? => {
                    told.insert(key(&refund));
                }
                Ok(refund) => {
                    if told.remove(&key(&refund)) {
                        let again = ask_again_at(&refund.snapshot, self.watch, now);
                        self.register
                            .mark_taken(key(&refund), &refund.body, again)
                            .await?;
                    }
                }
                Err(malformed) => match (malformed.order, malformed.refund) {
                    (Some(order), Some(refund)) => {
                        told.insert((order, refund));
                    }
                    _ => unnumbered.push(unreadable(&self.store, malformed, origin, now)),
                },
            }
        }
        self.teller.tell(&unnumbered, origin.asked).await?;
        if told.is_empty() {
            return Ok(());
        }
        self.take_told(BTreeSet::new(), &told, origin).await
    }

    /// Asks for orders again whose answers are doubted, until they are not or patience
    /// ends.
    async fn take_doubted(
        &self,
        mut doubted: BTreeSet<OrderId>,
        told: &BTreeSet<RefundKey>,
        origin: &Origin<'_>,
        mut patience: Patience,
    ) -> Result<(), IntakeError> {
        while !doubted.is_empty() {
            patience.pause().await;
            let of_doubted = told.iter().filter(|(order, _)| doubted.contains(order));
            let told = of_doubted.copied().collect();
            doubted = self.read(&doubted, &told, origin, &patience).await?;
        }
        Ok(())
    }

    /// Reads orders, a portion at a time, and tells them.
    async fn read(
        &self,
        orders: &BTreeSet<OrderId>,
        told: &BTreeSet<RefundKey>,
        origin: &Origin<'_>,
        patience: &Patience,
    ) -> Result<BTreeSet<OrderId>, IntakeError> {
        let (mut orders, mut doubted) = (orders.clone(), BTreeSet::new());
        while !orders.is_empty() {
            let origin = Origin {
                asked: self.ask(),
                ..*origin
            };
            let fetched = fetch::orders(&self.client, &mut orders).await?;
            let ids: BTreeSet<OrderId> = fetched.iter().map(|(id, _)| *id).collect();
            let of_these = told.iter().filter(|(order, _)| ids.contains(order));
            let of_these = of_these.copied().collect();
            doubted.extend(self.take(fetched, &of_these, &origin, patience).await?);
        }
        Ok(doubted)
    }

    /// Tells orders, under the numbers they were asked for by, and the refunds of those
    /// that have some, which follow their orders: with `told`, those that brought us
    /// here, noted before their orders were read. Returns the orders of which nothing
    /// is told yet, because the answer is doubted: none when patience has ended.
    async fn take(
        &self,
        orders: Vec<(OrderId, Fetched)>,
        told: &BTreeSet<RefundKey>,
        origin: &Origin<'_>,
        patience: &Patience,
    ) -> Result<BTreeSet<OrderId>, IntakeError> {
        let whole: Vec<&Order> = orders.iter().flat_map(|(_, fetched)| fetched).collect();
        let facts = self.catalogue.facts(&self.client, &whole).await?;
        let known = self
            .register
            .of_orders(whole.iter().map(|it| it.id))
            .await?;
        let history = History::read(&self.client, &refunded(&whole, &known, told)).await?;
        let mut details = self.details(&whole).await?;
        let now = Timestamp::now();
        let mut drafts = Vec::with_capacity(orders.len() + told.len());
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
                    drafts.push(origin.received(snapshot.clone(), &order));
                    Ok(snapshot)
                }
                Err(obstacle) => {
                    let entity = EntityKey::order(self.store.clone(), id);
                    drafts.push(origin.parked(entity, &obstacle, now));
                    Err(obstacle)
                }
            };
            taken.insert(id, result);
        }
        let refunds = Refunds {
            store: &self.store,
            history: &history,
            orders: &taken,
            told,
        };
        let absent = refunds.absent();
        let of_refunds = refunds.drafts(&absent, origin, now);
        let drafts = drafts.into_iter().chain(of_refunds);
        let doubted = self.tell(drafts, origin, patience).await?;
        let is_certain = |(order, _): &RefundKey| !doubted.contains(order);
        let absent = absent.into_iter().filter(is_certain).collect();
        self.register.forget(&absent).await?;
        refunds
            .note_taken(&self.register, self.watch, &known, is_certain, now)
            .await?;
        Ok(doubted)
    }

    /// Tells what is not doubted, a portion at a time; returns the orders that are.
    async fn tell(
        &self,
        drafts: impl Iterator<Item = Draft>,
        origin: &Origin<'_>,
        patience: &Patience,
    ) -> Result<BTreeSet<OrderId>, IntakeError> {
        let (mut drafts, mut doubted) = (drafts, BTreeSet::new());
        loop {
            let (mut portion, mut bytes) = (Vec::new(), 0);
            while bytes < PORTION
                && let Some(draft) = drafts.next()
            {
                let (draft, size) = self.teller.fitting(draft);
                bytes += size;
                portion.push(draft);
            }
            if portion.is_empty() {
                return Ok(doubted);
            }
            let doubts = Doubts::of(&self.teller, portion, origin.asked, patience).await?;
            self.teller.tell(&doubts.certain, origin.asked).await?;
            doubted.extend(doubts.orders);
        }
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
}
