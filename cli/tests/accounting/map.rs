//! `counterfoil map`, in every format and from every answer of the API.

use schemas::{Journal, Mapped};

use crate::{
    data,
    support::{Desk, RULES},
};

const CATALOG: &str = "--catalog catalog.json --categories categories.json";

/// A desk with the order, its refunds and the catalogue on it.
pub fn desk() -> Desk {
    let desk = Desk::new();
    desk.file("order.json", &data::order());
    desk.file("refunds.json", &data::refunds());
    desk.file("catalog.json", &data::catalog());
    desk.file("categories.json", &data::categories());
    desk
}

fn mapped(json: &str) -> Vec<Mapped> {
    serde_json::from_str(json).unwrap()
}

fn journal(desk: &Desk, arguments: &str) -> Journal {
    let told = desk.told(&format!(
        "map {arguments} --store us {CATALOG} --format json"
    ));
    let [mapped] = &mapped(&told)[..] else {
        panic!("one journal is expected: {told}")
    };
    mapped.journal.clone()
}

#[test]
fn as_a_table() {
    let told = desk().told(&format!(
        "map order.json --store us {CATALOG} --refunds refunds.json"
    ));
    insta::assert_snapshot!(told);
}

#[test]
fn as_json_with_the_reasons() {
    let told = desk().told(&format!(
        "map order.json --store us {CATALOG} --format json --explain"
    ));
    insta::assert_snapshot!(told);
}

#[test]
fn as_hledger() {
    let arguments = "--refunds refunds.json --format hledger";
    let told = desk().told(&format!("map order.json --store us {CATALOG} {arguments}"));
    insta::assert_snapshot!(told);
}

#[test]
fn both_shapes_and_separate_items_are_the_same_order() {
    let desk = desk();
    desk.file("older.json", &data::order_in_the_older_shape());
    desk.file("bare.json", &data::order_without_items());
    desk.file("items.json", &data::items());
    let whole = journal(&desk, "order.json");
    assert_eq!(whole.total().to_string(), "161.20");
    assert_eq!(journal(&desk, "older.json"), whole);
    assert_eq!(journal(&desk, "bare.json --products items.json"), whole);
}

#[test]
fn items_on_two_pages_are_one_order() {
    let desk = desk();
    desk.file("bare.json", &data::order_without_items());
    let items = data::items();
    desk.file("page-1.json", &serde_json::json!([items[0]]));
    desk.file("page-2.json", &serde_json::json!([items[1]]));
    let paged = journal(
        &desk,
        "bare.json --products page-1.json --products page-2.json",
    );
    assert_eq!(paged, journal(&desk, "order.json"));
}

#[test]
fn tax_goes_to_the_account_of_its_rate() {
    let desk = desk();
    desk.file("taxes.json", &data::taxes());
    let by_rate = RULES.replacen("ledger = \"us\"", "ledger = \"us\"\ntax_by_rate = true", 1);
    let county = "\n[[accounts]]\nname = \"county tax\"\nrole = \"tax\"\n\
                  match = { tax_rate = \"County\" }\nsegments = { account = \"21501\" }\n";
    desk.write("rules.toml", &format!("{by_rate}{county}"));
    let journal = journal(&desk, "order.json --taxes taxes.json");
    let net = journal.net_by_account();
    let on = |account: &str| net.get(&account.parse().unwrap()).copied();
    assert_eq!(on("101.10.21501.000.000.000"), Some(-280), "{net:?}");
    assert_eq!(on("101.10.21500.000.000.000"), Some(-840), "{net:?}");
    let without = desk.outcome(&format!("map order.json --store us {CATALOG}"));
    assert!(without.starts_with("exit 3"), "{without}");
    assert!(without.contains("no_tax_rates"), "{without}");
}

#[test]
fn refunds_follow_one_another_whatever_order_they_come_in() {
    let told = desk().told(&format!(
        "map order.json --store us {CATALOG} --refunds refunds.json --format json"
    ));
    let targets = mapped(&told);
    let entities: Vec<String> = targets.iter().map(|it| it.entity.to_string()).collect();
    assert_eq!(
        entities,
        ["us/1001", "us/1001/refund/7", "us/1001/refund/8"]
    );
    let totals: Vec<String> = targets.iter().map(|it| it.value.to_string()).collect();
    assert_eq!(totals, ["151.2", "48.6", "59.4"]);
    // With both, nothing is left of the shirts' revenue.
    let shirts = "101.10.41000.100.110.000".parse().unwrap();
    let nets = targets.iter().map(|it| it.journal.net_by_account());
    assert_eq!(
        nets.map(|net| net.get(&shirts).copied().unwrap_or(0))
            .sum::<i64>(),
        0
    );
}

/// The rows of GL interface as records of 149 fields.
fn rows(told: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(told.as_bytes());
    reader.records().map(Result::unwrap).collect()
}

#[test]
fn as_gl_interface_without_a_configuration() {
    let told = desk().told(&format!(
        "map order.json --store us {CATALOG} --refunds refunds.json --format gl-interface"
    ));
    let rows = rows(&told);
    assert!(rows.iter().all(|row| row.len() == 149));
    // Position, ledger id, date, source, category, currency, journal, original, period.
    let shown = |row: &csv::StringRecord| {
        let at = |position: usize| row[position - 1].to_owned();
        [2, 3, 4, 5, 6, 9, 11, 39, 40, 46, 53, 54, 95]
            .map(at)
            .join(" | ")
    };
    let shown: Vec<String> = rows.iter().map(shown).collect();
    insta::assert_snapshot!(shown.join("\n"));
    // One import takes one group and one batch, whose name goes with all rows.
    assert!(
        rows.iter()
            .all(|row| row[66] == rows[0][66] && row[42] == rows[0][42])
    );
}

#[test]
fn as_gl_interface_of_the_ledger_that_is_configured() {
    let desk = desk();
    let example = include_str!("../../../counterfoil.example.toml");
    let mapped = |config: &str| {
        desk.write("counterfoil.toml", config);
        rows(&desk.told(&format!(
            "map order.json --store us {CATALOG} --format gl-interface -c counterfoil.toml"
        )))
    };
    // The interface takes the ledger's name (92) where there is no id (2).
    let by_name = mapped(example);
    let named = |row: &csv::StringRecord| row[1].is_empty() && &row[91] == "US Primary Ledger";
    assert!(by_name.iter().all(named), "{by_name:?}");
    let by_id = mapped(&example.replace("#id = ", "id = "));
    let identified = |row: &csv::StringRecord| &row[1] == "300000046975971" && row[91].is_empty();
    assert!(by_id.iter().all(identified), "{by_id:?}");
}

#[test]
fn where_days_are_summed_up_the_rows_are_those_of_the_summary() {
    let desk = desk();
    let summed_up = "ledger = \"us\"\njournals = \"summary\"\nsummary_from = \"2026-01-01\"";
    desk.write(
        "rules.toml",
        &RULES.replacen("ledger = \"us\"", summed_up, 1),
    );
    let arguments =
        format!("map order.json --store us {CATALOG} --refunds refunds.json --format gl-interface");
    let rows = rows(&desk.told(&arguments));
    let kind = |row: &csv::StringRecord| row[45].split('-').nth(1).unwrap()[6..].to_owned();
    let mut kinds: Vec<String> = rows.iter().map(kind).collect();
    kinds.dedup();
    assert_eq!(kinds, ["USDo", "USDr"], "orders, and what gives money back");
    // One row for an account and side of each summary.
    let mut sides: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {:?} {}",
                &row[45],
                row.iter().skip(8).take(6).collect::<Vec<_>>(),
                row[38].is_empty()
            )
        })
        .collect();
    let count = sides.len();
    sides.sort();
    sides.dedup();
    assert_eq!(sides.len(), count);
}
