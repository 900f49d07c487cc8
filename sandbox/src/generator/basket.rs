//! What is in the basket: lines, wrapping, fees.

use rand::RngExt;
use rand::rngs::StdRng;

use super::people::pick;
use super::{Ids, Wishes, take};
use crate::store::Amount;
use crate::store::catalogue::{self, Product};
use crate::store::order::{Charge, Fee, Line, LineKind, Order, TaxClass, Wrapping};

/// No order of the sandbox has more lines.
const MOST_LINES: u32 = 500;

/// Fills a basket: mostly one to four lines, now and then more than fifty.
pub(super) fn fill(rng: &mut StdRng, ids: &mut Ids, wishes: &Wishes) -> Vec<Line> {
    let count = wishes.lines.unwrap_or_else(|| number_of_lines(rng));
    let mut lines: Vec<Line> = (0..count.clamp(1, MOST_LINES))
        .map(|_| {
            let product = draw_product(rng);
            sell(rng, ids, product)
        })
        .collect();
    if wishes
        .gift_certificate
        .unwrap_or_else(|| rng.random_bool(0.03))
    {
        lines.pop();
        lines.push(gift_certificate(rng, ids));
    }
    if wishes.unmapped_category
        && let Some(product) = catalogue::product(catalogue::UNSORTED_PRODUCT)
    {
        lines.pop();
        lines.push(sell(rng, ids, product));
    }
    lines
}

/// Wraps a physical line as a gift, sometimes.
pub(super) fn wrap(rng: &mut StdRng, order: &mut Order) {
    if !rng.random_bool(0.05) {
        return;
    }
    if let Some(line) = order
        .lines
        .iter_mut()
        .find(|l| l.kind == LineKind::Physical)
    {
        line.wrapping = Some(Wrapping {
            id: 3,
            name: "Kraft paper",
            message: format!("For {} with love", pick(rng, &["Mia", "Tom", "Grandma"])),
            base: Amount::cents(350),
            cost: Default::default(),
        });
    }
}

/// A fee against damage in transit.
pub(super) fn protection_fee(ids: &mut Ids) -> Fee {
    Fee {
        id: take(&mut ids.part),
        name: "Package Protection",
        charge: Charge {
            base: Amount::cents(195),
            ..Charge::default()
        },
    }
}

fn number_of_lines(rng: &mut StdRng) -> u32 {
    match rng.random_range(0..200) {
        0 => rng.random_range(51..70),
        1..10 => rng.random_range(5..15),
        _ => rng.random_range(1..5),
    }
}

fn draw_product(rng: &mut StdRng) -> &'static Product {
    let products = &catalogue::PRODUCTS;
    // The last product is the unmapped one, sold on demand only.
    &products[rng.random_range(0..products.len() - 1)]
}

fn sell(rng: &mut StdRng, ids: &mut Ids, product: &Product) -> Line {
    let sized = matches!(product.categories.first(), Some(20 | 21));
    Line {
        id: take(&mut ids.line),
        product_id: product.id,
        sku: product.sku.clone(),
        name: product.name.clone(),
        brand: product.brand_name().to_owned(),
        kind: product.kind,
        quantity: if rng.random_range(0..4) == 0 {
            rng.random_range(2..6)
        } else {
            1
        },
        unit_price: product.price,
        cost_price: product.cost,
        tax_class: product.tax_class,
        size: sized.then(|| pick(rng, &["S", "M", "L", "XL"])),
        ..plain_line()
    }
}

fn gift_certificate(rng: &mut StdRng, ids: &mut Ids) -> Line {
    let value = pick(rng, &[2_500, 5_000, 10_000]);
    Line {
        id: take(&mut ids.line),
        name: "Gift Certificate".to_owned(),
        kind: LineKind::GiftCertificate,
        quantity: 1,
        unit_price: Amount::cents(value),
        tax_class: TaxClass::Exempt,
        ..plain_line()
    }
}

fn plain_line() -> Line {
    Line {
        id: 0,
        product_id: 0,
        sku: String::new(),
        name: String::new(),
        brand: String::new(),
        kind: LineKind::Physical,
        quantity: 1,
        unit_price: Amount::ZERO,
        cost_price: Amount::ZERO,
        tax_class: TaxClass::Standard,
        discounts: Vec::new(),
        wrapping: None,
        size: None,
        quantity_refunded: 0,
        price: Default::default(),
        total: Default::default(),
        discounted_total_inc_tax: Amount::ZERO,
    }
}
