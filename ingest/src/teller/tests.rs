//! What is told of states that come, come back, come late and come to whoever crashed.

use std::collections::{BTreeMap, BTreeSet};

use ::tests::nats::NatsServer;
use bigcommerce::Malformed;
use eventlog::{EventLog, LogOptions, Offset};
use jiff::Timestamp;
use proptest::prelude::*;
use schemas::{Digest, EntityKey, EventId, OrderId, Payload, StoreKey};
use tempfile::TempDir;

use super::*;
use crate::{
    chain_file::ChainFile,
    events::{self, Obstacle},
};

/// All states are of this second, but for older ones.
const SECOND: i64 = 1_000;

fn store() -> StoreKey {
    "us".parse().unwrap()
}

/// A state by its number: what the store answers is told by the answer's digest.
fn draft(order: u64, state: u8, second: i64) -> Draft {
    let obstacle = Obstacle::Malformed(Malformed {
        body: Some(Digest::of(&[state])),
        modified: Some(Timestamp::from_second(second).unwrap()),
        ..Malformed::default()
    });
    let entity = EntityKey::order(store(), OrderId(order));
    events::parked(entity, &obstacle, None, Timestamp::UNIX_EPOCH)
}

fn teller(stream: &Stream, folder: &TempDir) -> Teller {
    let file = ChainFile::open(folder.path()).unwrap();
    Teller::new(stream.clone(), file.of(store()))
}

/// What happens to ingest and its store.
#[derive(Debug, Clone)]
enum Step {
    /// An order is read, by whichever way.
    Read { order: u64, state: u8 },
    /// An answer comes that was asked for before all others of this life.
    Late { order: u64, state: u8 },
    /// An answer comes that is older by the store's own time.
    Older { order: u64, state: u8 },
    /// Ingest dies and comes back.
    Restart,
    /// It dies after it has published, and before it could note anything.
    Crash { order: u64, state: u8 },
    /// Its file is lost.
    Loss,
}

fn step() -> impl Strategy<Value = Step> {
    let which = || (1..3u64, 0..3u8);
    prop_oneof![
        6 => which().prop_map(|(order, state)| Step::Read { order, state }),
        1 => which().prop_map(|(order, state)| Step::Late { order, state }),
        1 => which().prop_map(|(order, state)| Step::Older { order, state }),
        1 => Just(Step::Restart),
        1 => which().prop_map(|(order, state)| Step::Crash { order, state }),
        1 => Just(Step::Loss),
    ]
}

/// What must come of it, told without ids.
#[derive(Default)]
struct Model {
    last: BTreeMap<u64, u8>,
    /// Orders that were read since ingest started.
    read: BTreeSet<u64>,
    told: Vec<(u64, u8)>,
}

impl Model {
    fn tell(&mut self, order: u64, state: u8) {
        if self.last.insert(order, state) != Some(state) {
            self.told.push((order, state));
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Read { order, state } => {
                self.tell(order, state);
                self.read.insert(order);
            }
            Step::Late { order, state } if !self.read.contains(&order) => self.tell(order, state),
            Step::Late { .. } => {}
            // The answer that was parked last is a copy whatever its time, of which the
            // id of what is parked has none; and a copy confirms.
            Step::Older { order, state } if self.last.get(&order) == Some(&state) => {
                self.read.insert(order);
            }
            // The first that is known of an order is the newest.
            Step::Older { .. } => {}
            Step::Crash { order, state } => {
                self.tell(order, state);
                self.read.clear();
            }
            Step::Restart | Step::Loss => self.read.clear(),
        }
    }
}

async fn run(steps: &[Step]) -> Result<(), TestCaseError> {
    let home = tempfile::tempdir().unwrap();
    let log = EventLog::open(home.path(), LogOptions::default()).unwrap();
    let stream = Stream::embedded(log.clone());
    let mut folder = tempfile::tempdir().unwrap();
    let mut running = teller(&stream, &folder);
    let mut model = Model::default();
    // Each life of ingest counts its requests from 0.
    let mut asked = 1;
    for step in steps {
        let is_known = |order: &u64| model.last.contains_key(order);
        if matches!(step, Step::Older { order, .. } if !is_known(order)) {
            continue;
        }
        model.take(step);
        match *step {
            Step::Read { order, state } => {
                asked += 1;
                let drafts = [draft(order, state, SECOND)];
                running.tell(&drafts, asked).await.unwrap();
            }
            Step::Late { order, state } => {
                running
                    .tell(&[draft(order, state, SECOND)], 0)
                    .await
                    .unwrap();
            }
            Step::Older { order, state } => {
                asked += 1;
                let drafts = [draft(order, state, SECOND - 1)];
                running.tell(&drafts, asked).await.unwrap();
            }
            Step::Restart => running = teller(&stream, &folder),
            Step::Crash { order, state } => {
                // Whose file is not the one that is found after it.
                let lost = tempfile::tempdir().unwrap();
                let drafts = [draft(order, state, SECOND)];
                teller(&stream, &lost).tell(&drafts, 0).await.unwrap();
                running = teller(&stream, &folder);
            }
            Step::Loss => {
                folder = tempfile::tempdir().unwrap();
                running = teller(&stream, &folder);
            }
        }
    }
    let told = told(&log)?;
    let expected = model.told.iter();
    let expected: Vec<_> = expected
        .map(|(order, state)| (*order, Digest::of(&[*state])))
        .collect();
    prop_assert_eq!(told, expected);
    Ok(())
}

/// What the log says was told, each of which follows the one before of its order.
fn told(log: &EventLog) -> Result<Vec<(u64, Digest)>, TestCaseError> {
    let mut last: BTreeMap<u64, EventId> = BTreeMap::new();
    let mut told = Vec::new();
    for record in log.read(Offset(1), usize::MAX).unwrap() {
        let event = record.event.decode().unwrap();
        let Payload::OrderParked(parked) = event.payload else {
            unreachable!("{event:?}");
        };
        let order = parked.entity.order.0;
        prop_assert_eq!(parked.follows, last.insert(order, event.id));
        told.push((order, parked.body.unwrap()));
    }
    Ok(told)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn each_state_is_told_once_each_time_it_comes(
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(run(&steps))?;
    }
}

/// Paid, cancelled and paid again within a second, on a stream of either kind.
async fn comes_back(stream: &Stream) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let (webhook, poll) = (draft(7, 1, SECOND), draft(7, 1, SECOND));
    let cancelled = draft(7, 2, SECOND);
    let running = teller(stream, &folder);
    // Both ways at once.
    let (one, other) = tokio::join!(
        running.tell(std::slice::from_ref(&webhook), 1),
        running.tell(std::slice::from_ref(&poll), 2)
    );
    one.and(other).unwrap();
    running.tell(&[cancelled], 3).await.unwrap();
    running
        .tell(std::slice::from_ref(&webhook), 4)
        .await
        .unwrap();
    running.tell(std::slice::from_ref(&poll), 5).await.unwrap();
    // A webhook that is delivered again after a crash, of whoever knows nothing.
    let lost = tempfile::tempdir().unwrap();
    teller(stream, &lost).tell(&[webhook], 0).await.unwrap();
    let subject = Subjects::of(schemas::EventType::OrderParked, &store());
    let start = stream::Start::Beginning;
    let mut reader = stream.reader(start, &[subject.pattern()]).await.unwrap();
    let wait = Duration::from_millis(300);
    reader.next_batch(10, wait).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_comes_back_is_told_again_by_the_log() {
    let home = tempfile::tempdir().unwrap();
    let log = EventLog::open(home.path(), LogOptions::default()).unwrap();
    assert_eq!(comes_back(&Stream::embedded(log)).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_comes_back_is_told_again_by_jetstream() {
    let nats = NatsServer::start().unwrap();
    let options = stream::JetStreamOptions {
        urls: vec![nats.url.clone()],
        monitor_url: Some(nats.monitor_url.clone()),
        ..stream::JetStreamOptions::default()
    };
    let stream = Stream::connect(&options).await.unwrap();
    assert_eq!(comes_back(&stream).await, 3);
}
