//! `refund.parked`: a refund that could not be read or mapped.

use super::{definition::Definition, order_parked::Parked};
use crate::{About, EventId, Reader, StoreKey, Writer};

/// The mark of `refund.parked`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = Parked;
    type Key = StoreKey;

    const TYPE: &'static str = "refund.parked";
    const TITLE: &'static str =
        "A refund that could not be read or mapped, and what would release it";
    const WRITERS: &'static [Writer] = &[Writer::Ingest, Writer::Mapper];
    const READERS: &'static [Reader] = &[Reader::Ingest];

    fn key(data: &Parked) -> &StoreKey {
        &data.entity.store
    }

    fn about(data: &Parked) -> About {
        About::Entity(data.entity.clone())
    }

    fn id(data: &Parked, cause: Option<EventId>) -> EventId {
        data.id(cause)
    }

    fn summary(data: &Parked) -> String {
        data.summary()
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<Parked>> {
        let example = Parked {
            entity: crate::example::refund_key(),
            stage: super::Stage::Ingest,
            code: "malformed".into(),
            modified: None,
            date: None,
            value: None,
            currency: None,
            rule_set: None,
            engine: None,
            body: Some(crate::Digest::of(b"refund")),
            ..super::order_parked::example()
        };
        vec![example.into()]
    }
}
