//! Orders and refunds from files, as the store's API answered them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail, ensure};
use bigcommerce::{Category, Malformed, Order, OrderTax, Product, Refund};
use clap::Args;
use ingest::{
    product_facts::{self, Facts},
    snapshot,
};
use schemas::{BroughtBy, OrderId, OrderReceived, RefundReceived, RefundSnapshot, StoreKey};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What the store says of the orders. Each file holds one record, a list, or an
/// answer with its `data`; where an answer has several pages, give several files.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// Orders, as V2 answers them with include=consignments,consignments.line_items,fees
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The store they are of, by its key in the rules
    #[arg(long)]
    store: StoreKey,
    /// Line items that the orders came without: /v2/orders/{id}/products
    #[arg(long, value_name = "FILE")]
    products: Vec<PathBuf>,
    /// The orders' taxes by rate: /v2/orders/{id}/taxes?details=true
    #[arg(long, value_name = "FILE")]
    taxes: Vec<PathBuf>,
    /// The orders' refunds: /v3/orders/{id}/payment_actions/refunds. Each gets a journal of its own
    #[arg(long, value_name = "FILE")]
    refunds: Vec<PathBuf>,
    /// The products in the orders: /v3/catalog/products. Without it no line has a category
    #[arg(long, value_name = "FILE")]
    catalog: Vec<PathBuf>,
    /// The categories, for those above a product's: /v3/catalog/trees/categories
    #[arg(long, value_name = "FILE")]
    categories: Vec<PathBuf>,
}

/// An order and its refunds, as ingest would have them.
pub(crate) struct Case {
    pub order: OrderReceived,
    /// In the order of their ids.
    pub refunds: Vec<RefundReceived>,
}

/// Records by the order that they are of.
type ByOrder<T> = BTreeMap<OrderId, Vec<T>>;

impl Input {
    pub(crate) fn read(&self) -> anyhow::Result<Vec<Case>> {
        let facts = self.facts()?;
        let orders: Vec<(&PathBuf, Order)> = each(&self.files, "an order", Order::read)?;
        let ids: Vec<OrderId> = orders.iter().map(|(_, order)| order.id).collect();
        let mut lines = of_orders(
            each(
                &self.products,
                "a product of an order",
                bigcommerce::Line::read_with_order,
            )?,
            &ids,
            "line items",
        )?;
        let taxes = each(&self.taxes, "a tax of an order", OrderTax::read)?;
        let taxes = taxes
            .into_iter()
            .map(|(file, it)| (file, (it.order, it.tax)));
        let mut taxes = of_orders(taxes.collect(), &ids, "taxes")?;
        let refunds = each(&self.refunds, "a refund", Refund::read)?;
        let refunds = refunds
            .into_iter()
            .map(|(file, it)| (file, (it.snapshot.order, it)));
        let mut refunds = of_orders(refunds.collect(), &ids, "refunds")?;

        orders
            .into_iter()
            .map(|(file, order)| {
                let id = order.id;
                let order = completed(file, order, lines.remove(&id))?;
                let mut snapshot = snapshot::order(&self.store, &order, &facts);
                snapshot.taxes = taxes.remove(&id).unwrap_or_default();
                let mut refunds = refunds.remove(&id).unwrap_or_default();
                refunds.sort_by_key(|refund| refund.snapshot.refund);
                refunds.dedup_by_key(|refund| refund.snapshot.refund);
                let known: Vec<_> = refunds.iter().map(|it| &it.snapshot).collect();
                snapshot::note_pieces(&mut snapshot, &known);
                let order = OrderReceived {
                    order: snapshot,
                    brought_by: BroughtBy::Poll,
                    body: order.body,
                    follows: None,
                };
                let refunds = received(&order, refunds);
                Ok(Case { order, refunds })
            })
            .collect()
    }

    fn facts(&self) -> anyhow::Result<Facts> {
        let products = each(&self.catalog, "a product of the catalogue", Product::read)?;
        let categories = each(&self.categories, "a category", Category::read)?;
        Ok(product_facts::facts(&bare(products), &bare(categories)))
    }
}

fn bare<T>(records: Vec<(&PathBuf, T)>) -> Vec<T> {
    records.into_iter().map(|(_, record)| record).collect()
}

/// The order with all of its line items.
fn completed(
    file: &Path,
    order: Order,
    lines: Option<Vec<bigcommerce::Line>>,
) -> anyhow::Result<Order> {
    match lines {
        Some(lines) => Ok(order.with_lines(lines)),
        None if order.has_all_lines() => Ok(order),
        None => bail!(
            "{}: order {id} came without all of its line items: ask for it with \
             include=consignments,consignments.line_items,fees, or give the answer of \
             /v2/orders/{id}/products with --products",
            file.display(),
            id = order.id
        ),
    }
}

/// The refunds of an order, in the order of their ids, each with those before it.
fn received(order: &OrderReceived, refunds: Vec<Refund>) -> Vec<RefundReceived> {
    let mut earlier: Vec<RefundSnapshot> = Vec::new();
    let mut all = Vec::new();
    for refund in refunds {
        all.push(RefundReceived {
            refund: refund.snapshot.clone(),
            order: order.order.clone(),
            earlier: earlier.clone(),
            brought_by: BroughtBy::Poll,
            body: refund.body,
            state: Some(RefundReceived::state_of(&order.order, &earlier)),
            follows: None,
        });
        earlier.push(refund.snapshot);
    }
    all
}

/// Records by their orders. Those of other orders are left out, with a word:
/// but if that leaves none, the file is not the one that was meant.
fn of_orders<T>(
    records: Vec<(&PathBuf, (OrderId, T))>,
    orders: &[OrderId],
    what: &str,
) -> anyhow::Result<ByOrder<T>> {
    let mut found = ByOrder::new();
    let mut others: BTreeMap<&PathBuf, (usize, OrderId)> = BTreeMap::new();
    for (file, (order, record)) in records {
        if orders.contains(&order) {
            found.entry(order).or_default().push(record);
        } else {
            others.entry(file).or_insert((0, order)).0 += 1;
        }
    }
    for (file, (count, order)) in others {
        let file = file.display();
        ensure!(
            !found.is_empty(),
            "{file}: its {what} are of order {order}, which is not among the orders given: \
             give that order, or the {what} of these"
        );
        eprintln!("{file}: {count} {what} of other orders are left out");
    }
    Ok(found)
}

/// All records of some files, each with the file that it is from.
fn each<'a, T>(
    files: &'a [PathBuf],
    what: &str,
    read: impl Fn(&RawValue) -> Result<T, Malformed>,
) -> anyhow::Result<Vec<(&'a PathBuf, T)>> {
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        for (index, raw) in records(&text, file, what)?.iter().enumerate() {
            let record = read(raw).map_err(|malformed| {
                anyhow!(
                    "{}, record {}, is not {what} as the store's API answers it: {malformed}; \
                     get it from the store again, and if it is so there, correct it there",
                    file.display(),
                    index + 1
                )
            })?;
            found.push((file, record));
        }
    }
    Ok(found)
}

/// An answer of the V3 API.
#[derive(Deserialize)]
struct Answer {
    data: Option<Vec<Box<RawValue>>>,
}

/// The records in a text; none in an empty one, which is how the API says so.
fn records(text: &str, file: &Path, what: &str) -> anyhow::Result<Vec<Box<RawValue>>> {
    let text = text.trim();
    let not_json = || format!("{} is not {what} in JSON", file.display());
    ensure!(
        !text.starts_with('<'),
        "{}, but XML: ask the store for JSON, with the header `Accept: application/json`",
        not_json()
    );
    if text.is_empty() {
        return Ok(Vec::new());
    }
    if text.starts_with('[') {
        return serde_json::from_str(text).with_context(not_json);
    }
    let answer: Answer = serde_json::from_str(text).with_context(not_json)?;
    match answer.data {
        Some(records) => Ok(records),
        None => Ok(vec![serde_json::from_str(text).with_context(not_json)?]),
    }
}
