use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context;
use bigcommerce::Order;
use clap::{Args, ValueEnum};
use comfy_table::{Cell, CellAlignment, Table, presets};
use ingest::snapshot::{self, Facts, ProductFacts};
use mapper::RuleSet;
use schemas::{Side, StoreKey, v1::Mapped};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::exit::Outcome;

/// Show the journal that an order would get, with the rule behind each line. Sends nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  counterfoil map order.json --store us --catalog products.json\n  \
                  counterfoil map orders/*.json --store eu --format json\n\n\
                  An order file holds one order, or a list of them, as BigCommerce's V2 API answers\n\
                  with include=consignments,consignments.line_items,fees.\n\
                  Exits with 3 if an order would be parked."
)]
pub struct Map {
    /// Orders as the store's API answers them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The store they are of, by its key in the rules
    #[arg(long)]
    store: StoreKey,
    /// The rules
    #[arg(long, default_value = "rules.toml")]
    rules: PathBuf,
    /// The products in the orders, as the V3 catalogue answers them; without it no line has a category
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

impl Map {
    pub fn run(self) -> anyhow::Result<Outcome> {
        let rules = RuleSet::load(&self.rules)?;
        let facts = match &self.catalog {
            Some(file) => facts(file)?,
            None => Facts::new(),
        };
        let mut all_mapped = true;
        for file in &self.files {
            for order in orders(file)? {
                let snapshot = snapshot::order(&self.store, &order, &facts);
                match mapper::map_order(&snapshot, &rules) {
                    Ok(mapped) => println!("{}", self.format.show(&mapped)?),
                    Err(problem) => {
                        all_mapped = false;
                        eprintln!(
                            "{}: parked ({}): {problem}",
                            snapshot.entity(),
                            problem.code()
                        );
                        eprintln!("  to release it: {}", problem.remedy());
                    }
                }
            }
        }
        Ok(Outcome::in_order(all_mapped))
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn orders(file: &Path) -> anyhow::Result<Vec<Order>> {
    let text = read(file)?;
    let not_json = || format!("{} is not an order in JSON", file.display());
    let raws: Vec<&RawValue> = if text.trim_start().starts_with('[') {
        serde_json::from_str(&text).with_context(not_json)?
    } else {
        vec![serde_json::from_str(&text).with_context(not_json)?]
    };
    raws.into_iter()
        .map(|raw| Order::read(raw).with_context(|| format!("{} cannot be mapped", file.display())))
        .collect()
}

#[derive(Deserialize)]
struct Catalog {
    data: Vec<Product>,
}

#[derive(Deserialize)]
struct Product {
    id: u64,
    #[serde(default)]
    categories: Vec<u64>,
}

fn facts(file: &Path) -> anyhow::Result<Facts> {
    let catalog: Catalog = serde_json::from_str(&read(file)?).with_context(|| {
        format!(
            "{} is not an answer of /v3/catalog/products",
            file.display()
        )
    })?;
    let facts = |product: Product| {
        let facts = ProductFacts {
            categories: product.categories,
            ..ProductFacts::default()
        };
        (product.id, facts)
    };
    Ok(catalog
        .data
        .into_iter()
        .map(facts)
        .collect::<BTreeMap<_, _>>())
}

impl Format {
    fn show(self, mapped: &Mapped) -> anyhow::Result<String> {
        match self {
            Format::Json => Ok(serde_json::to_string_pretty(mapped)?),
            Format::Table => Ok(table(mapped)),
        }
    }
}

fn table(mapped: &Mapped) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["account", "debit", "credit", "rule", "for"]);
    for line in mapped.journal.lines() {
        let amount = Cell::new(line.amount).set_alignment(CellAlignment::Right);
        let (debit, credit) = match line.side {
            Side::Debit => (amount, Cell::new("")),
            Side::Credit => (Cell::new(""), amount),
        };
        table.add_row([
            Cell::new(&line.account),
            debit,
            credit,
            Cell::new(&line.rule),
            Cell::new(&line.memo),
        ]);
    }
    format!(
        "{} of {}, ledger {}, {}: {} {}\n{table}\n",
        mapped.entity,
        mapped.accounting_date,
        mapped.ledger,
        mapped.journal.currency(),
        mapped.journal.total(),
        match mapped.journal.is_empty() {
            true => "(its status does not count in the books)",
            false => "on each side",
        }
    )
}
