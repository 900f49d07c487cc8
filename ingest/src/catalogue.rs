//! What the catalogue says of products, kept for a while.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use bigcommerce::{Client, Error, Line, Malformed, Order, Product};
use schemas::causes;
use tokio::{sync::Mutex, time::Instant};

use crate::product_facts::{Facts, ProductFacts, above};

/// The most products and brands kept. When there are more, all are dropped:
/// what is needed comes back 250 to a call.
const CAPACITY: usize = 50_000;
/// How soon the category tree is read again for a category that is not in it.
const TREE_AGAIN: Duration = Duration::from_secs(60);

/// A store's catalogue as far as its orders needed it.
pub(crate) struct Catalogue {
    age: Duration,
    // Held while the store is asked, so that two who need the same ask once.
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    /// None: the store has no such product.
    products: HashMap<u64, Aged<Option<Product>>>,
    brands: HashMap<u64, Aged<Option<String>>>,
    /// The category above each category.
    parents: Option<Aged<BTreeMap<u64, Option<u64>>>>,
}

pub(crate) struct Aged<T> {
    pub value: T,
    pub read: Instant,
}

impl Catalogue {
    /// `age`: how long an answer is good for.
    pub(crate) fn new(age: Duration) -> Self {
        Catalogue {
            age,
            cache: Mutex::default(),
        }
    }

    /// What is to be known of the products on these orders.
    pub(crate) async fn facts(&self, client: &Client, orders: &[&Order]) -> Result<Facts, Error> {
        let wanted = products(orders, |_| true);
        let unbranded = products(orders, |line| line.brand.is_empty());
        let mut cache = self.cache.lock().await;
        cache.load_products(client, &wanted, self.age).await?;
        cache.load_brands(client, &unbranded, self.age).await?;
        cache.load_tree(client, &wanted, self.age).await?;
        Ok(wanted
            .into_iter()
            .filter_map(|id| Some((id, cache.facts(id)?)))
            .collect())
    }
}

impl Cache {
    async fn load_products(
        &mut self,
        client: &Client,
        wanted: &BTreeSet<u64>,
        age: Duration,
    ) -> Result<(), Error> {
        let missing = stale(&self.products, wanted.iter().copied(), age);
        if missing.is_empty() {
            return Ok(());
        }
        let products = readable(client.products(&missing).await?);
        let mut found: HashMap<u64, Product> =
            products.map(|product| (product.id, product)).collect();
        make_room(&mut self.products);
        let read = Instant::now();
        for id in missing {
            let value = found.remove(&id);
            self.products.insert(id, Aged { value, read });
        }
        Ok(())
    }

    async fn load_brands(
        &mut self,
        client: &Client,
        products: &BTreeSet<u64>,
        age: Duration,
    ) -> Result<(), Error> {
        let wanted: BTreeSet<u64> = products
            .iter()
            .filter_map(|&id| self.product(id)?.brand)
            .collect();
        let missing = stale(&self.brands, wanted.into_iter(), age);
        if missing.is_empty() {
            return Ok(());
        }
        let brands = readable(client.brands(&missing).await?);
        let mut found: HashMap<u64, String> = brands.map(|brand| (brand.id, brand.name)).collect();
        make_room(&mut self.brands);
        let read = Instant::now();
        for id in missing {
            let value = found.remove(&id);
            self.brands.insert(id, Aged { value, read });
        }
        Ok(())
    }

    async fn load_tree(
        &mut self,
        client: &Client,
        products: &BTreeSet<u64>,
        age: Duration,
    ) -> Result<(), Error> {
        if !self.needs_tree(products, age) {
            return Ok(());
        }
        let tree = readable(client.categories().await?);
        self.parents = Some(Aged {
            value: tree
                .map(|category| (category.id, category.parent))
                .collect(),
            read: Instant::now(),
        });
        Ok(())
    }

    fn needs_tree(&self, products: &BTreeSet<u64>, age: Duration) -> bool {
        let mut categories = products
            .iter()
            .filter_map(|&id| self.product(id))
            .flat_map(|product| &product.categories);
        let Some(tree) = &self.parents else {
            return categories.next().is_some();
        };
        let elapsed = tree.read.elapsed();
        let mut unknown = || categories.any(|id| !tree.value.contains_key(id));
        elapsed >= age || (elapsed >= TREE_AGAIN && unknown())
    }

    fn product(&self, id: u64) -> Option<&Product> {
        self.products.get(&id)?.value.as_ref()
    }

    fn facts(&self, id: u64) -> Option<ProductFacts> {
        let product = self.product(id)?;
        let categories: BTreeSet<u64> = product.categories.iter().copied().collect();
        let parents = self
            .parents
            .as_ref()
            .map(|tree| above(&categories, &tree.value));
        let brand = product
            .brand
            .and_then(|id| self.brands.get(&id)?.value.clone());
        Some(ProductFacts {
            categories: categories.into_iter().collect(),
            parent_categories: parents.unwrap_or_default(),
            brand,
            tax_class: product.tax_class,
        })
    }
}

/// What could be read. The rest is as if it were not in the catalogue: orders
/// with it are parked for their missing category, and no other is hurt.
fn readable<T>(records: Vec<Result<T, Malformed>>) -> impl Iterator<Item = T> {
    records.into_iter().filter_map(|record| {
        record
            .inspect_err(|error| tracing::warn!(error = %causes(error), "a record of the catalogue cannot be read"))
            .ok()
    })
}

/// The catalogue's products on lines of these orders that are of interest.
fn products(orders: &[&Order], interest: impl Fn(&Line) -> bool) -> BTreeSet<u64> {
    let lines = orders.iter().flat_map(|order| &order.lines);
    lines
        .filter(|line| line.product != 0 && interest(line))
        .map(|line| line.product)
        .collect()
}

pub(crate) fn stale<T>(
    cache: &HashMap<u64, Aged<T>>,
    wanted: impl Iterator<Item = u64>,
    age: Duration,
) -> Vec<u64> {
    let fresh = |id: &u64| cache.get(id).is_some_and(|aged| aged.read.elapsed() < age);
    wanted.filter(|id| !fresh(id)).collect()
}

pub(crate) fn make_room<T>(cache: &mut HashMap<u64, Aged<T>>) {
    if cache.len() >= CAPACITY {
        cache.clear();
    }
}
