//! What the ledger gets: the target less what it holds already.

use std::collections::BTreeMap;

use schemas::{Account, Currency, Journal, Mapped, Recognition};

/// Minor units by account, debits positive.
type Balances = BTreeMap<Account, i64>;

/// What was posted for an order and its refunds.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    touched: bool,
    order: Balances,
    /// By the refund's number.
    refunds: BTreeMap<u64, Balances>,
}

impl Ledger {
    /// Whether nothing of the order was ever posted: its first journal is of the
    /// day of the sale, those after it of the day of the change.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.touched
    }

    /// Posts a target of the order; says what had to be posted to reach it. An
    /// order that counts no longer leaves what its refunds have taken already.
    pub(crate) fn order(&mut self, mapped: &Mapped) -> Balances {
        let target = match mapped.recognition {
            Recognition::Recognised => mapped.journal.net_by_account(),
            Recognition::NotRecognised => sum(&Balances::new(), &self.taken(), -1),
            Recognition::Hold => self.order.clone(),
        };
        let difference = sum(&target, &self.order, -1);
        self.order = target;
        self.touched |= !difference.is_empty();
        difference
    }

    /// Posts a target of a refund; says what had to be posted to reach it.
    pub(crate) fn refund(&mut self, number: u64, journal: &Journal) -> Balances {
        let held = self.refunds.entry(number).or_default();
        let target = journal.net_by_account();
        let difference = sum(&target, held, -1);
        *held = target;
        difference
    }

    fn taken(&self) -> Balances {
        let all = self.refunds.values();
        all.fold(Balances::new(), |taken, it| sum(&taken, it, 1))
    }

    /// What is left on the accounts.
    pub(crate) fn balances(&self) -> Balances {
        sum(&self.order, &self.taken(), 1)
    }
}

fn sum(a: &Balances, b: &Balances, sign: i64) -> Balances {
    let mut sum = a.clone();
    for (account, minor) in b {
        *sum.entry(account.clone()).or_default() += sign * minor;
    }
    sum.retain(|_, minor| *minor != 0);
    sum
}

/// Balances as rows: account, debit, credit.
pub(crate) fn rows(balances: &Balances, currency: Currency) -> Vec<[String; 3]> {
    let row = |(account, minor): (&Account, &i64)| {
        let money = currency.minor(minor.abs()).to_string();
        match *minor > 0 {
            true => [account.to_string(), money, String::new()],
            false => [account.to_string(), String::new(), money],
        }
    };
    balances.iter().map(row).collect()
}
