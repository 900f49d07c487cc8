//! What is still to post: target minus books, as journals.
//!
//! Pure: the same family gives the same drafts, so that every rule about order
//! and amount can be tested without a ledger.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemas::{
    Account, Conversion, Currency, EntityKey, EventId, Journal, JournalError, JournalKey,
    JournalLine, LedgerKey, Mapped, PostingKind, Recognition, Role, Side, SummaryRule,
};
use serde::{Deserialize, Serialize};

/// What the ledger holds for an entity: minor units per account, debits positive.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holdings(Vec<Holding>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Holding {
    currency: Currency,
    account: Account,
    minor: i64,
    role: Role,
}

/// The latest target of an entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The mapped event.
    pub id: EventId,
    pub mapped: Mapped,
    /// It is in another ledger: this one should hold nothing of it any more.
    pub is_elsewhere: bool,
}

/// An order or a refund: what it should hold, and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    pub key: EntityKey,
    pub target: Option<Target>,
    pub holdings: Holdings,
    /// How many journals of it are posted.
    pub posted: u32,
    pub first_journal: Option<JournalKey>,
    /// A journal of it is on its way.
    pub in_flight: bool,
    /// The target that was refused; another target may be tried.
    pub rejected: Option<EventId>,
    /// A person holds it back.
    pub held: bool,
}

/// An order and its refunds: what is to post of one depends on the others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Family {
    pub order: Option<Entity>,
    pub refunds: Vec<Entity>,
}

/// A journal that is to be posted, not yet placed in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub entity: EntityKey,
    pub key: JournalKey,
    pub kind: PostingKind,
    pub target: EventId,
    pub date: Date,
    pub original: Option<JournalKey>,
    pub conversion: Option<Conversion>,
    /// It goes into a summary of its date's day.
    pub summary: Option<SummaryRule>,
    pub journal: Journal,
}

impl Holdings {
    /// These holdings after a journal; none if an amount leaves 64 bits.
    pub fn with(&self, journal: &Journal) -> Option<Holdings> {
        let mut lines = self.by_account();
        for line in journal.lines() {
            let minor = match line.side {
                Side::Debit => line.amount.minor(),
                Side::Credit => -line.amount.minor(),
            };
            add(
                &mut lines,
                journal.currency(),
                &line.account,
                minor,
                line.role,
            )?;
        }
        Some(Holdings::from_map(lines))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These and others together.
    fn plus(&self, other: &Holdings, sign: i64) -> Option<Holdings> {
        let mut lines = self.by_account();
        for it in &other.0 {
            let minor = it.minor.checked_mul(sign)?;
            add(&mut lines, it.currency, &it.account, minor, it.role)?;
        }
        Some(Holdings::from_map(lines))
    }

    fn by_account(&self) -> Map {
        let entry = |it: &Holding| ((it.currency, it.account.clone()), (it.minor, it.role));
        self.0.iter().map(entry).collect()
    }

    fn from_map(lines: Map) -> Holdings {
        let held = lines.into_iter().filter(|(_, (minor, _))| *minor != 0);
        let holding = |((currency, account), (minor, role))| Holding {
            currency,
            account,
            minor,
            role,
        };
        Holdings(held.map(holding).collect())
    }

    /// The journal that books these holdings. A journal has one currency: where
    /// there are several, it is that of the first, and the rest is due after it.
    fn journal(&self, memo: &str) -> Result<Option<Journal>, JournalError> {
        let Some(currency) = self.0.first().map(|it| it.currency) else {
            return Ok(None);
        };
        let line = |it: &Holding| JournalLine {
            account: it.account.clone(),
            side: if it.minor > 0 {
                Side::Debit
            } else {
                Side::Credit
            },
            amount: currency.minor(it.minor.abs()),
            role: it.role,
            rule: "difference".to_owned(),
            memo: memo.to_owned(),
        };
        let of_currency = self.0.iter().filter(|it| it.currency == currency);
        Journal::new(currency, of_currency.map(line).collect()).map(Some)
    }
}

type Map = BTreeMap<(Currency, Account), (i64, Role)>;

fn add(
    lines: &mut Map,
    currency: Currency,
    account: &Account,
    minor: i64,
    role: Role,
) -> Option<()> {
    let (sum, _) = lines
        .entry((currency, account.clone()))
        .or_insert((0, role));
    // -i64::MAX is kept out too, so that every sum has an absolute value.
    *sum = sum.checked_add(minor).filter(|sum| *sum != i64::MIN)?;
    Some(())
}

impl Entity {
    /// An entity of which nothing is known yet.
    pub fn new(key: EntityKey) -> Entity {
        Entity {
            key,
            target: None,
            holdings: Holdings::default(),
            posted: 0,
            first_journal: None,
            in_flight: false,
            rejected: None,
            held: false,
        }
    }

    /// Takes a target, unless the one it has is as new or newer; it may be in another
    /// ledger than this one.
    pub fn retarget(&mut self, ledger: &LedgerKey, id: EventId, mapped: Mapped) -> bool {
        let former = self.target.as_ref();
        let replaces = former
            .is_none_or(|former| former.id != id && mapped.modified >= former.mapped.modified);
        if replaces {
            let is_elsewhere = mapped.ledger != *ledger;
            let mapped = match is_elsewhere {
                true => left(mapped, former.map(|former| &former.mapped)),
                false => mapped,
            };
            self.target = Some(Target {
                id,
                mapped,
                is_elsewhere,
            });
        }
        replaces
    }

    fn is_elsewhere(&self) -> bool {
        self.target.as_ref().is_some_and(|it| it.is_elsewhere)
    }

    fn is_refused(&self) -> bool {
        let target = self.target.as_ref().map(|target| target.id);
        self.rejected.is_some() && self.rejected == target
    }

    /// What the ledger should hold. `taken` is what the refunds of an order have
    /// taken back: an order that no longer counts gives back only the rest.
    fn wanted(&self, taken: &Holdings) -> Option<Holdings> {
        let Some(target) = &self.target else {
            return Some(self.holdings.clone());
        };
        match target.mapped.recognition {
            Recognition::Hold => Some(self.holdings.clone()),
            _ if target.is_elsewhere => Some(Holdings::default()),
            Recognition::Recognised => Holdings::default().with(&target.mapped.journal),
            Recognition::NotRecognised => Holdings::default().plus(taken, -1),
        }
    }

    /// The journal that brings the books to the target, if one is missing.
    fn draft(
        &self,
        taken: &Holdings,
        original: Option<&JournalKey>,
    ) -> Result<Option<Draft>, JournalError> {
        let Some(target) = &self.target else {
            return Ok(None);
        };
        if self.in_flight || self.is_refused() || self.held {
            return Ok(None);
        }
        let mapped = &target.mapped;
        let missing = self
            .wanted(taken)
            .and_then(|wanted| wanted.plus(&self.holdings, -1))
            .ok_or_else(|| too_large(&self.key))?;
        let memo = format!("Change of {}", self.key);
        let recognised = mapped.recognition == Recognition::Recognised && !target.is_elsewhere;
        let first = self.posted == 0;
        // With nothing in the books, the difference is the target: then its own
        // lines say more than one sum per account. They are due even if the sums
        // come to nothing, as for a gift certificate that was paid with another.
        let untouched = recognised && self.holdings.is_empty();
        let journal = match missing.journal(&memo)? {
            Some(_) if untouched => mapped.journal.clone(),
            Some(difference) => difference,
            None if untouched && first && !mapped.journal.is_empty() => mapped.journal.clone(),
            None => return Ok(None),
        };
        let kind = match (recognised, first, self.key.refund) {
            (false, ..) => PostingKind::Reversal,
            (true, true, None) => PostingKind::Original,
            (true, true, Some(_)) => PostingKind::Refund,
            (true, false, _) => PostingKind::Adjustment,
        };
        let date = if first {
            mapped.accounting_date
        } else {
            mapped.change_date
        };
        Ok(Some(Draft {
            entity: self.key.clone(),
            key: self.key.journal_key(self.posted + 1),
            kind,
            target: target.id,
            date,
            original: self.first_journal.clone().or_else(|| original.cloned()),
            conversion: mapped.conversion.clone(),
            summary: summary_on(mapped, date),
            journal,
        }))
    }
}

/// A target in another ledger, as the ledger keeps it that the entity has left: without
/// the journal, which is not its own, but with what it converts and sums up by.
fn left(mapped: Mapped, former: Option<&Mapped>) -> Mapped {
    Mapped {
        journal: Journal::empty(mapped.journal.currency()),
        conversion: former.and_then(|former| former.conversion.clone()),
        summary: former.and_then(|former| former.summary.clone()),
        ..mapped
    }
}

/// The rule that a journal of this date is summed up by, if it is.
pub fn summary_on(mapped: &Mapped, date: Date) -> Option<SummaryRule> {
    mapped.summary.clone().filter(|rule| date >= rule.from)
}

impl Family {
    /// The journals that may be posted now, at most one for each entity.
    ///
    /// A refund never overtakes its order, an order that no longer counts waits
    /// for refunds that are on their way, and a refund of such an order that was
    /// not posted before stays out: the order's reversal has given it back. An order
    /// that is held holds its refunds. When an order went to another ledger, it and
    /// those of its refunds that followed it are taken back, each for itself.
    pub fn due(&self) -> Result<Vec<Draft>, JournalError> {
        let Some(order) = &self.order else {
            return Ok(Vec::new());
        };
        if order.held {
            return Ok(Vec::new());
        }
        let has_left = order.is_elsewhere();
        let nothing = Holdings::default();
        let mut taken = Holdings::default();
        for refund in &self.refunds {
            let sum = taken.plus(&refund.holdings, 1);
            taken = sum.ok_or_else(|| too_large(&refund.key))?;
        }
        let recognition = order.target.as_ref().map(|it| it.mapped.recognition);
        let refund_under_way = self.refunds.iter().any(|refund| refund.in_flight);
        if recognition == Some(Recognition::NotRecognised) && !has_left && refund_under_way {
            return Ok(Vec::new());
        }
        if let Some(draft) = order.draft(&taken, None)? {
            return Ok(vec![draft]);
        }
        let settled = !order.in_flight
            && !order.is_refused()
            && match recognition {
                Some(_) if has_left => true,
                Some(Recognition::Recognised) => true,
                Some(Recognition::Hold) => order.posted > 0,
                Some(Recognition::NotRecognised) | None => false,
            };
        if !settled {
            return Ok(Vec::new());
        }
        let original = order.first_journal.as_ref();
        let refunds = self.refunds.iter();
        refunds
            .filter(|refund| !has_left || refund.is_elsewhere())
            .filter_map(|refund| refund.draft(&nothing, original).transpose())
            .collect()
    }
}

fn too_large(key: &EntityKey) -> JournalError {
    JournalError::Money(schemas::MoneyError::TooLarge(format!("what {key} holds")))
}

#[cfg(test)]
mod tests;
