//! Which taxes apply where.

use crate::store::order::{Address, Jurisdiction};

/// The taxes at a destination, rates in parts per million.
pub(super) fn jurisdictions(destination: &Address) -> Vec<Jurisdiction> {
    match destination.country.0 {
        "US" => sales_tax(&destination.state),
        country => vec![vat(country)],
    }
}

fn sales_tax(state: &str) -> Vec<Jurisdiction> {
    let (rates, taxes_shipping): (&[(&str, i64)], bool) = match state {
        "Texas" => (
            &[
                ("TX State Tax", 62_500),
                ("Austin City Tax", 10_000),
                ("Austin Transit Tax", 10_000),
            ],
            true,
        ),
        "California" => (
            &[
                ("CA State Tax", 60_000),
                ("CA County Tax", 2_500),
                ("Sacramento District Tax", 25_000),
            ],
            false,
        ),
        "New York" => (
            &[
                ("NY State Tax", 40_000),
                ("New York City Tax", 45_000),
                ("Metro Commuter Tax", 3_750),
            ],
            true,
        ),
        "Washington" => (
            &[("WA State Tax", 65_000), ("Seattle City Tax", 38_500)],
            true,
        ),
        "Colorado" => (
            &[
                ("CO State Tax", 29_000),
                ("Denver City Tax", 51_500),
                ("RTD Tax", 10_000),
            ],
            true,
        ),
        "Illinois" => (
            &[
                ("IL State Tax", 62_500),
                ("Cook County Tax", 17_500),
                ("Chicago City Tax", 12_500),
            ],
            false,
        ),
        // Oregon has no sales tax.
        _ => (&[], true),
    };
    rates
        .iter()
        .map(|&(name, rate)| Jurisdiction {
            name: name.to_owned(),
            sales_tax_id: name.replace(' ', "-").to_lowercase(),
            standard: rate,
            reduced: rate,
            taxes_shipping,
        })
        .collect()
}

fn vat(country: &str) -> Jurisdiction {
    let (standard, reduced) = match country {
        "DE" => (190_000, 70_000),
        "FR" => (200_000, 55_000),
        "NL" => (210_000, 90_000),
        "IT" => (220_000, 40_000),
        "IE" => (230_000, 90_000),
        _ => (0, 0),
    };
    Jurisdiction {
        name: format!("{country} VAT"),
        sales_tax_id: format!("vat-{}", country.to_lowercase()),
        standard,
        reduced,
        taxes_shipping: true,
    }
}
