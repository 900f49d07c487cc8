//! Is the log what was written? Of its end on opening, of all of it on demand.

use schemas::Digest;

use crate::{LogError, LogRecord, Offset, store::Store, tip::Tip};

/// Records read at a time.
const CHUNK: usize = 1000;

/// What a log without damage holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many records there are; also the last offset.
    pub records: u64,
    /// The hash of the last record, which stands for the whole log.
    pub last_hash: Digest,
}

/// Checks every record up to `last`, and the index. `progress` is told how many of
/// how many records are done.
pub(crate) fn check_all(
    store: &Store,
    last: Offset,
    mut progress: impl FnMut(u64, u64),
) -> Result<VerifyReport, LogError> {
    let mut chain = Chain::at(Digest::from([0; 32]));
    let mut done = Offset(0);
    while done < last {
        for record in store.records(done.next(), last, CHUNK)? {
            chain.follow(&record)?;
            check_index(store, &record)?;
            done = record.offset;
        }
        progress(done.0, last.0);
    }
    check_count(store, last)?;
    Ok(VerifyReport {
        records: last.0,
        last_hash: chain.last,
    })
}

/// The first damage of all, after damage was found at the end.
pub(crate) fn locate(store: &Store, found: LogError) -> LogError {
    let LogError::Damaged { offset, .. } = &found else {
        return found;
    };
    let offset = *offset;
    let mut chain = Chain::at(Digest::from([0; 32]));
    let mut done = Offset(0);
    while done.next() < offset {
        let earlier = store
            .records(done.next(), Offset(offset.0 - 1), CHUNK)
            .and_then(|records| {
                records.iter().try_for_each(|record| {
                    done = record.offset;
                    chain.follow(record)?;
                    check_index(store, record)
                })
            });
        if let Err(earlier) = earlier {
            return earlier;
        }
    }
    found
}

/// Every record has its entry in the index; are there entries without a record?
fn check_count(store: &Store, records: Offset) -> Result<(), LogError> {
    let damaged = |what| LogError::Damaged {
        offset: records,
        what,
    };
    let ids = store
        .count_ids()
        .map_err(|error| damaged(format!("the index of ids is unreadable: {error}")))?;
    // Appends go on meanwhile, and each brings its entry with it.
    if (records.0..=store.last_offset()?.0).contains(&ids) {
        return Ok(());
    }
    Err(damaged(format!(
        "the index has {ids} ids for {records} records"
    )))
}

/// The end of the log in the tree, checked against the witness beside it.
pub(crate) fn check_end(store: &Store, witness: Option<Tip>, count: u64) -> Result<Tip, LogError> {
    let last = store.last_offset()?;
    let witness = witness.unwrap_or_default();
    if witness.offset > last {
        return Err(LogError::Damaged {
            offset: last.next(),
            what: format!(
                "the log ends before it, but offset {} was durable once",
                witness.offset
            ),
        });
    }
    let first = Offset(last.0.saturating_sub(count.max(1)) + 1);
    let mut tip = Tip::default();
    let mut chain: Option<Chain> = None;
    for record in store.records(first, last, usize::MAX)? {
        chain
            .get_or_insert_with(|| Chain::at(record.previous.clone()))
            .follow(&record)?;
        check_index(store, &record)?;
        tip = Tip {
            offset: record.offset,
            hash: *record.hash.bytes(),
        };
        check_witness(&tip, &witness)?;
    }
    Ok(tip)
}

fn check_witness(tip: &Tip, witness: &Tip) -> Result<(), LogError> {
    if tip.offset == witness.offset && tip.hash != witness.hash {
        return Err(LogError::Damaged {
            offset: tip.offset,
            what: "its hash is not the one that was noted when it became durable".to_owned(),
        });
    }
    Ok(())
}

fn check_index(store: &Store, record: &LogRecord) -> Result<(), LogError> {
    let id = record.event.id;
    let what = match store.find(id) {
        Ok(Some(offset)) if offset == record.offset => return Ok(()),
        Ok(Some(other)) => format!("its id {id} leads to offset {other}"),
        Ok(None) => format!("its id {id} is not in the index"),
        Err(error) => format!("the index entry of its id {id} is unreadable: {error}"),
    };
    Err(LogError::Damaged {
        offset: record.offset,
        what,
    })
}

/// The chain of hashes, record by record.
struct Chain {
    last: Digest,
}

impl Chain {
    fn at(last: Digest) -> Chain {
        Chain { last }
    }

    fn follow(&mut self, record: &LogRecord) -> Result<(), LogError> {
        if record.previous != self.last {
            return Err(LogError::Damaged {
                offset: record.offset,
                what: "it does not continue the chain: it, or the record before it, was changed"
                    .to_owned(),
            });
        }
        self.last = record.hash.clone();
        Ok(())
    }
}
