//! What passes the checks, and what is refused or has to be asked for.

use std::{collections::BTreeSet, time::Duration};

use jiff::{Timestamp, ToSpan as _};
use schemas::{
    Currency, EntityKey, EventId, Journal, JournalLine, OrderId, Posting, PostingKind, Role, Side,
};
use service::{Clock, config::LedgerConfig};

use super::{
    cache::Cache,
    needs::{List, Need, RateKey, needs},
    reason::code,
    reference::{Finding, Reference},
};
use crate::Combination;

fn config(text: &str) -> LedgerConfig {
    let head = r#""name":"US","currency":"USD","data_access_set":7"#;
    serde_json::from_str(&format!("{{{head}{text}}}")).unwrap()
}

/// The journal of an order of five dollars.
fn posting() -> Posting {
    let usd = Currency::from_code("USD").unwrap();
    let line = |account: &str, side| JournalLine {
        account: account.parse().unwrap(),
        side,
        amount: usd.minor(500),
        role: Role::Revenue,
        rule: "r".into(),
        memo: "m".into(),
    };
    let entity = EntityKey::order("us".parse().unwrap(), OrderId(1));
    let lines = vec![line("101.1", Side::Debit), line("101.2", Side::Credit)];
    Posting {
        key: entity.journal_key(1),
        target: EventId::derive(&[&entity.to_string()]),
        entity,
        kind: PostingKind::Original,
        accounting_date: "2026-11-05".parse().unwrap(),
        period: "Nov-26".into(),
        category: "Web Orders".into(),
        description: String::new(),
        original: None,
        conversion: None,
        summary: None,
        journal: Journal::new(usd, lines).unwrap(),
    }
}

/// All is well: what a domestic journal needs is known and good.
fn reference() -> Reference {
    let mut reference = Reference::new(&Clock::System);
    let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
    reference.lists.put(List::Sources, names(&["Counterfoil"]));
    let categories = names(&["Web Orders", "Web Refunds"]);
    reference.lists.put(List::Categories, categories);
    reference
        .lists
        .put(List::Currencies, names(&["USD", "EUR"]));
    let types = names(&["Corporate", "User"]);
    reference.lists.put(List::ConversionTypes, types);
    for account in ["101.1", "101.2"] {
        put(&mut reference, account, Some(good()));
    }
    reference
}

fn good() -> Combination {
    Combination {
        enabled: true,
        takes_journals: true,
        starts: None,
        ends: None,
    }
}

fn put(reference: &mut Reference, account: &str, combination: Option<Combination>) {
    let account = account.parse().unwrap();
    reference.accounts.put(account, combination);
}

fn code_of(finding: Finding) -> String {
    match finding {
        Finding::Refused(reason) => reason.code,
        other => format!("{other:?}"),
    }
}

#[test]
fn a_journal_passes_when_all_it_needs_is_known_to_be_there() {
    let (mut reference, config, posting) = (reference(), config(""), posting());
    assert_eq!(reference.judge(&config, &posting), Finding::Passes);
    reference.accounts = Cache::default();
    assert_eq!(reference.judge(&config, &posting), Finding::Unknown);
    let missing = reference.missing(needs(&config, &posting));
    let accounts = ["101.1", "101.2"].map(|it| Need::Account(it.parse().unwrap()));
    assert_eq!(missing, BTreeSet::from(accounts));
}

#[test]
fn each_thing_wrong_with_an_account_has_its_code_and_names_the_rule() {
    let day = posting().accounting_date;
    let cases = [
        (
            Some(Combination {
                enabled: false,
                ..good()
            }),
            code::ACCOUNT_DISABLED,
        ),
        (
            Some(Combination {
                takes_journals: false,
                ..good()
            }),
            code::ACCOUNT_NO_POSTING,
        ),
        (
            Some(Combination {
                starts: Some(day.saturating_add(1.day())),
                ..good()
            }),
            code::ACCOUNT_NOT_YET_EFFECTIVE,
        ),
        (
            Some(Combination {
                ends: Some(day.saturating_sub(1.day())),
                ..good()
            }),
            code::ACCOUNT_ENDED,
        ),
        (None, code::ACCOUNT_MISSING),
    ];
    for (combination, code) in cases {
        let mut reference = reference();
        put(&mut reference, "101.2", combination);
        let Finding::Refused(reason) = reference.judge(&config(""), &posting()) else {
            panic!("{code} is not found");
        };
        assert_eq!(reason.code, code);
        assert!(
            reason.cause.contains("101.2, chosen by `r`"),
            "{}",
            reason.cause
        );
        assert!(code::REPEATABLE.contains(&code));
    }
}

#[test]
fn an_account_is_in_effect_on_its_first_and_its_last_day() {
    let day = posting().accounting_date;
    let mut reference = reference();
    let just = Combination {
        starts: Some(day),
        ends: Some(day),
        ..good()
    };
    put(&mut reference, "101.2", Some(just));
    assert_eq!(reference.judge(&config(""), &posting()), Finding::Passes);
}

#[test]
fn a_chart_that_lets_fusion_create_accounts_takes_those_that_are_missing() {
    let mut reference = reference();
    put(&mut reference, "101.2", None);
    let config = config(r#","unknown_accounts":"send""#);
    assert_eq!(reference.judge(&config, &posting()), Finding::Passes);
}

#[test]
fn names_that_fusion_lacks_are_refused() {
    let posting = posting();
    let source = config(r#","source":"Shop""#);
    assert_eq!(
        code_of(reference().judge(&source, &posting)),
        code::UNKNOWN_SOURCE
    );
    let mut other = posting;
    other.category = "Sales".into();
    assert_eq!(
        code_of(reference().judge(&config(""), &other)),
        code::UNKNOWN_CATEGORY
    );
}

#[test]
fn a_foreign_journal_needs_its_currency_its_type_and_the_days_rate() {
    // The posting is in dollars; the ledger is not.
    let ledger = |text: &str| {
        let text = text.to_owned();
        LedgerConfig {
            currency: Currency::from_code("EUR").unwrap(),
            ..config(&text)
        }
    };
    let (posting, usd) = (posting(), Currency::from_code("USD").unwrap());
    let rate = |date| RateKey {
        currency: usd,
        kind: "Corporate".into(),
        date,
    };
    let day = posting.accounting_date;
    let mut reference = reference();
    assert_eq!(reference.judge(&ledger(""), &posting), Finding::Unknown);
    reference.rates.put(rate(day), false);
    assert_eq!(
        code_of(reference.judge(&ledger(""), &posting)),
        code::NO_DAILY_RATE
    );
    reference.rates.put(rate(day), true);
    assert_eq!(reference.judge(&ledger(""), &posting), Finding::Passes);
    let spot = ledger(r#","conversion_type":"Spot""#);
    assert_eq!(
        code_of(reference.judge(&spot, &posting)),
        code::UNKNOWN_CONVERSION_TYPE
    );
    // Its rate comes with the journal.
    reference.rates = Cache::default();
    let user = ledger(r#","conversion_type":"User""#);
    assert_eq!(reference.judge(&user, &posting), Finding::Passes);
    let none = BTreeSet::from(["GBP".to_owned()]);
    reference.lists.put(List::Currencies, none);
    assert_eq!(
        code_of(reference.judge(&user, &posting)),
        code::UNKNOWN_CURRENCY
    );
}

#[test]
fn what_refuses_is_doubted_if_it_was_read_before_the_round() {
    let (config, posting) = (config(""), posting());
    let mut reference = reference();
    put(&mut reference, "101.2", None);
    let before = Timestamp::now() - Duration::from_secs(1);
    reference.doubt(&config, &posting, before);
    assert_eq!(
        code_of(reference.judge(&config, &posting)),
        code::ACCOUNT_MISSING
    );
    reference.doubt(&config, &posting, Timestamp::now() + Duration::from_secs(1));
    assert_eq!(reference.judge(&config, &posting), Finding::Unknown);
}
