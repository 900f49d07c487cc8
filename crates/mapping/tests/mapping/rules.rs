//! Rules files that cannot be used, and what they are told.

use crate::common::*;
use mapping::{RuleSet, map_order, map_refund};
use schemas::{Mapped, SummaryRule};

fn refusal(from: &str, to: &str) -> String {
    let text = RULES.replacen(from, to, 1);
    assert_ne!(text, RULES, "the example no longer contains `{from}`");
    RuleSet::parse(&text, "rules.toml")
        .expect_err("the rules must be refused")
        .to_string()
}

#[test]
fn each_mistake_is_named_with_line_and_column() {
    let mistakes = [
        ("unknown key", "ledger = \"us\"", "ledgr = \"us\""),
        ("not TOML", "version = 1", "version = = 1"),
        ("other version", "version = 1", "version = 2"),
        ("unknown role", "role = \"shipping\"", "role = \"postage\""),
        ("unknown segment", "lob = \"10\"", "lobb = \"10\""),
        ("empty segment", "lob = \"10\"", "lob = \"\""),
        ("unknown zone", "America/New_York", "America/New_Jork"),
        (
            "bad store",
            "match = { store = \"us\" }",
            "match = { store = \"US\" }",
        ),
        (
            "tie",
            "match = { category = 21 }",
            "match = { category = [20, 21] }",
        ),
        (
            "routes that tie",
            "match = { store = \"eu\" }",
            "match = { store = \"us\" }",
        ),
        (
            "summary without a beginning",
            "ledger = \"us\"",
            "ledger = \"us\"\njournals = \"summary\"",
        ),
        (
            "beginning without a summary",
            "ledger = \"us\"",
            "ledger = \"us\"\nsummary_from = \"2026-12-01\"",
        ),
        (
            "unknown way of journals",
            "ledger = \"us\"",
            "ledger = \"us\"\njournals = \"daily\"",
        ),
    ];
    let told: String = mistakes
        .iter()
        .map(|(name, from, to)| format!("{name}: {}\n", refusal(from, to)))
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn the_most_specific_rule_sets_each_segment() {
    let more = r#"
        [[accounts]]
        name = "one shirt"
        role = "revenue"
        match = { sku = "SKU-1" }
        segments = { cost_center = "000" }

        [[accounts]]
        name = "shirts of the series"
        role = "revenue"
        match = { sku = "SKU-*" }
        segments = { cost_center = "200", product = "999" }

        [[accounts]]
        name = "a child category"
        role = "revenue"
        match = { category = 201 }
        segments = { product = "111" }
    "#;
    let rules = RuleSet::parse(&format!("{RULES}{more}"), "rules.toml").unwrap();
    let mut order = us_order(taxed("100.00", "108.00", "8.00"));
    order.lines = vec![line(1, 1, taxed("100.00", "108.00", "8.00"), "108.00")];
    let mapped = map_order(&order, &rules).unwrap();
    let revenue = &mapped.journal.lines()[1];
    assert_eq!(revenue.account.to_string(), "101.10.41000.000.999.000");
    assert_eq!(
        revenue.rule,
        "product revenue + one shirt + shirts of the series"
    );
}

/// The warnings on the example's rules with more rules after them.
fn warnings(more: &str) -> Vec<String> {
    let rules = RuleSet::parse(&format!("{RULES}{more}"), "rules.toml").expect("usable rules");
    rules.warnings().iter().map(ToString::to_string).collect()
}

/// A rule of a role that asks for this.
fn asking(role: &str, asks: &str) -> String {
    format!(
        "\n[[accounts]]\nname = \"asks\"\nrole = \"{role}\"\nmatch = {{ {asks} }}\nsegments = {{ account = \"1\", product = \"2\" }}\n"
    )
}

#[test]
fn each_rule_that_is_never_reached_is_named_with_its_place_and_what_to_do() {
    let never = [
        ("revenue", "store = \"asia\""),
        ("clearing", "sku = \"A-1\""),
        ("shipping", "category = 20"),
        ("rounding", "tax_class = 1"),
        ("tax", "tax_rate = \"Texas\""),
        ("revenue", "tax_rate = \"Texas\""),
    ];
    let told: Vec<String> = never
        .iter()
        .map(|(role, asks)| {
            let warnings = warnings(&asking(role, asks));
            assert_eq!(warnings.len(), 1, "{role} {asks}: {warnings:?}");
            format!("{role}, {asks}: {}\n", warnings[0])
        })
        .collect();
    insta::assert_snapshot!(told.concat());
}

#[test]
fn what_can_be_reached_is_no_doubt() {
    for (role, asks) in [
        ("tax", "tax_class = 1"),
        ("tax", "category = 20"),
        ("shipping", "tax_class = 2"),
        ("fee", "tax_class = 2"),
        ("discount", "sku = \"A-1\""),
        ("clearing", "pickup_location = \"BERLIN\""),
    ] {
        assert_eq!(warnings(&asking(role, asks)), [""; 0], "{role} {asks}");
    }
    let by_rate = RULES.replacen("ledger = \"us\"", "ledger = \"us\"\ntax_by_rate = true", 1);
    let rules = format!("{by_rate}{}", asking("tax", "tax_rate = \"Texas\""));
    let rules = RuleSet::parse(&rules, "rules.toml").unwrap();
    assert_eq!(rules.warnings(), []);
}

#[test]
fn a_route_without_an_account_that_it_needs_is_named_with_its_place() {
    let text = RULES
        .replacen(
            "recognition = \"on_payment\"",
            "recognition = \"on_shipment\"",
            1,
        )
        .replacen("role = \"rounding\"", "role = \"suspense\"", 1);
    let rules = RuleSet::parse(&text, "rules.toml").unwrap();
    let told: Vec<String> = rules
        .warnings()
        .iter()
        .map(|it| format!("{it}\n"))
        .collect();
    insta::assert_snapshot!(told.concat());
}

#[test]
fn a_summarised_route_says_so_and_books_the_same() {
    let text = RULES.replacen(
        "ledger = \"us\"",
        "ledger = \"us\"\njournals = \"summary\"\nsummary_from = \"2026-12-01\"",
        1,
    );
    let summarised = RuleSet::parse(&text, "rules.toml").unwrap();
    let mut order = us_order(taxed("100.00", "108.00", "8.00"));
    order.lines = vec![line(1, 1, taxed("100.00", "108.00", "8.00"), "108.00")];
    let whole = vec![item("ORDER", 0, None, Some("10.00"))];
    let refund = refund(&order, "10.00", "0.00", whole);

    let expected = SummaryRule {
        from: "2026-12-01".parse().unwrap(),
        time_zone: "America/New_York".into(),
    };
    let same = |with: Mapped, without: Mapped| {
        assert_eq!(with.summary, Some(expected.clone()));
        assert_eq!(without.summary, None);
        assert_eq!(with.journal, without.journal);
        assert_eq!(with.accounting_date, without.accounting_date);
    };
    same(
        map_order(&order, &summarised).unwrap(),
        map_order(&order, &rules()).unwrap(),
    );
    same(
        map_refund(&refund, &summarised).unwrap(),
        map_refund(&refund, &rules()).unwrap(),
    );
}
