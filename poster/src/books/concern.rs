//! What the books of a ledger follow from.

use schemas::{EventType, LedgerKey, Subjects};

schemas::concern! {
    /// What a ledger's books follow from.
    pub(crate) enum Concern {
        OrderMapped,
        RefundMapped,
        JournalSubmitted,
        JournalImported,
        JournalPosted,
        RefundReversed,
        JournalRejected,
        JournalHeld,
        JournalReleased,
        JournalRetried,
        JournalDelayed,
        LedgerAlarmed,
        LedgerAcknowledged,
    }
}

/// The targets.
pub(crate) const TARGETS: [EventType; 2] = [EventType::OrderMapped, EventType::RefundMapped];

/// What is to be read for the books of this ledger: its own events, and the targets
/// of all ledgers, to see it when an order leaves this one.
pub(crate) fn subjects(ledger: &LedgerKey) -> Vec<Subjects> {
    let concern = Concern::TYPES.iter().copied();
    concern
        .map(|kind| match TARGETS.contains(&kind) {
            true => Subjects::all(kind),
            false => Subjects::of(kind, ledger),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use schemas::Reader;

    use super::*;

    #[test]
    fn the_contract_says_what_the_poster_reads() {
        let told = |kind: &&EventType| kind.readers().contains(&Reader::Poster);
        let told: Vec<EventType> = EventType::ALL.iter().filter(told).copied().collect();
        assert_eq!(Concern::TYPES, told);
    }

    #[test]
    fn targets_are_read_of_all_ledgers_and_the_rest_of_one() {
        let patterns: Vec<String> = subjects(&"us".parse().unwrap())
            .into_iter()
            .map(Subjects::into_pattern)
            .collect();
        assert_eq!(patterns[..2], ["order.mapped.*", "refund.mapped.*"]);
        assert!(patterns[2..].iter().all(|it| it.ends_with(".us")));
    }
}
