//! Asking Fusion for what is missing, in as few calls as there are kinds of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan as _, civil::Date};
use schemas::{Account, Currency};
use service::config::LedgerConfig;

use super::{
    needs::{List, Need, RateKey},
    reference::Reference,
};
use crate::{Error, Fusion, Named};

/// The longest stretch of days that rates are asked for at once, in days.
const STRETCH: i32 = 366;

impl Reference {
    /// Asks for these. What cannot be had stays missing, and the rest is asked
    /// for all the same; the first failure is the error.
    pub async fn ask(
        &mut self,
        fusion: &Fusion,
        config: &LedgerConfig,
        chart: u64,
        needs: BTreeSet<Need>,
    ) -> Result<(), Error> {
        let (mut lists, mut accounts) = (BTreeSet::new(), BTreeSet::new());
        let (mut rates, mut values) = (Vec::new(), Vec::new());
        for need in needs {
            match need {
                Need::Listed(list, _) => drop(lists.insert(list)),
                Need::Account(account) => drop(accounts.insert(account)),
                Need::Value { set, value } => values.push((set, value)),
                Need::Rate(key) => rates.push(key),
            }
        }
        let mut outcome = Ok(());
        for list in lists {
            outcome = outcome.and(self.ask_list(fusion, list).await);
        }
        if !accounts.is_empty() {
            outcome = outcome.and(self.ask_accounts(fusion, config, chart, accounts).await);
        }
        for ((currency, kind), days) in by_kind(&rates) {
            outcome = outcome.and(
                self.ask_rates(fusion, currency, config.currency, kind, days)
                    .await,
            );
        }
        for (set, value) in values {
            outcome = outcome.and(self.ask_value(fusion, set, value).await);
        }
        outcome
    }

    async fn ask_value(
        &mut self,
        fusion: &Fusion,
        set: String,
        value: String,
    ) -> Result<(), Error> {
        let is_there = fusion.has_segment_value(&set, &value).await?;
        self.values.put((set, value), is_there);
        Ok(())
    }

    async fn ask_list(&mut self, fusion: &Fusion, list: List) -> Result<(), Error> {
        let names = |rows: Vec<Named>| rows.into_iter().map(|row| row.name).collect();
        let listed: BTreeSet<String> = match list {
            List::Sources => names(fusion.sources().await?),
            List::Categories => names(fusion.categories().await?),
            List::Currencies => fusion.currencies().await?,
            List::ConversionTypes => fusion.conversion_types().await?,
        };
        self.lists.put(list, listed);
        Ok(())
    }

    async fn ask_accounts(
        &mut self,
        fusion: &Fusion,
        config: &LedgerConfig,
        chart: u64,
        wanted: BTreeSet<Account>,
    ) -> Result<(), Error> {
        if self.segments.is_empty() {
            self.segments = match config.account_segments.is_empty() {
                true => fusion.segment_names(chart).await?,
                false => config.account_segments.clone(),
            };
        }
        let mut found = fusion.combinations(chart, &self.segments, &wanted).await?;
        for account in wanted {
            let known = found.remove(&account);
            self.accounts.put(account, known);
        }
        Ok(())
    }

    async fn ask_rates(
        &mut self,
        fusion: &Fusion,
        from: Currency,
        to: Currency,
        kind: &str,
        mut days: Vec<Date>,
    ) -> Result<(), Error> {
        days.sort_unstable();
        while let [first, ..] = days[..] {
            let end = first.saturating_add(STRETCH.days());
            let later = days.split_off(days.partition_point(|day| *day < end));
            let last = days.last().copied().unwrap_or(first);
            let stored = fusion
                .rate_days(from.code(), to.code(), kind, first, last)
                .await?;
            for date in days {
                let key = RateKey {
                    currency: from,
                    kind: kind.to_owned(),
                    date,
                };
                self.rates.put(key, stored.contains(&date));
            }
            days = later;
        }
        Ok(())
    }
}

/// Days by currency and conversion type.
fn by_kind(keys: &[RateKey]) -> BTreeMap<(Currency, &str), Vec<Date>> {
    let mut days: BTreeMap<(Currency, &str), Vec<Date>> = BTreeMap::new();
    for key in keys {
        let days = days.entry((key.currency, &key.kind)).or_default();
        days.push(key.date);
    }
    days
}
