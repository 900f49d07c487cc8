//! `refund.mapped`: the target of a refund.

use super::{definition::Definition, order_mapped::Mapped};
use crate::{About, EventId, LedgerKey, Reader, Writer};

/// The mark of `refund.mapped`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = Mapped;
    type Key = LedgerKey;

    const TYPE: &'static str = "refund.mapped";
    const TITLE: &'static str = "What the ledger should hold for a refund";
    const WRITERS: &'static [Writer] = &[Writer::Mapper];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &Mapped) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &Mapped) -> About {
        About::Entity(data.entity.clone())
    }

    fn id(data: &Mapped, cause: Option<EventId>) -> EventId {
        data.id(cause)
    }

    fn summary(data: &Mapped) -> String {
        data.summary()
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<Mapped>> {
        use crate::example::{Example, amount, journal, mapped, refund_key};

        let cause = super::refund_received::example().event_id();
        let example = Mapped {
            value: amount("48.6"),
            journal: journal().reversed(),
            ..mapped(refund_key())
        };
        vec![Example::after(cause, example)]
    }
}
