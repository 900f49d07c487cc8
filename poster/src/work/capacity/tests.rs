//! What a batch has room for.

use jiff::Timestamp;

use super::*;
use crate::{batch, events, testing::posting};

const MEGABYTE: usize = 1 << 20;

#[test]
fn a_batch_is_full_by_count_by_size_and_by_amount() {
    let mut capacity = Capacity::new(2, MEGABYTE);
    assert!(capacity.take(&posting(1, 500)) && capacity.take(&posting(2, 500)));
    assert!(!capacity.take(&posting(3, 500)));

    let mut large = posting(1, 500);
    large.description = "x".repeat(MEGABYTE);
    let mut capacity = Capacity::new(9, MEGABYTE);
    assert!(capacity.take(&large), "it would never go");
    assert!(!capacity.take(&posting(2, 500)));

    let mut capacity = Capacity::new(9, MEGABYTE);
    assert!(capacity.take(&posting(1, i64::MAX)));
    assert!(
        !capacity.take(&posting(2, 1)),
        "their sum is beyond 64 bits"
    );
}

#[test]
fn a_full_batch_is_an_event_that_is_taken() {
    let mut capacity = Capacity::new(usize::MAX, MEGABYTE);
    let postings: Vec<Posting> = (1..)
        .map(|order| posting(order, 500))
        .take_while(|posting| capacity.take(posting))
        .collect();
    let intent = batch::intent(&"us".parse().unwrap(), 1, postings);
    let bytes = events::submitted(intent, Timestamp::UNIX_EPOCH)
        .encode()
        .bytes;
    assert!(
        (MEGABYTE / 2..MEGABYTE).contains(&bytes.len()),
        "{}",
        bytes.len()
    );
}
