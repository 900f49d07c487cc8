//! The connections of an address: how many there are, and which gives way.

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The seats of an address. Its clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seats(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    /// Counts connections and what they did, so that who was busy last is known.
    turn: AtomicU64,
    taken: Mutex<BTreeMap<u64, Arc<Place>>>,
}

/// The seat of one connection, which it has until its last clone is gone or another
/// connection needs it more.
#[derive(Debug, Clone)]
pub struct Seat(Arc<Sitting>);

#[derive(Debug)]
struct Sitting {
    number: u64,
    place: Arc<Place>,
    table: Arc<Table>,
}

#[derive(Debug)]
struct Place {
    /// The turn of its last request that was taken in hand, or of its beginning.
    last: AtomicU64,
    has_asked: AtomicBool,
    in_hand: AtomicBool,
    lost: CancellationToken,
}

/// As long as this is there, its connection does not give way.
#[derive(Debug)]
pub struct InHand(Seat);

impl Seats {
    /// A seat for a new connection, if need be that of the one that has been idle
    /// longest; none if all that there may be are in hand.
    pub(crate) fn take(&self, most: usize) -> Option<Seat> {
        let is_full = self.0.taken().len() >= most;
        if is_full && !self.free_one() {
            return None;
        }
        let number = self.0.next_turn();
        let place = Arc::new(Place {
            last: AtomicU64::new(number),
            has_asked: AtomicBool::new(false),
            in_hand: AtomicBool::new(false),
            lost: CancellationToken::new(),
        });
        self.0.taken().insert(number, Arc::clone(&place));
        Some(Seat(Arc::new(Sitting {
            number,
            place,
            table: Arc::clone(&self.0),
        })))
    }

    /// Closes the connection that has been idle longest; false if there is none.
    pub(crate) fn free_one(&self) -> bool {
        let mut taken = self.0.taken();
        let idle = taken
            .iter()
            .filter(|(_, place)| !place.in_hand.load(Relaxed));
        let oldest = idle.min_by_key(|(_, place)| place.last.load(Relaxed));
        let Some(number) = oldest.map(|(number, _)| *number) else {
            return false;
        };
        if let Some(place) = taken.remove(&number) {
            place.lost.cancel();
        }
        true
    }
}

impl Table {
    fn taken(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Place>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_turn(&self) -> u64 {
        self.turn.fetch_add(1, Relaxed)
    }
}

impl Seat {
    /// Its request is known to be worth an answer: until this is dropped, the
    /// connection does not give way to a new one.
    pub fn take_in_hand(&self) -> InHand {
        self.0.place.in_hand.store(true, Relaxed);
        InHand(self.clone())
    }

    /// A whole head has come.
    pub(crate) fn has_asked(&self) {
        self.0.place.has_asked.store(true, Relaxed);
    }

    /// Ends when the connection is to give way.
    pub(crate) async fn lost(&self) {
        self.0.place.lost.cancelled().await;
    }

    /// Ends if no head has come in this time.
    pub(crate) async fn silent(&self, patience: Duration) {
        sleep(patience).await;
        if self.0.place.has_asked.load(Relaxed) {
            pending().await
        }
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        let Sitting { place, table, .. } = &*self.0.0;
        place.last.store(table.next_turn(), Relaxed);
        place.in_hand.store(false, Relaxed);
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        self.table.taken().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_lost(seat: &Seat) -> bool {
        seat.0.place.lost.is_cancelled()
    }

    #[test]
    fn who_has_been_idle_longest_gives_way() {
        let seats = Seats::default();
        let first = seats.take(3).unwrap();
        let second = seats.take(3).unwrap();
        let third = seats.take(3).unwrap();
        drop(first.take_in_hand());
        let busy = second.take_in_hand();
        let fourth = seats.take(3).unwrap();
        assert!(is_lost(&third) && !is_lost(&first) && !is_lost(&second));
        let fifth = seats.take(3).unwrap();
        assert!(is_lost(&first) && !is_lost(&second) && !is_lost(&fourth));
        let in_hand = [fourth.take_in_hand(), fifth.take_in_hand()];
        assert!(seats.take(3).is_none(), "all are in hand");
        drop((busy, in_hand));
        assert!(seats.take(3).is_some());
    }

    #[test]
    fn who_leaves_makes_room() {
        let seats = Seats::default();
        let first = seats.take(2).unwrap();
        drop(seats.take(2));
        let _third = seats.take(2).unwrap();
        assert!(!is_lost(&first));
    }
}
