//! Two days of two stores, with everything that happens to orders.

use schemas::{Event, PostingKind};

use super::{
    EU, US,
    books::{BatchInHand, original, posting},
};

/// The events in the order in which the services write them.
pub fn month() -> Vec<Event> {
    let mut events = Vec::new();
    events.extend(sales_that_are_posted());
    events.extend(edit_refund_and_cancellation());
    events.extend(exceptions());
    events.extend(still_open());
    events.extend(europe());
    events
}

/// 1001 as it should be, with a copy of its snapshot that comes again.
fn sales_that_are_posted() -> Vec<Event> {
    let received = US.received(1001, "120.00", 11, "2026-11-02T10:00:00Z");
    let target = US.recognised(&received, "120.00");
    let batch = BatchInHand::new(US, "aaaa", "2026-11-02T10:05:00Z", vec![original(&target)]);
    let mut events = vec![
        US.webhook(1001, "2026-11-02T10:00:01Z"),
        received.clone(),
        target,
    ];
    events.extend(batch.whole());
    events.push(received);
    events
}

/// 1002 is edited after it was posted and then refunded in part; 1005 is
/// cancelled after it was posted.
fn edit_refund_and_cancellation() -> Vec<Event> {
    let first = US.received(1002, "80.00", 11, "2026-11-02T11:00:00Z");
    let first_target = US.recognised(&first, "80.00");
    let cancelled_first = US.received(1005, "60.00", 11, "2026-11-02T11:30:00Z");
    let cancelled_target = US.recognised(&cancelled_first, "60.00");
    let originals = vec![original(&first_target), original(&cancelled_target)];
    let batch = BatchInHand::new(US, "bbbb", "2026-11-02T12:00:00Z", originals);
    let mut events = vec![
        first.clone(),
        first_target,
        cancelled_first,
        cancelled_target,
    ];
    events.extend(batch.whole());

    let edited = US.received(1002, "90.00", 11, "2026-11-03T09:00:00Z");
    let edited_target = US.recognised(&edited, "90.00");
    let more = posting(&edited_target, 2, PostingKind::Adjustment, US.sale("10.00"));
    let refund = US.refunded(1002, 7, "30.00", "2026-11-03T09:30:00Z");
    let refund_target = US.refund_target(&refund, "30.00");
    let cancelled = US.received(1005, "60.00", 5, "2026-11-03T09:40:00Z");
    let nothing = US.not_recognised(&cancelled);
    let back = posting(
        &nothing,
        2,
        PostingKind::Reversal,
        US.sale("60.00").reversed(),
    );
    let journals = vec![more, original(&refund_target), back];
    let batch = BatchInHand::new(US, "cccc", "2026-11-03T10:00:00Z", journals);
    events.extend([
        edited,
        edited_target,
        // An older state that a slow poll brings late.
        US.received(1002, "70.00", 7, "2026-11-01T08:00:00Z"),
        refund,
        refund_target,
        cancelled,
        nothing,
    ]);
    events.extend(batch.whole());
    events
}

/// 1003 cannot be mapped, 1004 is refused, 1011 cannot be read.
fn exceptions() -> Vec<Event> {
    let unmapped = US.received(1003, "45.10", 11, "2026-11-03T11:00:00Z");
    let refused = US.received(1004, "33.30", 11, "2026-11-03T11:10:00Z");
    let refused_target = US.recognised(&refused, "33.30");
    let journal = original(&refused_target);
    let batch = BatchInHand::new(US, "dddd", "2026-11-03T11:20:00Z", vec![journal.clone()]);
    let mut events = vec![
        unmapped.clone(),
        US.parked(&unmapped),
        refused,
        refused_target,
        US.unreadable(1011, "2026-11-03T11:30:00Z"),
    ];
    events.extend(batch.submitted());
    events.push(batch.rejected(&journal));
    events
}

/// 1006 waits for the mapper, 1007 for a batch, 1008 for Fusion; a refund of
/// 1001 waits too. 1009 does not count, 1010 is held.
fn still_open() -> Vec<Event> {
    let mapped = US.received(1007, "20.00", 11, "2026-11-03T12:10:00Z");
    let submitted = US.received(1008, "30.00", 11, "2026-11-03T12:20:00Z");
    let target = US.recognised(&submitted, "30.00");
    let incomplete = US.received(1009, "40.00", 0, "2026-11-03T12:30:00Z");
    let held = US.received(1010, "50.00", 12, "2026-11-03T12:40:00Z");
    let refund = US.refunded(1001, 9, "15.00", "2026-11-03T12:50:00Z");
    let batch = BatchInHand::new(US, "eeee", "2026-11-03T13:00:00Z", vec![original(&target)]);
    let mut events = vec![
        US.received(1006, "10.00", 11, "2026-11-03T12:00:00Z"),
        mapped.clone(),
        US.recognised(&mapped, "20.00"),
        submitted,
        target,
        incomplete.clone(),
        US.not_recognised(&incomplete),
        held.clone(),
        US.held(&held),
        refund.clone(),
        US.refund_target(&refund, "15.00"),
    ];
    events.extend(batch.submitted());
    events
}

/// 2001 is posted, and then shipped: another state with the same target.
fn europe() -> Vec<Event> {
    let paid = EU.received(2001, "119.99", 11, "2026-11-03T08:00:00Z");
    let target = EU.recognised(&paid, "119.99");
    let batch = BatchInHand::new(EU, "ffff", "2026-11-03T08:10:00Z", vec![original(&target)]);
    let shipped = EU.received(2001, "119.99", 2, "2026-11-03T15:00:00Z");
    let same = EU.recognised(&shipped, "119.99");
    let mut events = vec![paid, target];
    events.extend(batch.whole());
    events.extend([shipped, same]);
    events
}
