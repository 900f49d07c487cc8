//! The single writer: collects what is waiting into a group, writes it as one
//! batch, syncs once, and only then answers everyone in the group.
//!
//! While one group is on its way to the disk the next one gathers, so an idle
//! log commits at once and a busy one shares each sync between many appends.

use std::{collections::HashMap, fs::File, sync::Arc, time::Duration};

use schemas::{EncodedEvent, EventId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    Appended, LogError, Offset, Position, Start, StreamId, keys, record,
    store::{self, Store},
    sync::Syncer,
    tip::{Tip, TipFile},
};

pub(crate) type Answer = Result<Vec<Appended>, LogError>;

pub(crate) enum Request {
    Append {
        events: Vec<EncodedEvent>,
        /// The offset at which the subject of the (only) event must end.
        expecting: Option<Offset>,
        /// The position of whoever has followed a stream up to the last of the events.
        followed: Option<Position>,
        reply: oneshot::Sender<Answer>,
    },
    /// A consumer has done everything up to here. Nobody waits: a position that
    /// is lost in a crash only means that a few events come again.
    Acknowledge { consumer: String, offset: Offset },
}

pub(crate) struct Committer {
    pub store: Store,
    pub file: File,
    pub syncer: Arc<dyn Syncer>,
    /// The id of the log, written with the first record.
    pub stream: StreamId,
    pub tip: Tip,
    pub tip_file: TipFile,
    pub durable: watch::Sender<Offset>,
    pub max_group: usize,
    pub linger: Duration,
}

/// What is written and synced together.
struct Group {
    batch: sled::Batch,
    tip: Tip,
    ids: HashMap<EventId, Offset>,
    subjects: HashMap<String, Offset>,
    /// Of consumers, by their names.
    positions: HashMap<String, Offset>,
    followed: Option<Position>,
    waiters: Vec<(oneshot::Sender<Answer>, Answer)>,
    events: usize,
}

impl Committer {
    /// Serves requests until the last handle of the log is dropped.
    pub(crate) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
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
            followed,
            waiters,
            ..
        } = group;
        if !ids.is_empty() || !positions.is_empty() || followed.is_some() {
            if self.tip.offset == Offset(0) {
                store::insert_stream_id(&mut batch, self.stream);
            }
            for (subject, offset) in &subjects {
                store::insert_offset(&mut batch, &keys::subject(subject), *offset);
            }
            for (consumer, offset) in &positions {
                store::insert_offset(&mut batch, &keys::position(consumer), *offset);
            }
            if let Some(position) = followed {
                store::insert_followed(&mut batch, position);
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
            followed: None,
            waiters: Vec::new(),
            events: 0,
        }
    }

    fn add(&mut self, store: &Store, request: Request) {
        match request {
            Request::Acknowledge { consumer, offset } => {
                // An acknowledgement that fails is one that is lost: events come again.
                let _ = self.acknowledge(store, consumer, offset);
            }
            Request::Append {
                events,
                expecting,
                followed,
                reply,
            } => {
                self.events += events.len();
                let answer = self.append_all(store, events, expecting, followed);
                self.waiters.push((reply, answer));
            }
        }
    }

    /// Moves a consumer on, never back.
    fn acknowledge(&mut self, store: &Store, consumer: String, to: Offset) -> Result<(), LogError> {
        let before = match self.positions.get(&consumer) {
            Some(&position) => position,
            None => store.position(&consumer)?,
        };
        if to > before {
            self.positions.insert(consumer, to);
        }
        Ok(())
    }

    fn append_all(
        &mut self,
        store: &Store,
        events: Vec<EncodedEvent>,
        expecting: Option<Offset>,
        followed: Option<Position>,
    ) -> Answer {
        let ahead = match followed {
            Some(position) => self.is_ahead(store, &position)?,
            None => false,
        };
        let appended = events
            .into_iter()
            .map(|event| self.append(store, event, expecting))
            .collect::<Answer>()?;
        if ahead {
            self.followed = followed;
        }
        Ok(appended)
    }

    /// Whether the position is beyond the one that the log has. It must be in the
    /// same stream.
    fn is_ahead(&self, store: &Store, position: &Position) -> Result<bool, LogError> {
        let before = match self.followed {
            Some(position) => Start::After(position),
            None => store.followed()?,
        };
        match before {
            Start::After(before) if before.stream != position.stream => {
                Err(LogError::OtherStream {
                    followed: before.stream,
                    sequence: before.sequence,
                    given: position.stream,
                })
            }
            before => Ok(position.sequence > before.sequence()),
        }
    }

    fn append(
        &mut self,
        store: &Store,
        event: EncodedEvent,
        expecting: Option<Offset>,
    ) -> Result<Appended, LogError> {
        let known = match self.ids.get(&event.id) {
            Some(&offset) => Some(offset),
            None => store.find(event.id)?,
        };
        if let Some(offset) = known {
            return Ok(Appended {
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
        let offset = self.tip.offset.next();
        let (record, hash) = record::encode(offset, &self.tip.hash, &event);
        store::insert_record(&mut self.batch, offset, &record);
        store::insert_offset(&mut self.batch, &keys::id(event.id), offset);
        self.ids.insert(event.id, offset);
        self.subjects.insert(event.subject, offset);
        self.tip = Tip { offset, hash };
        Ok(Appended {
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
