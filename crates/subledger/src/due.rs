//! What is still to post: target less balance, as journals.

use jiff::civil::Date;
use schemas::{
    Conversion, EntityKey, EventId, Journal, JournalKey, LedgerKey, PostingKind, Recognition,
    SummaryRule,
};

use crate::{Balance, Family, Lifecycle, Member, balance::BalanceError};

/// What is to post of an order or refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The order or refund.
    pub entity: EntityKey,
    /// What its next journal is called.
    pub key: JournalKey,
    /// What the journal does.
    pub kind: PostingKind,
    /// The mapped event.
    pub target: EventId,
    /// The day it is for.
    pub date: Date,
    /// The journal that it adjusts or reverses; for a refund, its order's.
    pub original: Option<JournalKey>,
    /// How a foreign currency is turned into the ledger's.
    pub conversion: Option<Conversion>,
    /// It goes into a summary of its date's day.
    pub summary: Option<SummaryRule>,
    amount: Missing,
}

/// A journal that is to be posted, not yet placed in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The order or refund.
    pub entity: EntityKey,
    /// What the journal is called.
    pub key: JournalKey,
    /// What it does.
    pub kind: PostingKind,
    /// The mapped event.
    pub target: EventId,
    /// The day it is for.
    pub date: Date,
    /// The journal that it adjusts or reverses; for a refund, its order's.
    pub original: Option<JournalKey>,
    /// How a foreign currency is turned into the ledger's.
    pub conversion: Option<Conversion>,
    /// It goes into a summary of its date's day.
    pub summary: Option<SummaryRule>,
    /// Its lines.
    pub journal: Journal,
}

/// What a ledger lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It holds what it should.
    Nothing,
    /// Nothing of the target is booked: its own lines say more than one sum per
    /// account. They are due even if they come to nothing, as for a gift certificate
    /// that was paid with another.
    Whole,
    Difference(Balance),
}

impl Due {
    /// Its journal is that of the target as it was mapped, which is not kept here.
    pub fn is_whole(&self) -> bool {
        matches!(self.amount, Missing::Whole)
    }

    /// The journal, where it is not the target's own.
    ///
    /// # Errors
    /// The difference is no journal, or is none since the target's own is due.
    pub fn difference(&self) -> Result<Journal, BalanceError> {
        match &self.amount {
            Missing::Difference(balance) => balance.journal(&format!("Change of {}", self.entity)),
            Missing::Nothing | Missing::Whole => Err(BalanceError::Zero),
        }
    }

    /// With its journal.
    pub fn draft(self, journal: Journal) -> Draft {
        Draft {
            entity: self.entity,
            key: self.key,
            kind: self.kind,
            target: self.target,
            date: self.date,
            original: self.original,
            conversion: self.conversion,
            summary: self.summary,
            journal,
        }
    }
}

/// The rule that a journal of this date is summed up by, if it is.
pub fn summary_on(rule: Option<&SummaryRule>, date: Date) -> Option<SummaryRule> {
    rule.filter(|rule| date >= rule.from).cloned()
}

impl Lifecycle {
    /// What a ledger lacks of the target. `taken` is what it holds for the refunds of
    /// an order: one that no longer counts gives back only the rest. None if a sum
    /// leaves 64 bits.
    pub(crate) fn missing(&self, ledger: &LedgerKey, taken: &Balance) -> Option<Missing> {
        let Some(target) = &self.target else {
            return Some(Missing::Nothing);
        };
        let balance = self.balance(ledger);
        let is_recognised = target.is_recognised && target.ledger == *ledger;
        let wanted = match target.ledger == *ledger {
            false => Balance::default(),
            true if is_recognised => target.balance.clone(),
            true => Balance::default().minus(taken)?,
        };
        let missing = wanted.minus(&balance)?;
        let is_untouched = is_recognised && balance.is_zero();
        let is_first = self.holding(ledger).is_none_or(|it| it.journals.is_empty());
        Some(match missing.is_zero() {
            false if is_untouched => Missing::Whole,
            false => Missing::Difference(missing),
            true if is_untouched && is_first && target.nets_to_nothing => Missing::Whole,
            true => Missing::Nothing,
        })
    }
}

impl Member {
    /// What is to post of it in a ledger, if nothing of its own is in the way.
    fn due(
        &self,
        ledger: &LedgerKey,
        taken: &Balance,
        original: Option<&JournalKey>,
    ) -> Result<Option<Due>, BalanceError> {
        let lifecycle = &self.lifecycle;
        let Some(target) = lifecycle
            .target
            .as_ref()
            .filter(|_| lifecycle.undecided.is_none())
        else {
            return Ok(None);
        };
        let nothing = Default::default();
        let holding = lifecycle.holding(ledger).unwrap_or(&nothing);
        if holding.is_in_flight() || holding.rejection.is_some() || holding.is_held {
            return Ok(None);
        }
        let missing = lifecycle.missing(ledger, taken);
        let amount = match missing.ok_or(BalanceError::TooLarge)? {
            Missing::Nothing => return Ok(None),
            amount => amount,
        };
        let is_recognised = target.is_recognised && target.ledger == *ledger;
        let first = holding.first_journal();
        let kind = match (is_recognised, first, self.key.refund) {
            (false, ..) => PostingKind::Reversal,
            (true, None, None) => PostingKind::Original,
            (true, None, Some(_)) => PostingKind::Refund,
            (true, Some(_), _) => PostingKind::Adjustment,
        };
        let date = match first {
            None => target.date,
            Some(_) => target.change_date,
        };
        let number = u32::try_from(holding.journals.len()).unwrap_or(u32::MAX);
        Ok(Some(Due {
            entity: self.key.clone(),
            key: self.key.journal_key(number.saturating_add(1)),
            kind,
            target: target.id,
            date,
            original: first.or(original).cloned(),
            conversion: holding.conversion.clone(),
            summary: summary_on(holding.summary.as_ref(), date),
            amount,
        }))
    }
}

impl Family {
    /// What may be posted now in a ledger, at most one journal for each of them.
    ///
    /// A refund never overtakes its order, an order that no longer counts waits
    /// for refunds that are on their way, and a refund of such an order that was
    /// not posted before stays out: the order's reversal has given it back. An order
    /// that is held holds its refunds. When an order went to another ledger, it and
    /// those of its refunds that followed it are taken back, each for itself.
    ///
    /// # Errors
    /// A sum leaves 64 bits.
    pub fn due(&self, ledger: &LedgerKey) -> Result<Vec<Due>, BalanceError> {
        let Some(order) = &self.order else {
            return Ok(Vec::new());
        };
        let nothing = Default::default();
        let holding = order.lifecycle.holding(ledger).unwrap_or(&nothing);
        let is_in_flight = |refund: &Member| {
            let holding = refund.lifecycle.holding(ledger);
            holding.is_some_and(|it| it.is_in_flight())
        };
        if holding.is_held || self.is_out(ledger) && self.refunds.iter().any(is_in_flight) {
            return Ok(Vec::new());
        }
        let taken = self.taken(ledger).ok_or(BalanceError::TooLarge)?;
        if let Some(due) = order.due(ledger, &taken, None)? {
            return Ok(vec![due]);
        }
        let has_left = order.lifecycle.is_elsewhere(ledger);
        let is_settled = !holding.is_in_flight()
            && holding.rejection.is_none()
            && match order.lifecycle.recognition() {
                Some(_) if has_left => true,
                Some(Recognition::Recognised) => true,
                Some(Recognition::Hold) => !holding.journals.is_empty(),
                Some(Recognition::NotRecognised) | None => false,
            };
        if !is_settled {
            return Ok(Vec::new());
        }
        let follows = |refund: &&Member| !has_left || refund.lifecycle.is_elsewhere(ledger);
        let refunds = self.refunds.iter().filter(follows);
        refunds
            .filter_map(|refund| {
                let original = holding.first_journal();
                refund
                    .due(ledger, &Balance::default(), original)
                    .transpose()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
