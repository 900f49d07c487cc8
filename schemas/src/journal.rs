//! A journal: debits and credits of one currency that balance.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Account, Amount, Currency, Money, MoneyError};

/// Which side of the account a line is booked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The left side.
    Debit,
    /// The right side.
    Credit,
}

impl Side {
    /// The other side.
    pub fn opposite(self) -> Side {
        match self {
            Side::Debit => Side::Credit,
            Side::Credit => Side::Debit,
        }
    }
}

/// What a line of a journal stands for in the order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What was sold.
    Revenue,
    /// Paid for and not yet shipped, where revenue waits for the shipment.
    DeferredRevenue,
    /// Revenue refunded, where it has an account of its own.
    Returns,
    /// What was taken off the price.
    Discount,
    /// What shipping was charged.
    Shipping,
    /// What handling was charged.
    Handling,
    /// What gift wrapping was charged.
    Wrapping,
    /// What else was charged.
    Fee,
    /// Tax that is due.
    Tax,
    /// What the payment provider owes.
    Clearing,
    /// Paid by store credit.
    StoreCredit,
    /// Paid by, or sold as, a gift certificate.
    GiftCertificate,
    /// The cents that rounding leaves.
    Rounding,
    /// What no rule gives an account to, where the rules allow that.
    Suspense,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 14] = [
        Role::Revenue,
        Role::DeferredRevenue,
        Role::Returns,
        Role::Discount,
        Role::Shipping,
        Role::Handling,
        Role::Wrapping,
        Role::Fee,
        Role::Tax,
        Role::Clearing,
        Role::StoreCredit,
        Role::GiftCertificate,
        Role::Rounding,
        Role::Suspense,
    ];

    /// The name as it is written in rules and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Revenue => "revenue",
            Role::DeferredRevenue => "deferred_revenue",
            Role::Returns => "returns",
            Role::Discount => "discount",
            Role::Shipping => "shipping",
            Role::Handling => "handling",
            Role::Wrapping => "wrapping",
            Role::Fee => "fee",
            Role::Tax => "tax",
            Role::Clearing => "clearing",
            Role::StoreCredit => "store_credit",
            Role::GiftCertificate => "gift_certificate",
            Role::Rounding => "rounding",
            Role::Suspense => "suspense",
        }
    }
}

/// One line of a journal. The amount is positive; the side says the direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// The account that it is booked on.
    pub account: Account,
    /// The side of the account.
    pub side: Side,
    /// How much, always positive.
    pub amount: Money,
    /// What it stands for.
    pub role: Role,
    /// The rule that chose the account, by its name in the rule set.
    pub rule: String,
    /// What the line is for, in words a person in the ledger understands.
    pub memo: String,
}

/// Lines that are not a journal.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum JournalError {
    /// The two sides come to different sums.
    #[error("debits of {debits} and credits of {credits} {currency} do not balance")]
    Unbalanced {
        /// The sum of the debits.
        debits: Money,
        /// The sum of the credits.
        credits: Money,
        /// The currency of both.
        currency: Currency,
    },
    /// An amount is zero or negative.
    #[error("line {line} of the journal is {amount}: an amount must be positive")]
    NotPositive {
        /// The line, counted from 1.
        line: usize,
        /// Its amount.
        amount: Money,
    },
    /// A line is on both sides, or on none.
    #[error("line {line} of the journal needs either a debit or a credit")]
    NoSide {
        /// The line, counted from 1.
        line: usize,
    },
    /// A line is in another currency.
    #[error("line {line} of the journal is in {found}, the journal in {expected}")]
    Currency {
        /// The line, counted from 1.
        line: usize,
        /// Its currency.
        found: Currency,
        /// The journal's currency.
        expected: Currency,
    },
    /// An amount is finer or larger than money can be.
    #[error("an amount of the journal is not money")]
    Money(#[from] MoneyError),
}

/// A balanced set of lines in one currency; empty when nothing is to be booked.
///
/// Its fields are private and every way to make one checks the balance, so a
/// journal that does not balance cannot exist, not even by reading bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Wire", into = "Wire")]
#[schemars(with = "Wire")]
pub struct Journal {
    currency: Currency,
    lines: Vec<JournalLine>,
}

impl Journal {
    /// The lines as a journal, if they balance to the minor unit.
    pub fn new(currency: Currency, lines: Vec<JournalLine>) -> Result<Journal, JournalError> {
        for (index, line) in lines.iter().enumerate() {
            if line.amount.currency() != currency {
                return Err(JournalError::Currency {
                    line: index + 1,
                    found: line.amount.currency(),
                    expected: currency,
                });
            }
            if line.amount.minor() <= 0 {
                return Err(JournalError::NotPositive {
                    line: index + 1,
                    amount: line.amount,
                });
            }
        }
        let debits = total(currency, &lines, Side::Debit)?;
        let credits = total(currency, &lines, Side::Credit)?;
        if debits != credits {
            return Err(JournalError::Unbalanced {
                debits,
                credits,
                currency,
            });
        }
        Ok(Journal { currency, lines })
    }

    /// The journal that books nothing.
    pub fn empty(currency: Currency) -> Journal {
        Journal {
            currency,
            lines: Vec::new(),
        }
    }

    /// The one currency of all lines.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The lines, in their order.
    pub fn lines(&self) -> &[JournalLine] {
        &self.lines
    }

    /// Whether it books nothing.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The sum of the debits, which is the sum of the credits.
    pub fn total(&self) -> Money {
        let minor = self
            .lines
            .iter()
            .filter(|line| line.side == Side::Debit)
            .map(|line| line.amount.minor())
            .sum();
        self.currency.minor(minor)
    }

    /// The same journal with debits and credits exchanged.
    pub fn reversed(&self) -> Journal {
        let flip = |line: &JournalLine| JournalLine {
            side: line.side.opposite(),
            ..line.clone()
        };
        Journal {
            currency: self.currency,
            lines: self.lines.iter().map(flip).collect(),
        }
    }

    /// Minor units per account, debits positive; accounts that come to zero are left out.
    pub fn net_by_account(&self) -> BTreeMap<Account, i64> {
        let mut net = BTreeMap::new();
        for line in &self.lines {
            let minor = match line.side {
                Side::Debit => line.amount.minor(),
                Side::Credit => -line.amount.minor(),
            };
            *net.entry(line.account.clone()).or_insert(0i64) += minor;
        }
        net.retain(|_, minor| *minor != 0);
        net
    }
}

fn total(currency: Currency, lines: &[JournalLine], side: Side) -> Result<Money, MoneyError> {
    lines
        .iter()
        .filter(|line| line.side == side)
        .try_fold(currency.minor(0), |sum, line| sum.checked_add(line.amount))
}

/// The journal as it is written: amounts as decimal strings.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename = "Journal", deny_unknown_fields)]
struct Wire {
    currency: Currency,
    lines: Vec<WireLine>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename = "JournalLine", deny_unknown_fields)]
struct WireLine {
    account: Account,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    debit: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credit: Option<Amount>,
    role: Role,
    rule: String,
    memo: String,
}

impl From<Journal> for Wire {
    fn from(journal: Journal) -> Wire {
        let line = |line: JournalLine| {
            let amount = Some(line.amount.amount());
            let (debit, credit) = match line.side {
                Side::Debit => (amount, None),
                Side::Credit => (None, amount),
            };
            WireLine {
                account: line.account,
                debit,
                credit,
                role: line.role,
                rule: line.rule,
                memo: line.memo,
            }
        };
        Wire {
            currency: journal.currency,
            lines: journal.lines.into_iter().map(line).collect(),
        }
    }
}

impl TryFrom<Wire> for Journal {
    type Error = JournalError;

    fn try_from(wire: Wire) -> Result<Journal, JournalError> {
        let currency = wire.currency;
        let line = |(index, line): (usize, WireLine)| {
            let (side, amount) = match (line.debit, line.credit) {
                (Some(amount), None) => (Side::Debit, amount),
                (None, Some(amount)) => (Side::Credit, amount),
                _ => return Err(JournalError::NoSide { line: index + 1 }),
            };
            Ok(JournalLine {
                account: line.account,
                side,
                amount: Money::exact(amount, currency)?,
                role: line.role,
                rule: line.rule,
                memo: line.memo,
            })
        };
        let lines = wire.lines.into_iter().enumerate().map(line);
        Journal::new(currency, lines.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(side: Side, minor: i64, account: &str) -> JournalLine {
        JournalLine {
            account: account.parse().unwrap(),
            side,
            amount: eur().minor(minor),
            role: Role::Revenue,
            rule: "r".into(),
            memo: "m".into(),
        }
    }

    fn eur() -> Currency {
        Currency::from_code("EUR").unwrap()
    }

    #[test]
    fn unbalanced_lines_are_no_journal() {
        let lines = vec![line(Side::Debit, 100, "1"), line(Side::Credit, 99, "2")];
        assert!(matches!(
            Journal::new(eur(), lines),
            Err(JournalError::Unbalanced { .. })
        ));
    }

    #[test]
    fn unbalanced_bytes_are_no_journal() {
        let text = r#"{"currency":"EUR","lines":[{"account":"1","debit":"1","role":"tax","rule":"r","memo":""}]}"#;
        let error = serde_json::from_str::<Journal>(text).unwrap_err();
        assert!(error.to_string().contains("do not balance"), "{error}");
    }

    #[test]
    fn a_line_of_zero_or_of_both_sides_is_refused() {
        let zero = vec![line(Side::Debit, 0, "1")];
        assert!(matches!(
            Journal::new(eur(), zero),
            Err(JournalError::NotPositive { line: 1, .. })
        ));
        let both = r#"{"currency":"EUR","lines":[{"account":"1","debit":"1","credit":"1","role":"tax","rule":"r","memo":""}]}"#;
        assert!(serde_json::from_str::<Journal>(both).is_err());
    }

    #[test]
    fn a_journal_and_its_reversal_net_to_nothing() {
        let lines = vec![
            line(Side::Debit, 100, "1"),
            line(Side::Credit, 60, "2"),
            line(Side::Credit, 40, "3"),
        ];
        let journal = Journal::new(eur(), lines).unwrap();
        let both = [journal.lines(), journal.reversed().lines()].concat();
        assert!(
            Journal::new(eur(), both)
                .unwrap()
                .net_by_account()
                .is_empty()
        );
        assert_eq!(journal.total().minor(), 100);
    }

    #[test]
    fn written_and_read_back_it_is_the_same() {
        let lines = vec![
            line(Side::Debit, 1234, "1.2"),
            line(Side::Credit, 1234, "3.4"),
        ];
        let journal = Journal::new(eur(), lines).unwrap();
        let text = serde_json::to_string(&journal).unwrap();
        assert!(text.contains(r#""debit":"12.34""#), "{text}");
        assert_eq!(serde_json::from_str::<Journal>(&text).unwrap(), journal);
    }
}
