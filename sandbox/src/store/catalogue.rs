//! The catalogue both stores sell from: categories, brands and products.

use std::sync::LazyLock;

use super::Amount;
use super::order::{LineKind, TaxClass};

/// A category of the storefront's tree.
#[derive(Clone, Copy, Debug)]
pub struct Category {
    /// Category id, the same in both stores.
    pub id: u32,
    /// Parent category; 0 for the top level.
    pub parent: u32,
    /// Name shown to shoppers.
    pub name: &'static str,
}

const fn category(id: u32, parent: u32, name: &'static str) -> Category {
    Category { id, parent, name }
}

/// The category that no example rule maps to an account.
pub const UNSORTED: u32 = 90;

/// The product that stands in [`UNSORTED`].
pub const UNSORTED_PRODUCT: u32 = 990;

/// Id of the only category tree.
pub const TREE_ID: u32 = 1;

/// The category tree.
pub const CATEGORIES: [Category; 15] = [
    category(20, 0, "Apparel"),
    category(201, 20, "Shirts"),
    category(202, 20, "Jackets"),
    category(21, 0, "Footwear"),
    category(211, 21, "Boots"),
    category(212, 21, "Running Shoes"),
    category(22, 0, "Home"),
    category(221, 22, "Kitchen"),
    category(222, 22, "Bath"),
    category(23, 0, "Outdoor"),
    category(231, 23, "Camping"),
    category(24, 0, "Electronics"),
    category(241, 24, "Audio"),
    category(242, 24, "Navigation"),
    category(UNSORTED, 0, "Unsorted"),
];

/// Brand names; a brand's id is its place counted from 1.
pub const BRANDS: [&str; 5] = ["Northfell", "Alder & Sons", "Quayside", "Lumen", "Tarn"];

/// A product of the catalogue.
#[derive(Clone, Debug)]
pub struct Product {
    /// Product id.
    pub id: u32,
    /// Name shown to shoppers.
    pub name: String,
    /// Stock keeping unit.
    pub sku: String,
    /// Catalogue price, in the store's entry mode.
    pub price: Amount,
    /// What the store paid for one.
    pub cost: Amount,
    /// All categories, top level first.
    pub categories: Vec<u32>,
    /// Brand id, 1 to 5.
    pub brand: u32,
    /// Physical or digital.
    pub kind: LineKind,
    /// Tax class.
    pub tax_class: TaxClass,
}

impl Product {
    /// Name of the product's brand.
    #[must_use]
    pub fn brand_name(&self) -> &'static str {
        BRANDS[(self.brand as usize - 1) % BRANDS.len()]
    }
}

/// Product nouns per lowest category, with a base price in cents.
const RANGE: [(u32, &[(&str, i64)]); 9] = [
    (
        201,
        &[
            ("Oxford Shirt", 5_995),
            ("Merino Tee", 4_450),
            ("Flannel Shirt", 6_900),
            ("Polo", 3_999),
        ],
    ),
    (
        202,
        &[
            ("Rain Jacket", 14_900),
            ("Down Jacket", 24_995),
            ("Fleece", 7_950),
        ],
    ),
    (211, &[("Hiking Boot", 17_999), ("Chelsea Boot", 15_500)]),
    (212, &[("Trail Runner", 12_995), ("Road Runner", 11_000)]),
    (
        221,
        &[
            ("Cast Iron Pan", 4_295),
            ("Enamel Mug", 1_250),
            ("Tea Towel", 899),
        ],
    ),
    (222, &[("Bath Towel", 2_799), ("Linen Robe", 6_495)]),
    (
        231,
        &[
            ("Two-Person Tent", 28_900),
            ("Sleeping Bag", 13_450),
            ("Head Torch", 3_333),
        ],
    ),
    (241, &[("Field Speaker", 8_999), ("Earphones", 5_949)]),
    (242, &[("GPS Watch", 32_900), ("Compass", 2_175)]),
];

/// Words that make three products of every noun.
const VARIANTS: [(&str, i64); 3] = [("Classic", 100), ("Light", 87), ("Pro", 131)];

/// Every product, in order of id.
pub static PRODUCTS: LazyLock<Vec<Product>> = LazyLock::new(build);

/// The product with this id.
#[must_use]
pub fn product(id: u32) -> Option<&'static Product> {
    PRODUCTS
        .binary_search_by_key(&id, |p| p.id)
        .ok()
        .map(|i| &PRODUCTS[i])
}

fn build() -> Vec<Product> {
    let mut products = Vec::new();
    for (leaf, nouns) in RANGE {
        for (noun, cents) in nouns {
            for (variant, percent) in VARIANTS {
                let id = 101 + products.len() as u32;
                products.push(Product {
                    id,
                    name: format!("{variant} {noun}"),
                    sku: format!("{leaf}-{id}"),
                    price: Amount::cents(cents * percent / 100),
                    cost: Amount::cents(cents * percent / 220),
                    categories: vec![leaf / 10, leaf],
                    brand: 1 + id % BRANDS.len() as u32,
                    kind: LineKind::Physical,
                    tax_class: TaxClass::Standard,
                });
            }
        }
    }
    products.push(digital(
        500,
        "Route Guide (e-book)",
        1_499,
        vec![23, 231],
        TaxClass::Reduced,
    ));
    products.push(digital(
        501,
        "Navigation Maps, one year",
        3_900,
        vec![24, 242],
        TaxClass::Standard,
    ));
    products.push(Product {
        id: UNSORTED_PRODUCT,
        name: "Sample Lot".to_owned(),
        sku: "LOT-990".to_owned(),
        price: Amount::cents(2_500),
        cost: Amount::cents(900),
        categories: vec![UNSORTED],
        brand: 1,
        kind: LineKind::Physical,
        tax_class: TaxClass::Standard,
    });
    products
}

fn digital(id: u32, name: &str, cents: i64, categories: Vec<u32>, tax_class: TaxClass) -> Product {
    Product {
        id,
        name: name.to_owned(),
        sku: format!("DL-{id}"),
        price: Amount::cents(cents),
        cost: Amount::ZERO,
        categories,
        brand: 4,
        kind: LineKind::Digital,
        tax_class,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_found_by_id_and_stand_in_known_categories() {
        assert_eq!(product(UNSORTED_PRODUCT).unwrap().categories, [UNSORTED]);
        assert!(product(7).is_none());
        for p in PRODUCTS.iter() {
            for c in &p.categories {
                assert!(
                    CATEGORIES.iter().any(|known| known.id == *c),
                    "{} in {c}",
                    p.name
                );
            }
            assert_eq!(
                p.price.ten_thousandths() % 100,
                0,
                "{} has whole cents",
                p.name
            );
        }
    }
}
