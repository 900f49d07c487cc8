//! Answers that are doubted: one that cannot be read, or says that there is nothing, may
//! be right a moment later. So it is asked for again before anything is parked for it.
//! The store answers from copies of its data that lag behind the change a webhook told of.

use std::{collections::BTreeSet, time::Duration};

use schemas::OrderId;

use crate::{
    draft::{Draft, Says},
    events::code,
    teller::{TellError, Teller},
};

/// The pauses before it is asked again. Whoever waits behind is held up by all of them,
/// at most; what comes right later is seen by the poller.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// How often it can still be asked again.
pub(crate) struct Patience(std::array::IntoIter<Duration, 3>);

/// What the store answered, by whether it is believed.
pub(crate) struct Doubts {
    pub certain: Vec<Draft>,
    /// The orders, or those of the refunds, to be asked for again.
    pub orders: BTreeSet<OrderId>,
}

impl Default for Patience {
    fn default() -> Self {
        Patience(PAUSES.into_iter())
    }
}

impl Patience {
    /// Waits before the next time.
    pub(crate) async fn pause(&mut self) {
        if let Some(pause) = self.0.next() {
            tokio::time::sleep(pause).await;
        }
    }

    fn has_ended(&self) -> bool {
        self.0.len() == 0
    }
}

impl Doubts {
    /// Doubts what would be parked anew. What is parked so already has been asked for
    /// again then; what has no number cannot be; and what is too large stays so.
    pub(crate) async fn of(
        teller: &Teller,
        drafts: Vec<Draft>,
        asked: u64,
        patience: &Patience,
    ) -> Result<Doubts, TellError> {
        let mut doubts = Doubts {
            certain: Vec::with_capacity(drafts.len()),
            orders: BTreeSet::new(),
        };
        for draft in drafts {
            let order = match &draft.says {
                Says::Parked(it) if it.code == code::TOO_LARGE => None,
                Says::Parked(it) if draft.chain.is_numbered() => Some(it.entity.order),
                Says::Parked(_) | Says::Order(_) | Says::Refund(_) => None,
            };
            match order {
                Some(order) if !patience.has_ended() && !teller.has_told(&draft, asked).await? => {
                    doubts.orders.insert(order);
                }
                _ => doubts.certain.push(draft),
            }
        }
        Ok(doubts)
    }
}
