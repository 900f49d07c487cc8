//! Ledgers and data access sets as they are and are not meant.

use super::*;

fn config(text: &str) -> LedgerConfig {
    let head = r#""name":"US","currency":"USD","data_access_set":7"#;
    serde_json::from_str(&format!("{{{head}{text}}}")).unwrap()
}

fn pod() -> Vec<Ledger> {
    let ledger = |id, name: &str, currency: &str| Ledger {
        id,
        name: name.into(),
        currency: currency.into(),
        chart: 101,
    };
    vec![
        ledger(1, "US", "USD"),
        ledger(2, "EU", "EUR"),
        ledger(3, "US", "EUR"),
    ]
}

#[test]
fn a_ledger_is_found_by_name_or_by_an_id_of_that_name() {
    assert_eq!(ledger(&config(""), &pod()).unwrap().id, 1);
    assert_eq!(ledger(&config(r#","id":1"#), &pod()).unwrap().id, 1);
    let problem = |text| ledger(&config(text), &pod()).unwrap_err();
    assert!(matches!(
        problem(r#","id":2"#),
        SetupProblem::OtherName { id: 2, .. }
    ));
    assert!(matches!(
        problem(r#","id":9"#),
        SetupProblem::NoLedgerWithId { id: 9 }
    ));
    assert!(matches!(
        problem(r#","id":3"#),
        SetupProblem::OtherCurrency { .. }
    ));
    assert!(matches!(
        ledger(&config(""), &[]),
        Err(SetupProblem::NoLedgerNamed { .. })
    ));
}

#[test]
fn an_access_set_must_write_to_the_ledger() {
    let held = |ledger, privilege: &str| AccessSetLedger {
        ledger,
        privilege: privilege.into(),
    };
    let set = AccessSet::Id(7);
    for good in ["F", "B", ""] {
        assert_eq!(access(&set, 1, &[held(2, "R"), held(1, good)]), Ok(()));
    }
    let problem = |ledgers: &[AccessSetLedger]| access(&set, 1, ledgers).unwrap_err();
    assert!(matches!(
        problem(&[held(1, "R")]),
        SetupProblem::ReadOnly { .. }
    ));
    assert!(matches!(
        problem(&[held(2, "F")]),
        SetupProblem::OtherLedgers { .. }
    ));
    assert!(matches!(problem(&[]), SetupProblem::NoAccessSet { .. }));
}
