//! What the catalogue knows of the products on order lines.

use serde_json::value::RawValue;

use crate::{
    Client, Error, Malformed, PAGE,
    json::{Fields, Read},
    orders::joined,
    transport::Call,
};

/// A product as it is in the catalogue today (`GET /v3/catalog/products`), which may be
/// otherwise than when it was ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// What order lines name as `product_id`.
    pub id: u64,
    /// The ids of its categories, in all category trees.
    pub categories: Vec<u64>,
    /// `brand_id`; none for a product without a brand.
    pub brand: Option<u64>,
    /// `tax_class_id`; none where it was not answered.
    pub tax_class: Option<u64>,
}

/// A category (`GET /v3/catalog/trees/categories`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// `category_id`, which products name.
    pub id: u64,
    /// None at the top of its tree.
    pub parent: Option<u64>,
    /// Without those of the categories above; not unique.
    pub name: String,
}

/// A brand (`GET /v3/catalog/brands`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// What products name as `brand_id`; order lines have only the name.
    pub id: u64,
    /// The name today; an order line keeps the one at its sale.
    pub name: String,
}

impl Product {
    /// Reads one product of an answer.
    pub fn read(raw: &RawValue) -> Result<Product, Malformed> {
        product(&Fields::record(raw)?)
    }
}

impl Category {
    /// Reads one category of an answer about trees.
    pub fn read(raw: &RawValue) -> Result<Category, Malformed> {
        category(&Fields::record(raw)?)
    }
}

impl Client {
    /// The products of these ids that (still) exist, in any order. One that
    /// cannot be read does not hurt the others.
    pub async fn products(&self, ids: &[u64]) -> Result<Vec<Result<Product, Malformed>>, Error> {
        let fields = (
            "include_fields",
            "categories,brand_id,tax_class_id".to_owned(),
        );
        let mut products = Vec::new();
        for ids in ids.chunks(PAGE) {
            let query = [("id:in", joined(ids)), fields.clone()];
            let path = "v3/catalog/products";
            products.extend(self.records("list products", path, &query, product).await?);
        }
        Ok(products)
    }

    /// The categories of all trees. One that cannot be read does not hurt the others.
    pub async fn categories(&self) -> Result<Vec<Result<Category, Malformed>>, Error> {
        let path = "v3/catalog/trees/categories";
        self.records("list categories", path, &[], category).await
    }

    /// The brands of these ids that (still) exist, in any order. One that cannot be
    /// read does not hurt the others.
    pub async fn brands(&self, ids: &[u64]) -> Result<Vec<Result<Brand, Malformed>>, Error> {
        let mut brands = Vec::new();
        for ids in ids.chunks(PAGE) {
            let query = [("id:in", joined(ids))];
            brands.extend(
                self.records("list brands", "v3/catalog/brands", &query, brand)
                    .await?,
            );
        }
        Ok(brands)
    }

    async fn records<T>(
        &self,
        operation: &'static str,
        path: &str,
        query: &[(&str, String)],
        read: impl Fn(&Fields) -> Read<T>,
    ) -> Result<Vec<Result<T, Malformed>>, Error> {
        let mut found = Vec::new();
        let read = |_: &Call, records: Vec<&RawValue>| {
            let records = records.into_iter();
            found.extend(records.map(|raw| read(&Fields::record(raw)?)));
        };
        self.each_page(operation, path, query, read).await?;
        Ok(found)
    }
}

fn product(fields: &Fields) -> Read<Product> {
    Ok(Product {
        id: fields.count("id")?,
        categories: fields.counts("categories")?,
        brand: fields.count_or_none("brand_id")?.filter(|&id| id != 0),
        tax_class: fields.count_or_none("tax_class_id")?,
    })
}

fn category(fields: &Fields) -> Read<Category> {
    Ok(Category {
        id: fields.count("category_id")?,
        parent: fields.count_or_none("parent_id")?.filter(|&id| id != 0),
        name: fields.text("name")?,
    })
}

fn brand(fields: &Fields) -> Read<Brand> {
    Ok(Brand {
        id: fields.count("id")?,
        name: fields.text("name")?,
    })
}
