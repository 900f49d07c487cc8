//! The single writer: collects what is waiting into a group, writes it as one
//! batch, syncs once, and only then answers everyone in the group.
//!
//! While one group is on its way to the disk the next one gathers, so an idle
//! log commits at once and a busy one shares each sync between many appends.

use std::{collections::HashMap, fs::File, sync::Arc, time::Duration};

use schemas::{EncodedEvent, EventId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    LogError, Receipt, keys, record,
    store::{self, Store},
    sync::Syncer,
    tip::{Tip, TipFile},
};

pub type Answer = Result<Vec<Receipt>, LogError>;

pub enum Request {
    Append {
        events: Vec<EncodedEvent>,
        /// The offset at which the subject of the (only) event must end.
        expecting: Option<u64>,
        /// The stream's sequence of the last of the events.
        stream_position: Option<u64>,
        reply: oneshot::Sender<Answer>,
    },
    /// A consumer has done everything up to here. Nobody waits: a position that
    /// is lost in a crash only means that a few events come again.
    Acknowledge { consumer: String, offset: u64 },
}

pub struct Committer {
    pub store: Store,
    pub file: File,
    pub syncer: Arc<dyn Syncer>,
    pub tip: Tip,
    pub tip_file: TipFile,
    pub durable: watch::Sender<u64>,
    pub max_group: usize,
    pub linger: Duration,
}

/// What is written and synced together.
struct Group {
    batch: sled::Batch,
    tip: Tip,
    ids: HashMap<EventId, u64>,
    subjects: HashMap<String, u64>,
    /// Positions by their keys: of consumers, and in the stream.
    positions: HashMap<Vec<u8>, u64>,
    waiters: Vec<(oneshot::Sender<Answer>, Answer)>,
    events: usize,
}

impl Committer {
    /// Serves requests until the last handle of the log is dropped.
    pub fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.blocking_recv() {
            let group = self.collect(first, &mut requests);
            if let Err(why) = self.commit(group) {
                tracing::error!(reason = %why, "the log could not be written and takes nothing more");
                // What the page cache holds after a failed sync is unknown, so
                // there is no going on: closing the channel fails every append.
                return refuse(requests, &why);
            }
        }
    }

    fn collect(&self, first: Request, requests: &mut mpsc::Receiver<Request>) -> Group {
        let mut group = Group::new(self.tip);
        group.add(&self.store, first);
        if !self.linger.is_zero() && group.events < self.max_group {
            std::thread::sleep(self.linger);
        }
        while group.events < self.max_group
            && let Ok(request) = requests.try_recv()
        {
            group.add(&self.store, request);
        }
        group
    }

    fn commit(&mut self, group: Group) -> Result<(), Arc<str>> {
        let Group {
            mut batch,
            tip,
            ids,
            subjects,
            positions,
            waiters,
            ..
        } = group;
        if !ids.is_empty() || !positions.is_empty() {
            for (subject, offset) in &subjects {
                store::insert_number(&mut batch, &keys::subject(subject), *offset);
            }
            for (key, position) in &positions {
                store::insert_number(&mut batch, key, *position);
            }
            if let Err(why) = self.write(batch, tip) {
                let why: Arc<str> = why.into();
                for (waiter, _) in waiters {
                    let _ = waiter.send(Err(LogError::Commit(why.clone())));
                }
                return Err(why);
            }
        }
        for (waiter, answer) in waiters {
            // A waiter that is gone does not care.
            let _ = waiter.send(answer);
        }
        Ok(())
    }

    fn write(&mut self, batch: sled::Batch, tip: Tip) -> Result<(), String> {
        self.store.write(batch)?;
        // sled's own flush never reaches the disk on Linux: it only asks for
        // the pages to be written out, without waiting for the device.
        self.syncer
            .sync(&self.file)
            .map_err(|error| format!("sync: {error}"))?;
        if tip != self.tip {
            self.tip = tip;
            self.tip_file
                .write(&tip)
                .map_err(|error| format!("tip: {error}"))?;
            self.durable.send_replace(tip.offset);
        }
        Ok(())
    }
}

impl Group {
    fn new(tip: Tip) -> Group {
        Group {
            batch: sled::Batch::default(),
            tip,
            ids: HashMap::new(),
            subjects: HashMap::new(),
            positions: HashMap::new(),
            waiters: Vec::new(),
            events: 0,
        }
    }

    fn add(&mut self, store: &Store, request: Request) {
        match request {
            Request::Acknowledge { consumer, offset } => {
                // An acknowledgement that fails is one that is lost: events come again.
                let _ = self.advance(store, keys::position(&consumer), offset);
            }
            Request::Append {
                events,
                expecting,
                stream_position,
                reply,
            } => {
                self.events += events.len();
                let mut answer = events
                    .into_iter()
                    .map(|event| self.append(store, event, expecting))
                    .collect::<Answer>();
                if let (Ok(_), Some(position)) = (&answer, stream_position)
                    && let Err(error) =
                        self.advance(store, keys::STREAM_POSITION.to_vec(), position)
                {
                    answer = Err(error);
                }
                self.waiters.push((reply, answer));
            }
        }
    }

    /// Moves a position on, never back.
    fn advance(&mut self, store: &Store, key: Vec<u8>, to: u64) -> Result<(), LogError> {
        let before = match self.positions.get(&key) {
            Some(&position) => position,
            None => store.number(&key)?.unwrap_or(0),
        };
        if to > before {
            self.positions.insert(key, to);
        }
        Ok(())
    }

    fn append(
        &mut self,
        store: &Store,
        event: EncodedEvent,
        expecting: Option<u64>,
    ) -> Result<Receipt, LogError> {
        let known = match self.ids.get(&event.id) {
            Some(&offset) => Some(offset),
            None => store.find(event.id)?,
        };
        if let Some(offset) = known {
            return Ok(Receipt {
                offset,
                duplicate: true,
            });
        }
        if let Some(expected) = expecting {
            let found = match self.subjects.get(&event.subject) {
                Some(&offset) => offset,
                None => store.last_on(&event.subject)?,
            };
            if found != expected {
                return Err(LogError::Conflict {
                    id: event.id,
                    subject: event.subject,
                    expected,
                    found,
                });
            }
        }
        let offset = self.tip.offset + 1;
        let (record, hash) = record::encode(offset, &self.tip.hash, &event);
        store::insert_record(&mut self.batch, offset, &record);
        store::insert_number(&mut self.batch, &keys::id(event.id), offset);
        self.ids.insert(event.id, offset);
        self.subjects.insert(event.subject, offset);
        self.tip = Tip { offset, hash };
        Ok(Receipt {
            offset,
            duplicate: false,
        })
    }
}

fn refuse(mut requests: mpsc::Receiver<Request>, why: &Arc<str>) {
    while let Some(request) = requests.blocking_recv() {
        if let Request::Append { reply, .. } = request {
            let _ = reply.send(Err(LogError::Commit(why.clone())));
        }
    }
}
