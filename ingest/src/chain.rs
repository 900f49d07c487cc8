//! The events of an order or refund as ingest tells them, each following the one
//! before. Pure.
//!
//! A state that comes back is no copy: an order that is paid, cancelled and paid again
//! within a second has three events. So an event's id is made of its state and of the
//! event before it, and what is told next follows from the chain's last link alone.

use jiff::Timestamp;
use schemas::{Digest, EntityKey, Event, EventId, OrderId, RefundId, Stage};

schemas::concern! {
    /// What ingest tells of orders and refunds.
    pub(crate) enum State { OrderReceived, RefundReceived, OrderParked, RefundParked }
}

/// The number under which a record is parked whose own cannot be read.
pub(crate) const UNNUMBERED: OrderId = OrderId(0);

/// Whose chain it is: an order's or refund's. A record whose number cannot be read is
/// one of its own, by what the store answered: two of them are not states of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Chain {
    name: String,
    is_numbered: bool,
}

/// The last event of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub event: EventId,
    /// The one before it.
    pub follows: Option<EventId>,
    /// The store's time of the last change; none where it could not be read.
    pub modified: Option<Timestamp>,
}

/// What a state is to its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// It is to be told, after this event.
    Following(Option<EventId>),
    /// It is the state of the last link.
    Copy,
    /// A newer one was told already.
    Late,
}

impl Chain {
    /// The chain of a state; `body` is that of an answer that could not be read.
    pub(crate) fn of(entity: &EntityKey, body: Option<&Digest>) -> Chain {
        let is_numbered = entity.order != UNNUMBERED && entity.refund != Some(RefundId(0));
        let name = match body {
            Some(body) if !is_numbered => format!("{entity} {body}"),
            _ => entity.to_string(),
        };
        Chain { name, is_numbered }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether the store can be asked for what it is of.
    pub(crate) fn is_numbered(&self) -> bool {
        self.is_numbered
    }
}

impl Link {
    /// The link that an event is, and of which chain; none if it is not ingest's.
    pub(crate) fn of(event: &Event) -> Option<(Chain, Link)> {
        let (chain, follows, modified) = match State::of(&event.payload)? {
            State::OrderReceived(it) => (
                Chain::of(&it.order.entity(), None),
                it.follows,
                Some(it.order.modified),
            ),
            State::RefundReceived(it) => (
                Chain::of(&it.entity(), None),
                it.follows,
                Some(it.modified()),
            ),
            State::OrderParked(it) | State::RefundParked(it) => match it.stage {
                Stage::Ingest => (
                    Chain::of(&it.entity, it.body.as_ref()),
                    it.follows,
                    it.modified,
                ),
                Stage::Mapper => return None,
            },
        };
        let link = Link {
            event: event.id,
            follows,
            modified,
        };
        Some((chain, link))
    }

    /// Whether this one, which stands after `last` in the stream, is the chain's last.
    /// One that is older by the store's time is no reader's newest either.
    pub(crate) fn comes_after(&self, last: &Link) -> bool {
        self.event != last.event && !is_older(self.modified, last.modified)
    }
}

impl News {
    /// What a state is to the chain that ends at `last`. `id` is that of its event if it
    /// follows what it is given; `is_late`: it was asked for before the last was.
    pub(crate) fn of(
        id: impl Fn(Option<EventId>) -> EventId,
        modified: Option<Timestamp>,
        last: Option<&Link>,
        is_late: bool,
    ) -> News {
        let Some(last) = last else {
            return News::Following(None);
        };
        // In the place of the last link it would be that very event.
        if id(last.follows) == last.event {
            return News::Copy;
        }
        let is_newer = is_older(last.modified, modified);
        match is_older(modified, last.modified) || (is_late && !is_newer) {
            true => News::Late,
            false => News::Following(Some(last.event)),
        }
    }
}

/// By the store's times, which are in whole seconds; without both, that is not known.
fn is_older(one: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one < other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(state: &str, follows: Option<EventId>) -> EventId {
        let follows = follows.map(|id| id.to_string());
        EventId::derive(&[state, follows.as_deref().unwrap_or_default()])
    }

    fn second(second: i64) -> Option<Timestamp> {
        Some(Timestamp::from_second(second).unwrap())
    }

    fn news(state: &str, at: Option<Timestamp>, last: &Link, is_late: bool) -> News {
        News::of(|follows| id(state, follows), at, Some(last), is_late)
    }

    #[test]
    fn a_state_that_comes_back_is_no_copy() {
        let first = News::of(|follows| id("a", follows), second(10), None, false);
        assert_eq!(first, News::Following(None));
        let a = Link {
            event: id("a", None),
            follows: None,
            modified: second(10),
        };
        assert_eq!(news("a", second(10), &a, false), News::Copy);
        assert_eq!(
            news("b", second(10), &a, false),
            News::Following(Some(a.event))
        );
        let b = Link {
            event: id("b", Some(a.event)),
            follows: Some(a.event),
            modified: second(10),
        };
        assert_eq!(news("b", second(10), &b, false), News::Copy);
        assert_eq!(
            news("a", second(10), &b, false),
            News::Following(Some(b.event))
        );
        assert_ne!(id("a", Some(b.event)), a.event);
    }

    #[test]
    fn what_is_older_or_was_asked_for_before_is_late() {
        let last = Link {
            event: id("b", None),
            follows: None,
            modified: second(10),
        };
        let following = News::Following(Some(last.event));
        assert_eq!(news("a", second(9), &last, false), News::Late);
        assert_eq!(news("a", second(10), &last, true), News::Late);
        assert_eq!(news("a", second(11), &last, true), following);
        // Without a time there is only the order of our requests to go by.
        assert_eq!(news("a", None, &last, true), News::Late);
        assert_eq!(news("a", None, &last, false), following);
    }

    #[test]
    fn records_without_a_number_are_each_their_own() {
        let (one, other) = (Digest::of(b"1"), Digest::of(b"2"));
        let unnumbered = EntityKey::order("us".parse().unwrap(), UNNUMBERED);
        let order = EntityKey::order("us".parse().unwrap(), OrderId(7));
        assert_ne!(
            Chain::of(&unnumbered, Some(&one)),
            Chain::of(&unnumbered, Some(&other))
        );
        assert_eq!(Chain::of(&order, Some(&one)), Chain::of(&order, None));
    }
}
