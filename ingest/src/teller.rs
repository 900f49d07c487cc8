//! Tells the stream the states of one store's orders and refunds: each once, in an order
//! that both ways into ingest share.
//!
//! What was told last is known from the stream itself. Of what this process publishes
//! it knows by the receipt; whenever that is not so (at the start, and when it is not
//! known whether a publication came through) the stream is read on first. So whoever
//! comes after a crash finds the same predecessor, and gives the same state the same id.

use std::{collections::HashMap, time::Duration};

use schemas::{EncodedEvent, EventType, Subjects};
use stream::{Sequence, Stream, StreamError};
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    chain::{Chain, Link, News, State},
    chain_file::{ChainFileError, StoreChains},
    draft::Draft,
    events, metrics,
};

/// How many events are read at once.
const READ: usize = 500;
/// How long the stream may take to hand out what it says it has.
const PATIENCE: Duration = Duration::from_secs(5);
/// After how many publications the place is moved on by reading them back: the most
/// that a restart has to read of them again.
const READ_BACK: usize = 5_000;
/// What an event's headers, its cause and what it follows take beyond it at most, in
/// bytes: they count as part of the message.
const HEADERS: usize = 4096;
/// For how many chains it is kept when they were asked for last, at least.
const CAPACITY: usize = 20_000;

/// It could not be made sure that a state is told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TellError {
    #[error("the events could not be made durable")]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Chains(#[from] ChainFileError),
}

/// One store's way to the stream.
pub(crate) struct Teller {
    stream: Stream,
    chains: StoreChains,
    // Held from judging to knowing the receipts: nobody judges by what is on its way.
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    /// All that is in the stream is in the file.
    is_known: bool,
    /// Publications since they were last read back.
    since_read: usize,
    asked: Asked,
}

/// The request that each chain's last state was answered to, numbered in their order.
/// Two states of one second can be told by it. After a restart none is under way.
#[derive(Default)]
struct Asked {
    young: HashMap<Chain, u64>,
    old: HashMap<Chain, u64>,
}

impl Teller {
    pub(crate) fn new(stream: Stream, chains: StoreChains) -> Teller {
        Teller {
            stream,
            chains,
            told: Mutex::default(),
        }
    }

    /// The state as the stream takes it, and its size in bytes: one that is too large for
    /// an event is parked.
    pub(crate) fn fitting(&self, draft: Draft) -> (Draft, usize) {
        let size = |draft: &Draft| draft.following(None).encode().bytes.len();
        let bytes = size(&draft);
        if bytes <= self.stream.max_event().saturating_sub(HEADERS) {
            return (draft, bytes);
        }
        let parked = events::oversized(draft, bytes);
        let bytes = size(&parked);
        (parked, bytes)
    }

    /// Tells those that are news, all answers to the request of this number; returns
    /// when they are durable.
    pub(crate) async fn tell(&self, drafts: &[Draft], asked: u64) -> Result<(), TellError> {
        if drafts.is_empty() {
            return Ok(());
        }
        let mut told = self.known().await?;
        let mut last = self.chains.last(drafts.iter().map(|it| &it.chain)).await?;
        let (mut events, mut news) = (Vec::new(), Vec::new());
        for draft in drafts {
            let follows = match told.news(draft, asked, &last) {
                News::Following(follows) => follows,
                News::Copy => {
                    told.asked.note(&draft.chain, asked);
                    continue;
                }
                News::Late => continue,
            };
            let event = draft.following(follows);
            let link = Link {
                event: event.id,
                follows,
                modified: draft.modified,
            };
            last.insert(draft.chain.clone(), link);
            news.push((draft.chain.clone(), link));
            told.asked.note(&draft.chain, asked);
            events.push(event.encode());
        }
        if events.is_empty() {
            return Ok(());
        }
        // Unless all of what follows is seen to its end, nobody knows what came through.
        told.is_known = false;
        self.publish(events).await?;
        self.chains.keep(&news).await?;
        told.since_read += news.len();
        told.is_known = told.since_read < READ_BACK;
        Ok(())
    }

    /// Whether a state is the one that was told last, or older.
    pub(crate) async fn has_told(&self, draft: &Draft, asked: u64) -> Result<bool, TellError> {
        let told = self.known().await?;
        let last = self.chains.last([&draft.chain]).await?;
        Ok(!matches!(
            told.news(draft, asked, &last),
            News::Following(_)
        ))
    }

    async fn publish(&self, events: Vec<EncodedEvent>) -> Result<(), TellError> {
        let of = |event: &EncodedEvent| (event.id, event.event_type());
        let told: Vec<_> = events.iter().map(of).collect();
        let receipts = self.stream.publish_all(events).await?;
        let store = self.chains.store.as_str();
        for ((id, kind), receipt) in told.into_iter().zip(receipts) {
            if receipt.duplicate {
                continue;
            }
            if let Some(kind) = kind {
                metrics::PUBLISHED.add([store, kind.as_str()], 1);
            }
            tracing::debug!(
                event = %id,
                kind = kind.map(EventType::as_str),
                sequence = %receipt.sequence,
                "published"
            );
        }
        Ok(())
    }

    /// What was told, once all of it is known.
    async fn known(&self) -> Result<MutexGuard<'_, Told>, TellError> {
        let mut told = self.told.lock().await;
        if !told.is_known {
            self.read_on().await?;
            told.since_read = 0;
            told.is_known = true;
        }
        Ok(told)
    }

    /// Reads what the stream has of this store since the place.
    async fn read_on(&self) -> Result<(), TellError> {
        let start = self.chains.place().await?;
        self.stream.check(start).await?;
        let subjects: Vec<Subjects> = State::TYPES
            .iter()
            .map(|kind| Subjects::of(*kind, &self.chains.store))
            .collect();
        let subjects: Vec<&str> = subjects.iter().map(Subjects::pattern).collect();
        let mut end = Sequence(0);
        for subject in &subjects {
            end = end.max(self.stream.last_sequence_on(subject).await?);
        }
        let mut reached = start.sequence();
        if reached >= end {
            return Ok(());
        }
        let mut reader = self.stream.reader(start, &subjects).await?;
        while reached < end {
            let batch = reader.next_batch(READ, PATIENCE).await?;
            let Some(last) = batch.last() else {
                let late =
                    format!("events up to {end} of it are there, and none came after {reached}");
                return Err(StreamError::Unavailable(late).into());
            };
            reached = last.sequence;
            self.chains.follow(&batch).await?;
        }
        Ok(())
    }
}

impl Told {
    fn news(&self, draft: &Draft, asked: u64, last: &HashMap<Chain, Link>) -> News {
        let is_late = self.asked.of(&draft.chain).is_some_and(|it| asked < it);
        let last = last.get(&draft.chain);
        News::of(|follows| draft.id(follows), draft.modified, last, is_late)
    }
}

impl Asked {
    fn of(&self, chain: &Chain) -> Option<u64> {
        self.young
            .get(chain)
            .or_else(|| self.old.get(chain))
            .copied()
    }

    fn note(&mut self, chain: &Chain, asked: u64) {
        if self.young.len() >= CAPACITY {
            self.old = std::mem::take(&mut self.young);
        }
        let newest = self.of(chain).map_or(asked, |it| it.max(asked));
        self.young.insert(chain.clone(), newest);
    }
}

#[cfg(test)]
mod tests;
