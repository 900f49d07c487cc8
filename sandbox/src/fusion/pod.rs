//! The whole pod behind one lock, and the passing of its time.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

use super::assertion::Assertions;
use super::config::{AutoPost, FusionConfig};
use super::faults::{Faults, Operation};
use super::gl::GeneralLedger;
use super::interface::Interface;
use super::jobs::{Scheduler, Step, later};
use super::tokens::Tokens;
use super::world::World;

/// Document identifiers start here.
const FIRST_DOCUMENT: u64 = 11_300_001;

/// A file in the content server.
#[derive(Debug)]
pub(super) struct Document {
    /// Account it was put in.
    pub account: String,
    /// File name.
    pub name: String,
    /// The zip.
    pub content: Vec<u8>,
}

/// The state of the stand-in.
#[derive(Debug)]
pub(super) struct Pod {
    /// Settings, some of which can be changed while it runs.
    pub config: FusionConfig,
    /// Setup.
    pub world: World,
    /// Uploaded files by identifier.
    pub documents: BTreeMap<u64, Document>,
    /// Rows waiting or stuck.
    pub interface: Interface,
    /// Batches.
    pub gl: GeneralLedger,
    /// Scheduled processes.
    pub jobs: Scheduler,
    /// Access tokens.
    pub tokens: Tokens,
    /// User assertions that were used.
    pub assertions: Assertions,
    /// Every assertion that came in, also what was refused.
    pub assertions_seen: Vec<String>,
    /// Faults that are on.
    pub faults: Faults,
    /// Calls by operation.
    pub calls: BTreeMap<Operation, u64>,
    /// Calls beyond the limit, which were answered with 429.
    pub throttled: u64,
    /// The minute of the last call, counted since the epoch, and its calls so far.
    minute: (i64, u32),
    started: Timestamp,
}

impl Pod {
    /// A fresh pod.
    pub(super) fn new(config: FusionConfig) -> Self {
        let now = config.clock.now();
        let today = config
            .today
            .unwrap_or_else(|| now.to_zoned(TimeZone::UTC).date());
        Self {
            world: World::new(today, config.seed),
            documents: BTreeMap::new(),
            interface: Interface::default(),
            gl: GeneralLedger::default(),
            jobs: Scheduler::new(config.job_duration),
            tokens: Tokens::new(config.seed),
            assertions: Assertions::default(),
            assertions_seen: Vec::new(),
            faults: Faults::default(),
            calls: BTreeMap::new(),
            throttled: 0,
            minute: (0, 0),
            started: now,
            config,
        }
    }

    /// Counts a call; if it is beyond the limit, the seconds until it would not be.
    pub(super) fn is_too_much(&mut self) -> Option<u64> {
        let limit = self.config.calls_per_minute?;
        let now = self.now().as_second();
        let minute = now.div_euclid(60);
        if self.minute.0 != minute {
            self.minute = (minute, 0);
        }
        self.minute.1 += 1;
        if self.minute.1 <= limit {
            return None;
        }
        self.throttled += 1;
        Some(60 - now.rem_euclid(60).unsigned_abs())
    }

    /// The pod's time.
    pub(super) fn now(&self) -> Timestamp {
        self.config.clock.now()
    }

    /// Lets everything happen that is due by now, in order.
    pub(super) fn advance(&mut self, now: Timestamp) {
        while let Some((at, step)) = self.jobs.due(now) {
            self.perform(step, at);
        }
    }

    /// Stores a file and returns its identifier.
    pub(super) fn store(&mut self, document: Document) -> u64 {
        let id = FIRST_DOCUMENT + self.documents.len() as u64;
        self.documents.insert(id, document);
        id
    }

    /// Puts the next scheduled AutoPost on the agenda, if there is a schedule.
    /// Called whenever there may be something new to post.
    pub(super) fn plan_autopost(&mut self, at: Timestamp) {
        match self.config.autopost {
            AutoPost::Off => {}
            AutoPost::Immediately => self.jobs.schedule(at, Step::AutoPost),
            AutoPost::EveryMs(every) => {
                let every = i64::try_from(every).unwrap_or(i64::MAX).max(1);
                let elapsed = at.as_millisecond() - self.started.as_millisecond();
                let wait = every - elapsed.rem_euclid(every);
                let wait = Duration::from_millis(wait.unsigned_abs());
                self.jobs.schedule(later(at, wait), Step::AutoPost);
            }
        }
    }

    /// Runs AutoPost; returns how many batches were posted.
    pub(super) fn autopost(&mut self, at: Timestamp) -> usize {
        self.gl.autopost(
            &self.config.autopost_source,
            self.config.approval_required,
            &self.world,
            at,
        )
    }
}
