//! `counterfoil rules check` and `counterfoil rules explain`.

use crate::{
    map::desk,
    support::{Desk, RULES},
};

#[test]
fn the_example_rules_are_in_order() {
    let told = Desk::new().told("rules check rules.toml");
    assert!(told.contains("2 routes and"), "{told}");
    assert!(!told.contains("warning"), "{told}");
}

#[test]
fn what_is_probably_not_meant_is_named() {
    let desk = Desk::new();
    let never = "\n[[accounts]]\nname = \"shipping of shirts\"\nrole = \"shipping\"\n\
                 match = { sku = \"SHIRT-*\" }\nsegments = { account = \"42001\" }\n\
                 \n[[accounts]]\nname = \"revenue in Asia\"\nrole = \"revenue\"\n\
                 match = { store = \"asia\" }\nsegments = { account = \"41900\" }\n";
    let no_vat = RULES.replacen(
        "name = \"VAT\"\nrole = \"tax\"\nmatch = { store = \"eu\" }",
        "name = \"VAT\"\nrole = \"tax\"\nmatch = { store = \"asia\" }",
        1,
    );
    assert_ne!(no_vat, RULES);
    desk.write("rules.toml", &format!("{no_vat}{never}"));
    // The hash is of the text, which the example's may change.
    let told = desk.outcome("rules check");
    let warnings: Vec<&str> = told
        .lines()
        .filter(|line| !line.contains("can be used"))
        .collect();
    insta::assert_snapshot!(warnings.join("\n"));
}

#[test]
fn each_segment_and_what_lost() {
    let desk = desk();
    let more = "\n[[accounts]]\nname = \"lamps\"\nrole = \"revenue\"\n\
                match = { sku = \"LAMP\" }\nsegments = { cost_center = \"200\" }\n";
    desk.write("rules.toml", &format!("{RULES}{more}"));
    let arguments = "order.json --store us --catalog catalog.json --categories categories.json";
    insta::assert_snapshot!(desk.told(&format!("rules explain {arguments}")));

    let json = desk.told(&format!("rules explain {arguments} --format json"));
    let explained: serde_json::Value = serde_json::from_str(&json).unwrap();
    let lamp = explained["lines"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["memo"] == "1 x LAMP")
        .unwrap();
    let cost_center = &lamp["segments"][3];
    assert_eq!(cost_center["segment"], "cost_center");
    assert_eq!(
        (&cost_center["value"], &cost_center["name"]),
        (&"200".into(), &"lamps".into())
    );
    assert_eq!(
        cost_center["lost"],
        serde_json::json!([{"rule": "product revenue", "value": "100"}])
    );
}

#[test]
fn a_line_on_suspense_says_what_had_no_account() {
    let desk = desk();
    let suspense = "\n[[accounts]]\nname = \"to be cleared\"\nrole = \"suspense\"\n\
                    segments = { account = \"49950\", product = \"000\" }\n";
    let rules = RULES.replacen("unmapped = \"park\"", "unmapped = \"suspense\"", 1);
    desk.write("rules.toml", &format!("{rules}{suspense}"));
    // Without the catalogue no line has a category, and so no product segment.
    let told = desk.told("rules explain order.json --store us");
    assert!(
        told.contains("suspense, as no rule gives revenue an account"),
        "{told}"
    );
}
