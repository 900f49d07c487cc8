//! Sums by account.

use schemas::{AccountError, Currency, Journal, JournalError, JournalLine, Role, Side};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A balance that no journal can be made of.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BalanceError {
    /// A sum does not fit into 64 bits.
    #[error("an amount leaves 64 bits")]
    TooLarge,
    /// Nothing is left on any account.
    #[error("it is nothing on any account")]
    Zero,
    /// An account's text is none.
    #[error("a sum is on something that is no account")]
    Account(#[from] AccountError),
    /// The lines cannot be a journal.
    #[error("the sums are no journal")]
    Journal(#[from] JournalError),
}

/// Minor units per currency and account, debits positive, without accounts that
/// come to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Balance(Vec<Line>);

/// The sum of one account. Its text is kept, which is compared and written more
/// often than it is taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    currency: Currency,
    account: String,
    minor: i64,
    /// What the first line on the account stood for.
    role: Role,
}

impl Balance {
    /// What a journal comes to; none if an amount leaves 64 bits.
    pub fn of(journal: &Journal) -> Option<Balance> {
        Balance::default().with(journal)
    }

    /// This balance after a journal; none if an amount leaves 64 bits.
    pub fn with(&self, journal: &Journal) -> Option<Balance> {
        let mut sum = self.clone();
        for line in journal.lines() {
            let minor = match line.side {
                Side::Debit => line.amount.minor(),
                Side::Credit => -line.amount.minor(),
            };
            let account = line.account.to_string();
            sum.add(journal.currency(), account, minor, line.role)?;
        }
        Some(sum.without_zeros())
    }

    /// Both together; none if an amount leaves 64 bits.
    pub fn plus(&self, other: &Balance) -> Option<Balance> {
        self.plus_signed(other, 1)
    }

    /// This one less another; none if an amount leaves 64 bits.
    pub fn minus(&self, other: &Balance) -> Option<Balance> {
        self.plus_signed(other, -1)
    }

    fn plus_signed(&self, other: &Balance, sign: i64) -> Option<Balance> {
        let mut sum = self.clone();
        for line in &other.0 {
            let minor = line.minor.checked_mul(sign)?;
            sum.add(line.currency, line.account.clone(), minor, line.role)?;
        }
        Some(sum.without_zeros())
    }

    /// Nothing is on any account.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The accounts with their sums in minor units, debits positive.
    pub fn accounts(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0
            .iter()
            .map(|line| (line.account.as_str(), line.minor))
    }

    /// The journal that books this balance. A journal has one currency: where there
    /// are several, it is that of the first, and the rest is due after it.
    pub fn journal(&self, memo: &str) -> Result<Journal, BalanceError> {
        let first = self.0.first().ok_or(BalanceError::Zero)?;
        let currency = first.currency;
        let of_currency = self.0.iter().filter(|line| line.currency == currency);
        let lines = of_currency.map(|line| {
            Ok(JournalLine {
                account: line.account.parse()?,
                side: match line.minor > 0 {
                    true => Side::Debit,
                    false => Side::Credit,
                },
                amount: currency.minor(line.minor.abs()),
                role: line.role,
                rule: "difference".to_owned(),
                memo: memo.to_owned(),
            })
        });
        let mut lines = lines.collect::<Result<Vec<_>, AccountError>>()?;
        lines.sort_by(|one, two| one.account.cmp(&two.account));
        Ok(Journal::new(currency, lines)?)
    }

    fn add(&mut self, currency: Currency, account: String, minor: i64, role: Role) -> Option<()> {
        let place = self.0.binary_search_by(|line| {
            let key = (line.currency, line.account.as_str());
            key.cmp(&(currency, account.as_str()))
        });
        match place {
            Ok(place) => {
                let line = self.0.get_mut(place)?;
                // -i64::MAX is kept out too, so that every sum has an absolute value.
                line.minor = line.minor.checked_add(minor).filter(|it| *it != i64::MIN)?;
            }
            Err(place) => self.0.insert(
                place,
                Line {
                    currency,
                    account,
                    minor: Some(minor).filter(|it| *it != i64::MIN)?,
                    role,
                },
            ),
        }
        Some(())
    }

    fn without_zeros(mut self) -> Balance {
        self.0.retain(|line| line.minor != 0);
        self
    }
}

/// As a row of its values, since there are many.
impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.currency, &self.account, self.minor, self.role).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Line, D::Error> {
        let (currency, account, minor, role) = Deserialize::deserialize(deserializer)?;
        Ok(Line {
            currency,
            account,
            minor,
            role,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{sale, two_lines};

    #[test]
    fn accounts_that_come_to_nothing_are_left_out() {
        let balance = Balance::of(&sale(500)).unwrap();
        let rest = balance.with(&sale(200).reversed()).unwrap();
        assert_eq!(
            rest.accounts().collect::<Vec<_>>(),
            [("101.11010", 300), ("101.41000", -300)]
        );
        assert!(rest.with(&sale(300).reversed()).unwrap().is_zero());
        assert!(balance.minus(&balance).unwrap().is_zero());
    }

    #[test]
    fn the_journal_of_a_balance_books_it() {
        let balance = Balance::of(&sale(500)).unwrap();
        let journal = balance.journal("why").unwrap();
        assert_eq!(Balance::of(&journal), Some(balance));
        let nothing = Balance::default().journal("why");
        assert_eq!(nothing, Err(BalanceError::Zero));
    }

    #[test]
    fn amounts_beyond_64_bits_are_no_balance() {
        let most = two_lines("1", "2", i64::MAX);
        let balance = Balance::of(&most).unwrap();
        assert_eq!(balance.with(&most), None);
        assert_eq!(balance.plus(&balance), None);
        assert_eq!(
            balance.minus(&balance).map(|rest| rest.is_zero()),
            Some(true)
        );
    }

    #[test]
    fn written_and_read_back_it_is_the_same() {
        let balance = Balance::of(&sale(500)).unwrap();
        let text = serde_json::to_string(&balance).unwrap();
        assert!(
            text.starts_with(r#"[["USD","101.11010",500,"revenue"]"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Balance>(&text).unwrap(), balance);
    }
}
