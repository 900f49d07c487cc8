//! Which period a journal goes to: its date's, or the first open one after it.

use std::{collections::HashMap, time::Duration};

use fusion::{Error, Fusion, PeriodStatus};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use service::{Clock, config::LedgerConfig};

/// How far ahead an open period is looked for, in months.
const MONTHS_AHEAD: i32 = 24;

/// A date in a period that takes journals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub date: Date,
    pub period: String,
}

/// The ledger's periods, as they were when last read.
#[derive(Debug, Default)]
pub(crate) struct Periods {
    states: HashMap<String, PeriodStatus>,
    read: Option<Timestamp>,
}

impl Periods {
    /// Reads the periods again if what is known is older than `age`.
    pub async fn refresh(
        &mut self,
        fusion: &Fusion,
        ledger: u64,
        age: Duration,
        clock: &Clock,
    ) -> Result<(), Error> {
        if self.read.is_some_and(|read| clock.age(read) < age) {
            return Ok(());
        }
        let periods = fusion.periods(ledger).await?;
        self.states = periods.into_iter().map(|it| (it.name, it.status)).collect();
        self.read = Some(clock.now());
        Ok(())
    }

    /// What was known is taken as wrong: Fusion just refused a period.
    pub fn forget(&mut self) {
        self.read = None;
    }

    /// Where a journal of this date goes; the date's period where none is open
    /// from it on.
    pub fn place(&self, config: &LedgerConfig, date: Date) -> Result<Placement, String> {
        let name = |date: Date| date.strftime(&config.period_format).to_string();
        if self.takes_journals(&name(date)) {
            return Ok(Placement {
                date,
                period: name(date),
            });
        }
        (1..=MONTHS_AHEAD)
            .map(|months| date.first_of_month().saturating_add(months.months()))
            .find(|first| self.takes_journals(&name(*first)))
            .map(|first| Placement {
                date: first,
                period: name(first),
            })
            .ok_or_else(|| name(date))
    }

    /// A future-enterable period takes the import; it is posted once it is opened.
    fn takes_journals(&self, period: &str) -> bool {
        matches!(
            self.states.get(period),
            Some(PeriodStatus::Open | PeriodStatus::Future)
        )
    }
}

#[cfg(test)]
mod tests {
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

    fn place(periods: &Periods) -> Result<(String, String), String> {
        let placed = periods.place(&config(), "2026-10-31".parse().unwrap());
        placed.map(|it| (it.date.to_string(), it.period))
    }

    #[test]
    fn an_open_period_keeps_the_date() {
        let periods = periods(&[("Oct-26", PeriodStatus::Open)]);
        assert_eq!(
            place(&periods).unwrap(),
            ("2026-10-31".into(), "Oct-26".into())
        );
    }

    #[test]
    fn a_closed_one_moves_it_to_the_first_day_of_the_next_open_one() {
        let periods = periods(&[
            ("Oct-26", PeriodStatus::Closed),
            ("Nov-26", PeriodStatus::PermanentlyClosed),
            ("Dec-26", PeriodStatus::Open),
            ("Sep-26", PeriodStatus::Open),
        ]);
        assert_eq!(
            place(&periods).unwrap(),
            ("2026-12-01".into(), "Dec-26".into())
        );
    }

    #[test]
    fn without_an_open_period_the_closed_one_is_named() {
        let periods = periods(&[("Sep-26", PeriodStatus::Open)]);
        assert_eq!(place(&periods).unwrap_err(), "Oct-26");
    }
}
