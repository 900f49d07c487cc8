//! `refund.reversed`: a journal that gives money back is booked.

use super::{definition::Definition, journal_posted::Posted};
use crate::{About, EventId, LedgerKey, Reader, Writer};

/// The mark of `refund.reversed`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = Posted;
    type Key = LedgerKey;

    const TYPE: &'static str = "refund.reversed";
    const TITLE: &'static str =
        "A refund's or a reversal's journal is posted in Fusion, as read back";
    const WRITERS: &'static [Writer] = &[Writer::Poster];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &Posted) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &Posted) -> About {
        About::Entity(data.entity.clone())
    }

    fn cause(data: &Posted) -> Option<EventId> {
        Some(data.target)
    }

    fn id(data: &Posted, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &Posted) -> String {
        data.summary()
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<Posted>> {
        use crate::example::{mapped, order_key, refund_key};

        let cause = super::refund_received::example().event_id();
        let example = Posted {
            entity: refund_key(),
            key: refund_key().journal_key(1),
            kind: crate::PostingKind::Refund,
            target: mapped(refund_key()).event_id(cause),
            original: Some(order_key().journal_key(1)),
            ..super::journal_posted::example()
        };
        vec![example.into()]
    }
}
