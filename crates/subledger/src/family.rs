//! An order and its refunds: what is to post of one depends on the others.

use schemas::{EntityKey, LedgerKey, Recognition};

use crate::{Balance, Lifecycle};

/// An order with its refunds, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Family {
    /// The order, once something is known of it.
    pub order: Option<Member>,
    /// In the order of their numbers.
    pub refunds: Vec<Member>,
}

/// An order or a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which order or refund.
    pub key: EntityKey,
    /// What is known of it.
    pub lifecycle: Lifecycle,
}

impl Family {
    /// The order and its refunds that are known.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.order.iter().chain(&self.refunds)
    }

    /// One of them.
    pub fn member(&self, key: &EntityKey) -> Option<&Member> {
        self.members().find(|member| member.key == *key)
    }

    /// One of them, to be changed.
    pub fn member_mut(&mut self, key: &EntityKey) -> Option<&mut Member> {
        let mut members = self.order.iter_mut().chain(&mut self.refunds);
        members.find(|member| member.key == *key)
    }

    /// Adds an order or refund that is not there yet.
    pub fn insert(&mut self, member: Member) -> &mut Member {
        match member.key.refund {
            None => self.order.insert(member),
            Some(_) => {
                let place = self.refunds.partition_point(|it| it.key < member.key);
                self.refunds.insert(place, member);
                &mut self.refunds[place]
            }
        }
    }

    /// What a ledger has booked for the refunds; none if a sum leaves 64 bits.
    pub(crate) fn taken(&self, ledger: &LedgerKey) -> Option<Balance> {
        let mut refunds = self.refunds.iter();
        refunds.try_fold(Balance::default(), |taken, refund| {
            match refund.lifecycle.holding(ledger) {
                Some(holding) => taken.plus(&holding.balance),
                None => Some(taken),
            }
        })
    }

    /// The order does not count in this ledger any more: its reversal gives back what
    /// its refunds have not, so that none of them is due.
    pub(crate) fn is_out(&self, ledger: &LedgerKey) -> bool {
        self.order.as_ref().is_some_and(|order| {
            order.lifecycle.recognition() == Some(Recognition::NotRecognised)
                && !order.lifecycle.is_elsewhere(ledger)
        })
    }
}
