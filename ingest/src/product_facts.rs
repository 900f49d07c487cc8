//! What the catalogue says of the products of orders.

use std::collections::{BTreeMap, BTreeSet};

use bigcommerce::{Category, Product};

/// What the catalogue says of products, by their ids. Products that are deleted
/// or were never in it are not there.
pub type Facts = BTreeMap<u64, ProductFacts>;

/// What the catalogue says of a product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFacts {
    /// Ascending.
    pub categories: Vec<u64>,
    /// The categories above those and not among them, ascending.
    pub parent_categories: Vec<u64>,
    /// The brand's name today.
    pub brand: Option<String>,
    /// Its tax class in the store.
    pub tax_class: Option<u64>,
}

/// What answers of the catalogue say of products. Brands are named by order
/// lines, so those of the catalogue are not needed.
pub fn facts(products: &[Product], categories: &[Category]) -> Facts {
    let tree: BTreeMap<u64, Option<u64>> = categories
        .iter()
        .map(|category| (category.id, category.parent))
        .collect();
    let facts = |product: &Product| {
        let categories: BTreeSet<u64> = product.categories.iter().copied().collect();
        let facts = ProductFacts {
            parent_categories: above(&categories, &tree),
            categories: categories.into_iter().collect(),
            brand: None,
            tax_class: product.tax_class,
        };
        (product.id, facts)
    };
    products.iter().map(facts).collect()
}

/// All categories above these that are not among them, ascending.
pub(crate) fn above(categories: &BTreeSet<u64>, parents: &BTreeMap<u64, Option<u64>>) -> Vec<u64> {
    let mut found = BTreeSet::new();
    for &category in categories {
        let mut at = category;
        while let Some(&Some(parent)) = parents.get(&at) {
            // Seen before: its own parents are there too. It also ends a
            // circle, which the store should not have.
            if !found.insert(parent) {
                break;
            }
            at = parent;
        }
    }
    found.difference(categories).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_go_up_to_the_top_and_leave_out_the_categories_themselves() {
        let parents = BTreeMap::from([(20, None), (201, Some(20)), (2011, Some(201)), (90, None)]);
        let above = |ids: &[u64]| above(&ids.iter().copied().collect(), &parents);
        assert_eq!(above(&[2011]), [20, 201]);
        assert_eq!(above(&[2011, 201, 90]), [20]);
        assert_eq!(above(&[77]), [0u64; 0]);
    }

    #[test]
    fn a_circle_of_categories_ends() {
        let parents = BTreeMap::from([(1, Some(2)), (2, Some(1))]);
        assert_eq!(above(&BTreeSet::from([1]), &parents), [2]);
    }
}
