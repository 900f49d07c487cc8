//! Journals as hledger's text, so that a program that is not ours can check
//! that they balance, and add them up.
//!
//! Accounts and currencies are declared, so that `hledger check --strict` holds,
//! too: it finds a currency or account that only a slip can have brought in.

use std::{
    collections::BTreeSet,
    fmt::{self, Write as _},
};

use jiff::civil::Date;
use schemas::{Currency, EntityKey, JournalKey, JournalLine, Mapped, Money, Side};

/// A journal as hledger sees it: a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The accounting date.
    pub date: Date,
    /// How far it has come.
    pub mark: Mark,
    /// The journal's key, which becomes the transaction's code.
    pub key: String,
    /// What it is for, in words.
    pub description: String,
    /// Names and values that hledger can filter by.
    pub tags: Vec<(&'static str, String)>,
    /// What it puts on which account.
    pub postings: Vec<Posting>,
}

/// How far a journal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Not sent anywhere: no mark.
    Planned,
    /// On its way: `!`.
    Pending,
    /// Posted in the ledger: `*`.
    Posted,
}

/// An amount on an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The account, segment by segment.
    pub account: String,
    /// Debits positive.
    pub amount: Money,
    /// The rule that chose the account, where that is known, and what it is for.
    pub rule: String,
    /// What it is for.
    pub memo: String,
}

impl Transaction {
    /// The first journal of a target, as it would be if nothing was posted yet.
    pub fn planned(mapped: &Mapped) -> Transaction {
        let JournalKey(key) = mapped.entity.journal_key(1);
        Transaction {
            date: mapped.accounting_date,
            mark: Mark::Planned,
            key,
            description: described(&mapped.entity),
            tags: vec![("ledger", mapped.ledger.to_string())],
            postings: mapped.journal.lines().iter().map(posting).collect(),
        }
    }
}

/// What a journal is for, in words.
fn described(entity: &EntityKey) -> String {
    match entity.refund {
        None => format!("Order {entity}"),
        Some(_) => format!("Refund {entity}"),
    }
}

fn posting(line: &JournalLine) -> Posting {
    let minor = line.amount.minor();
    let signed = match line.side {
        Side::Debit => minor,
        Side::Credit => -minor,
    };
    Posting {
        account: line.account.to_string(),
        amount: line.amount.currency().minor(signed),
        rule: line.rule.clone(),
        memo: line.memo.clone(),
    }
}

/// The transactions as one text.
pub fn text(transactions: &[Transaction]) -> String {
    let mut out = directives(transactions);
    for transaction in transactions {
        write!(out, "\n{transaction}").expect("a string takes everything");
    }
    out
}

fn directives(transactions: &[Transaction]) -> String {
    let postings = || transactions.iter().flat_map(|it| &it.postings);
    let accounts: BTreeSet<&str> = postings().map(|it| it.account.as_str()).collect();
    let currencies: BTreeSet<Currency> = postings().map(|it| it.amount.currency()).collect();
    let mut out = "decimal-mark .\n".to_owned();
    for currency in currencies {
        // hledger wants the decimal mark even where no decimal follows it.
        let decimals = "0".repeat(currency.exponent() as usize);
        writeln!(out, "commodity 1000.{decimals} {currency}").expect("a string takes everything");
    }
    for account in accounts {
        writeln!(out, "account {}", name(account)).expect("a string takes everything");
    }
    out
}

impl fmt::Display for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.mark {
            Mark::Planned => "",
            Mark::Pending => "! ",
            Mark::Posted => "* ",
        };
        let (date, key, description) = (self.date, &self.key, plain(&self.description));
        write!(f, "{date} {mark}({key}) {description}")?;
        if !self.tags.is_empty() {
            let tag = |(name, value): &(&str, String)| format!("{name}:{}", tag_value(value));
            let tags: Vec<String> = self.tags.iter().map(tag).collect();
            write!(f, "  ; {}", tags.join(", "))?;
        }
        writeln!(f)?;
        let amounts: Vec<String> = self
            .postings
            .iter()
            .map(|it| it.amount.to_string())
            .collect();
        let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        let names: Vec<String> = self.postings.iter().map(|it| name(&it.account)).collect();
        let accounts = width(&mut names.iter().map(|it| it.chars().count()));
        let digits = width(&mut amounts.iter().map(String::len));
        for ((posting, name), amount) in self.postings.iter().zip(&names).zip(&amounts) {
            let currency = posting.amount.currency();
            write!(f, "    {name:<accounts$}  {amount:>digits$} {currency}")?;
            writeln!(f, "{}", comment(posting))?;
        }
        Ok(())
    }
}

fn comment(posting: &Posting) -> String {
    let memo = plain(&posting.memo);
    match (memo.is_empty(), posting.rule.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!("  ; {memo}"),
        (true, false) => format!("  ; rule:{}", tag_value(&posting.rule)),
        (false, false) => format!("  ; {memo}, rule:{}", tag_value(&posting.rule)),
    }
}

/// An account's name. hledger ends it at two spaces, makes parents of what
/// stands before a colon, and takes brackets around it for a virtual posting.
fn name(account: &str) -> String {
    let safe = |c| match c {
        ':' | ';' | '(' | ')' | '[' | ']' | '"' => '_',
        c if c.is_whitespace() => '_',
        c => c,
    };
    account.chars().map(safe).collect()
}

/// Text that hledger reads as nothing but text: no comment begins in it, and no
/// tag or date, which it would take for orders to itself.
fn plain(text: &str) -> String {
    let text = text.replace(": ", " - ");
    let safe = |c| match c {
        ':' => '-',
        ';' => ',',
        '[' => '(',
        ']' => ')',
        '|' => '/',
        c if c.is_control() => ' ',
        c => c,
    };
    text.trim().chars().map(safe).collect()
}

/// A tag's value ends at a comma.
fn tag_value(text: &str) -> String {
    plain(text).replace(',', ";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(currency: &str, amounts: [i64; 2]) -> Transaction {
        let currency = Currency::from_code(currency).unwrap();
        let posting = |account: &str, minor, rule: &str| Posting {
            account: account.to_owned(),
            amount: currency.minor(minor),
            rule: rule.to_owned(),
            memo: "2 x SHIRT".to_owned(),
        };
        Transaction {
            date: "2026-11-05".parse().unwrap(),
            mark: Mark::Posted,
            key: "us-1001-1".to_owned(),
            description: "Order us/1001".to_owned(),
            tags: vec![("period", "Nov-26".to_owned())],
            postings: vec![
                posting("101.10.11010.000", amounts[0], "cards"),
                posting("101.10.41000.110", amounts[1], "product revenue + apparel"),
            ],
        }
    }

    #[test]
    fn a_journal_as_text() {
        let shown = text(&[
            transaction("USD", [123_456, -123_456]),
            transaction("JPY", [1000, -1000]),
            transaction("KWD", [1, -1]),
        ]);
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn text_gives_hledger_no_orders() {
        assert_eq!(
            plain("x; date:1/2 [2026-01-01]"),
            "x, date-1/2 (2026-01-01)"
        );
        assert_eq!(plain("Tax: State\n"), "Tax - State");
        assert_eq!(tag_value("apparel, shoes"), "apparel; shoes");
        assert_eq!(name("(101.1 0.a:b)"), "_101.1_0.a_b_");
    }
}
