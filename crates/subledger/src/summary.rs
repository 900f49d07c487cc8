//! Summary journals: what of a day, a store and a currency goes into the ledger as
//! one journal, with one line per account and side.
//!
//! Only the file of an import and its read-back know them. What is posted once, and is
//! kept in the books, is the posting of an order or refund, whether its journal is its
//! own or shared; so nothing can be missed or doubled where days begin or cease to be
//! summed up.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use jiff::civil::Date;
use schemas::{
    Account, Digest, Journal, JournalError, JournalKey, JournalLine, Money, Posting, Role, Side,
    Summary,
};

/// How many letters and digits tell the summaries of a day apart: with the longest
/// key of a store, a name has the 25 characters that Fusion keeps.
const MARK: usize = 5;
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The postings with the names of the summaries that they go into together. Other
/// postings make another name, so that no two journals of the ledger have one.
pub fn named(mut postings: Vec<Posting>) -> Vec<Posting> {
    let mut contents: BTreeMap<String, String> = BTreeMap::new();
    for posting in &postings {
        if let Some(part) = part(posting) {
            let content = contents.entry(part).or_default();
            content.push_str(&format!("\n{} {}", posting.key, posting.target));
        }
    }
    let mut taken = BTreeSet::new();
    let mut names: BTreeMap<String, JournalKey> = BTreeMap::new();
    for posting in &mut postings {
        let (Some(part), Some(stem)) = (part(posting), stem(posting)) else {
            continue;
        };
        let name = names.entry(part).or_insert_with_key(|part| {
            let content = contents.get(part).map_or("", String::as_str);
            let mut mark = Digest::of(format!("{part}{content}").as_bytes());
            let mut name = format!("{stem}-{}", digits(&mark));
            while !taken.insert(name.clone()) {
                mark = Digest::of(mark.bytes());
                name = format!("{stem}-{}", digits(&mark));
            }
            JournalKey(name)
        });
        if let Some(summary) = &mut posting.summary {
            summary.journal = name.clone();
        }
    }
    postings
}

/// The summary of a posting of this day, whose name is still open.
pub fn of_day(day: Date) -> Summary {
    Summary {
        journal: JournalKey(String::new()),
        day,
    }
}

/// What the names of a day's summaries begin with, `us-261105USDo`: `o` for orders,
/// `r` for what gives money back.
fn stem(posting: &Posting) -> Option<String> {
    let summary = posting.summary.as_ref()?;
    Some(format!(
        "{}-{}{}{}",
        posting.entity.store,
        summary.day.strftime("%y%m%d"),
        posting.journal.currency(),
        if posting.gives_back() { 'r' } else { 'o' }
    ))
}

/// What postings have in common that can share a journal of the ledger.
fn part(posting: &Posting) -> Option<String> {
    let conversion = posting.conversion.as_ref();
    Some(format!(
        "{} {} {} {} {conversion:?}",
        stem(posting)?,
        posting.accounting_date,
        posting.period,
        posting.category,
    ))
}

fn digits(digest: &Digest) -> String {
    let digit = |byte: &u8| char::from(DIGITS[usize::from(*byte) % DIGITS.len()]);
    digest.bytes().iter().take(MARK).map(digit).collect()
}

/// A journal of the ledger: a posting by itself, or the sum of several.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// Its name in the ledger.
    pub key: &'a JournalKey,
    /// The first of its postings: what it says of date, period, category, currency
    /// and conversion holds for all.
    pub first: &'a Posting,
    /// All that it is the sum of.
    pub postings: Vec<&'a Posting>,
}

/// The journals of the ledger that these postings are.
pub fn outgoing(postings: &[Posting]) -> Vec<Outgoing<'_>> {
    let mut journals: Vec<Outgoing> = Vec::new();
    let mut places: BTreeMap<&JournalKey, usize> = BTreeMap::new();
    for posting in postings {
        let key = posting.journal_in_ledger();
        let place = *places.entry(key).or_insert(journals.len());
        match journals.get_mut(place) {
            Some(journal) => journal.postings.push(posting),
            None => journals.push(Outgoing {
                key,
                first: posting,
                postings: vec![posting],
            }),
        }
    }
    journals
}

impl<'a> Outgoing<'a> {
    /// What its debits come to, and its credits. Beyond 64 bits it stays at the
    /// largest amount, which then is not what the ledger holds.
    pub fn total(&self) -> Money {
        let totals = self.postings.iter().map(|it| it.journal.total().minor());
        let total = totals.fold(0, i64::saturating_add);
        self.first.journal.currency().minor(total)
    }

    /// Its lines: the posting's own, or one per account and side.
    pub fn journal(&self) -> Result<Cow<'a, Journal>, JournalError> {
        match self.first.summary {
            None => Ok(Cow::Borrowed(&self.first.journal)),
            Some(_) => self.sum().map(Cow::Owned),
        }
    }

    /// What it is, in words, and where to see what is in it.
    pub fn description(&self) -> Cow<'a, str> {
        let Some(summary) = &self.first.summary else {
            return Cow::Borrowed(&self.first.description);
        };
        let (day, date) = (summary.day, self.first.accounting_date);
        let moved = match day == date {
            true => String::new(),
            false => format!(" (of {day}, whose period is closed)"),
        };
        Cow::Owned(format!(
            "Summary of {} on {date}{moved}; each of them: counterfoil trace journal {}",
            self.about(),
            self.key
        ))
    }

    /// What it is booked for.
    pub fn about(&self) -> String {
        let entity = &self.first.entity;
        if self.first.summary.is_none() {
            return entity.to_string();
        }
        let what = match (self.first.gives_back(), self.postings.len()) {
            (false, 1) => "1 order".to_owned(),
            (false, count) => format!("{count} orders"),
            (true, 1) => "1 refund or reversal".to_owned(),
            (true, count) => format!("{count} refunds and reversals"),
        };
        format!("{what} of {}", entity.store)
    }
}

/// What comes together on one side of an account.
struct Sum {
    amount: Money,
    roles: BTreeSet<Role>,
    journals: BTreeSet<JournalKey>,
}

impl Outgoing<'_> {
    fn sum(&self) -> Result<Journal, JournalError> {
        let currency = self.first.journal.currency();
        let mut sums: BTreeMap<(Account, Side), Sum> = BTreeMap::new();
        for posting in &self.postings {
            for line in posting.journal.lines() {
                let side = (line.account.clone(), line.side);
                let sum = sums.entry(side).or_insert_with(|| Sum {
                    amount: currency.minor(0),
                    roles: BTreeSet::new(),
                    journals: BTreeSet::new(),
                });
                sum.amount = sum.amount.checked_add(line.amount)?;
                sum.roles.insert(line.role);
                sum.journals.insert(posting.key.clone());
            }
        }
        let line = |((account, side), sum): ((Account, Side), Sum)| JournalLine {
            account,
            side,
            amount: sum.amount,
            role: sum.roles.first().copied().unwrap_or(Role::Suspense),
            rule: "summary".to_owned(),
            memo: sum.memo(),
        };
        Journal::new(currency, sums.into_iter().map(line).collect())
    }
}

impl Sum {
    /// `revenue, shipping of 12 journals`.
    fn memo(&self) -> String {
        let roles: Vec<&str> = self.roles.iter().map(|role| role.as_str()).collect();
        let count = self.journals.len();
        let journals = if count == 1 { "journal" } else { "journals" };
        format!("{} of {count} {journals}", roles.join(", "))
    }
}

#[cfg(test)]
mod tests;
