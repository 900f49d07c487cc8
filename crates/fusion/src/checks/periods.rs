//! Which period a journal goes to: its date's, or the first open one after it.

use std::{collections::HashMap, time::Duration};

use jiff::{Timestamp, ToSpan as _, civil::Date};
use service::{
    Clock,
    config::{ClosedPeriod, LedgerConfig},
};

use crate::{Error, Fusion, PeriodStatus};

/// How far ahead an open period is looked for, in months.
const MONTHS_AHEAD: i32 = 24;

/// A date in a period that takes journals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The journal's date in the ledger.
    pub date: Date,
    /// The period's name.
    pub period: String,
}

/// What is to be done with a journal of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It can be booked.
    Here(Placement),
    /// It waits for this period, by the ledger's policy.
    Held(String),
    /// Neither this period nor a later one is open.
    Nowhere(String),
}

/// The ledger's periods, as they were when last read.
#[derive(Debug, Default)]
pub struct Periods {
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

    /// Whether the periods were read after a moment.
    pub fn are_newer_than(&self, moment: Timestamp) -> bool {
        self.read.is_some_and(|read| read >= moment)
    }

    /// Where a journal of this date goes.
    pub fn place(&self, config: &LedgerConfig, date: Date) -> Place {
        let name = |date: Date| date.strftime(&config.period_format).to_string();
        let here = |date: Date| {
            Place::Here(Placement {
                date,
                period: name(date),
            })
        };
        if self.takes_journals(&name(date)) {
            return here(date);
        }
        if config.closed_period == ClosedPeriod::Hold {
            return Place::Held(name(date));
        }
        (1..=MONTHS_AHEAD)
            .map(|months| date.first_of_month().saturating_add(months.months()))
            .find(|first| self.takes_journals(&name(*first)))
            .map_or_else(|| Place::Nowhere(name(date)), here)
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
mod tests;
