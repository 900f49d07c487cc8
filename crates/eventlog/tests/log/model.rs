//! The log against a model of it: a list, and a set of ids.

use std::collections::HashMap;

use eventlog::{Delivered, EventLog, LogError};
use proptest::prelude::*;
use schemas::{EncodedEvent, EventId};

use crate::open;

#[derive(Debug, Clone)]
enum Step {
    Append(u8),
    AppendAll(Vec<u8>),
    /// An event, and how far the expected offset is from the true one.
    Expecting(u8, u64),
    FromStream(Vec<u8>),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<u8>().prop_map(Step::Append),
        3 => prop::collection::vec(any::<u8>(), 0..12).prop_map(Step::AppendAll),
        2 => (any::<u8>(), 0..2u64).prop_map(|(number, off)| Step::Expecting(number, off)),
        2 => prop::collection::vec(any::<u8>(), 0..12).prop_map(Step::FromStream),
        1 => Just(Step::Reopen),
    ]
}

fn event(number: u8) -> EncodedEvent {
    EncodedEvent {
        id: EventId::derive(&[&number.to_string()]),
        subject: format!("order.received.{}", number % 3),
        bytes: vec![number; usize::from(number) * 40],
    }
}

#[derive(Default)]
struct Model {
    events: Vec<EncodedEvent>,
    offsets: HashMap<EventId, u64>,
    stream_position: u64,
}

impl Model {
    /// The offset of the event, and whether it was there already.
    fn append(&mut self, event: EncodedEvent) -> (u64, bool) {
        if let Some(&offset) = self.offsets.get(&event.id) {
            return (offset, true);
        }
        let offset = self.events.len() as u64 + 1;
        self.offsets.insert(event.id, offset);
        self.events.push(event);
        (offset, false)
    }

    fn last_on(&self, subject: &str) -> u64 {
        let last = self
            .events
            .iter()
            .rposition(|event| event.subject == subject);
        last.map_or(0, |index| index as u64 + 1)
    }

    fn check(&self, log: &EventLog) {
        let records = log.read(1, usize::MAX).unwrap();
        let events: Vec<_> = records.into_iter().map(|record| record.event).collect();
        assert_eq!(events, self.events);
        assert_eq!(log.last_offset(), self.events.len() as u64);
        assert_eq!(log.stream_position().unwrap(), self.stream_position);
        for (&id, &offset) in &self.offsets {
            assert_eq!(log.find(id).unwrap(), Some(offset));
        }
        for subject in 0..3 {
            let subject = format!("order.received.{subject}");
            assert_eq!(
                log.last_offset_on(&subject).unwrap(),
                self.last_on(&subject)
            );
        }
        assert_eq!(
            log.verify(|_, _| {}).unwrap().records,
            self.events.len() as u64
        );
    }
}

async fn run(steps: Vec<Step>) {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Append(number) => {
                let receipt = log.append(event(number)).await.unwrap();
                let expected = model.append(event(number));
                assert_eq!((receipt.offset, receipt.duplicate), expected);
            }
            Step::AppendAll(numbers) => {
                let batch = numbers.iter().copied().map(event).collect();
                let receipts = log.append_all(batch).await.unwrap();
                for (receipt, number) in receipts.into_iter().zip(numbers) {
                    let expected = model.append(event(number));
                    assert_eq!((receipt.offset, receipt.duplicate), expected);
                }
            }
            Step::Expecting(number, off) => {
                let event = event(number);
                let known = model.offsets.contains_key(&event.id);
                let expected = model.last_on(&event.subject) + off;
                match log.append_expecting(event.clone(), expected).await {
                    Ok(receipt) => {
                        assert!(known || off == 0);
                        assert_eq!((receipt.offset, receipt.duplicate), model.append(event));
                    }
                    Err(LogError::Conflict { .. }) => assert!(!known && off > 0),
                    Err(error) => panic!("{error}"),
                }
            }
            Step::FromStream(numbers) => {
                let first = model.stream_position + 1;
                let delivered = (first..)
                    .zip(&numbers)
                    .map(|(offset, &number)| Delivered {
                        offset,
                        event: event(number),
                    })
                    .collect();
                log.append_from_stream(delivered).await.unwrap();
                model.stream_position += numbers.len() as u64;
                for number in numbers {
                    model.append(event(number));
                }
            }
            Step::Reopen => {
                drop(log);
                log = open(dir.path());
            }
        }
    }
    model.check(&log);
    drop(log);
    model.check(&open(dir.path()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_log_does_what_the_model_does(steps in prop::collection::vec(step(), 0..40)) {
        tokio::runtime::Runtime::new().unwrap().block_on(run(steps));
    }
}
