//! Where journals go by the states of the periods.

use super::*;

fn config() -> LedgerConfig {
    let text = r#"{"name":"US","id":1,"data_access_set":2,"currency":"USD"}"#;
    serde_json::from_str(text).unwrap()
}

fn periods(states: &[(&str, PeriodStatus)]) -> Periods {
    let states = states.iter().map(|(name, it)| ((*name).to_owned(), *it));
    Periods {
        states: states.collect(),
        read: None,
    }
}

fn place(periods: &Periods, config: &LedgerConfig) -> Place {
    periods.place(config, "2026-10-31".parse().unwrap())
}

fn here(date: &str, period: &str) -> Place {
    Place::Here(Placement {
        date: date.parse().unwrap(),
        period: period.into(),
    })
}

#[test]
fn an_open_period_keeps_the_date() {
    let periods = periods(&[("Oct-26", PeriodStatus::Open)]);
    assert_eq!(place(&periods, &config()), here("2026-10-31", "Oct-26"));
}

#[test]
fn a_closed_one_moves_it_to_the_first_day_of_the_next_open_one_or_holds_it() {
    let periods = periods(&[
        ("Oct-26", PeriodStatus::Closed),
        ("Nov-26", PeriodStatus::PermanentlyClosed),
        ("Dec-26", PeriodStatus::Open),
        ("Sep-26", PeriodStatus::Open),
    ]);
    assert_eq!(place(&periods, &config()), here("2026-12-01", "Dec-26"));
    let holding = LedgerConfig {
        closed_period: ClosedPeriod::Hold,
        ..config()
    };
    assert_eq!(place(&periods, &holding), Place::Held("Oct-26".into()));
}

#[test]
fn without_an_open_period_the_closed_one_is_named() {
    let periods = periods(&[("Sep-26", PeriodStatus::Open)]);
    assert_eq!(place(&periods, &config()), Place::Nowhere("Oct-26".into()));
}
