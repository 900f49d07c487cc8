//! Walking through what a store changed since a time, page by page.
//!
//! Rows move to the end while one reads: an order that is changed meanwhile
//! leaves its place, all behind it move up, and the next page by number would
//! skip one. So the next page begins at the time of the last row instead, which
//! reads some rows twice and skips none. When a whole page has one time (a bulk
//! change), the walk goes through that second by order number.

use bigcommerce::{Malformed, Order, OrderPage, OrderQuery};
use jiff::{SignedDuration, Timestamp};
use schemas::OrderId;

/// Where a walk stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Walk {
    /// At everything changed at this time or later, by time.
    From(Timestamp),
    /// At what was changed within this second, from a number on.
    Within(Timestamp, OrderId),
}

/// Whole seconds are all that the store's times and filters have.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

impl Walk {
    pub(crate) fn query(&self) -> OrderQuery {
        match *self {
            Walk::From(time) => OrderQuery {
                modified_from: Some(time),
                ..OrderQuery::default()
            },
            Walk::Within(second, from) => OrderQuery {
                modified_from: Some(second),
                modified_to: Some(next_second(second)),
                min_id: Some(from),
                by_id: true,
                ..OrderQuery::default()
            },
        }
    }

    /// Where to go on after a page; None at the end. And the time up to which
    /// everything has been seen, at most `now`.
    ///
    /// An order can bear any date. One of the future moves neither the walk past the
    /// others of its page nor what has been seen.
    pub(crate) fn after(
        &self,
        page: &OrderPage,
        now: Timestamp,
    ) -> (Option<Walk>, Option<Timestamp>) {
        let times = page.rows.iter().filter_map(modified);
        match *self {
            Walk::From(from) => {
                let seen = times.clone().filter(|time| *time <= now).max();
                let next = match seen.filter(|seen| *seen > from) {
                    Some(seen) => Walk::From(seen),
                    // By time, these are behind all that are of the present.
                    None if times
                        .clone()
                        .min()
                        .is_some_and(|first| first > now.max(from)) =>
                    {
                        Walk::From(times.max().unwrap_or(from))
                    }
                    None => Walk::Within(from, OrderId(0)),
                };
                let is_within = matches!(next, Walk::Within(..));
                match page.goes_on {
                    true => (Some(next), seen.filter(|_| !is_within)),
                    false => (None, seen),
                }
            }
            // Nothing is behind but the rest of that second.
            Walk::Within(second, _) if !page.goes_on => {
                (Some(Walk::From(next_second(second))), None)
            }
            Walk::Within(second, from) => {
                let last = page.rows.iter().filter_map(id).max();
                // A full page without one legible number cannot be walked past.
                let next = last.map_or(from, |last| last.max(from)).0.saturating_add(1);
                (Some(Walk::Within(second, OrderId(next))), None)
            }
        }
    }
}

fn next_second(time: Timestamp) -> Timestamp {
    // Only at the end of year 9999 is there none.
    time.checked_add(SECOND).unwrap_or(Timestamp::MAX)
}

fn modified(row: &Result<Order, Malformed>) -> Option<Timestamp> {
    match row {
        Ok(order) => Some(order.modified),
        Err(malformed) => malformed.modified,
    }
}

fn id(row: &Result<Order, Malformed>) -> Option<OrderId> {
    match row {
        Ok(order) => Some(order.id),
        Err(malformed) => malformed.order,
    }
}

#[cfg(test)]
mod tests {
    use bigcommerce::PAGE;

    use super::*;

    /// Seconds.
    const NOW: i64 = 50_000;

    /// A store as far as listing goes; rows stand for orders that are malformed,
    /// which walk like all others.
    struct Rows(Vec<(u64, i64)>);

    impl Rows {
        fn list(&self, query: &OrderQuery) -> OrderPage {
            let time = |second| Timestamp::from_second(second).unwrap();
            let mut rows: Vec<_> = self
                .0
                .iter()
                .filter(|&&(id, second)| {
                    query.modified_from.is_none_or(|from| time(second) >= from)
                        && query.modified_to.is_none_or(|to| time(second) <= to)
                        && query.min_id.is_none_or(|min| id >= min.0)
                })
                .collect();
            rows.sort_by_key(|&&(id, second)| {
                if query.by_id {
                    (id as i64, 0)
                } else {
                    (second, id as i64)
                }
            });
            let row = |&&(id, second): &&(u64, i64)| {
                Err(Malformed {
                    order: Some(OrderId(id)),
                    modified: Some(time(second)),
                    ..Malformed::default()
                })
            };
            OrderPage {
                rows: rows.iter().take(PAGE).map(row).collect(),
                goes_on: rows.len() >= PAGE,
            }
        }
    }

    /// All numbers seen, in how many calls, and the last watermark. `change` is
    /// called between pages.
    fn walk(rows: &mut Rows, mut change: impl FnMut(&mut Rows, usize)) -> (Vec<u64>, usize, i64) {
        let mut seen = std::collections::BTreeSet::new();
        let mut walk = Some(Walk::From(Timestamp::UNIX_EPOCH));
        let (mut calls, mut watermark) = (0, 0);
        while let Some(at) = walk {
            let page = rows.list(&at.query());
            seen.extend(page.rows.iter().filter_map(id).map(|id| id.0));
            let (next, mark) = at.after(&page, Timestamp::from_second(NOW).unwrap());
            walk = next;
            watermark = mark.map_or(watermark, Timestamp::as_second);
            calls += 1;
            assert!(calls < 100, "the walk does not end");
            change(rows, calls);
        }
        (seen.into_iter().collect(), calls, watermark)
    }

    #[test]
    fn all_rows_are_seen_and_the_watermark_is_the_last() {
        let mut rows = Rows((1..=600).map(|id| (id, id as i64 / 3)).collect());
        let (seen, calls, watermark) = walk(&mut rows, |_, _| {});
        assert_eq!(seen, (1..=600).collect::<Vec<_>>());
        assert!(calls <= 4, "{calls}");
        assert_eq!(watermark, 200);
    }

    #[test]
    fn a_row_that_moves_away_hides_no_other() {
        let mut rows = Rows((1..=600).map(|id| (id, id as i64)).collect());
        let (seen, ..) = walk(&mut rows, |rows, calls| {
            // Somebody touches an order of the page just read.
            if calls <= 2 {
                rows.0[calls].1 = 10_000;
            }
        });
        assert_eq!(seen, (1..=600).collect::<Vec<_>>());
    }

    #[test]
    fn a_thousand_rows_of_one_second_end() {
        let mut rows = Rows(
            (1..=1000)
                .map(|id| (id, 7))
                .chain((1001..=1100).map(|id| (id, 9)))
                .collect(),
        );
        let (seen, _, watermark) = walk(&mut rows, |_, _| {});
        assert_eq!(seen, (1..=1100).collect::<Vec<_>>());
        assert_eq!(watermark, 9);
    }

    #[test]
    fn orders_of_the_future_hide_none_of_the_present() {
        let future = (1..=600).map(|id| (id, NOW * 2 + id as i64 / 300));
        let present = (601..=1200).map(|id| (id, id as i64));
        let mut rows = Rows(present.chain(future).collect());
        let (seen, _, watermark) = walk(&mut rows, |_, _| {});
        assert_eq!(seen, (1..=1200).collect::<Vec<_>>());
        assert_eq!(watermark, 1200, "the future is not seen yet");
    }

    #[test]
    fn a_date_of_the_future_amid_a_page_is_not_walked_to() {
        let time = |second| Timestamp::from_second(second).unwrap();
        let row = |second| {
            Err(Malformed {
                modified: Some(time(second)),
                ..Malformed::default()
            })
        };
        let page = OrderPage {
            rows: vec![row(10), row(NOW * 2), row(20)],
            goes_on: true,
        };
        let after = Walk::From(time(5)).after(&page, time(NOW));
        assert_eq!(after, (Some(Walk::From(time(20))), Some(time(20))));
    }

    #[test]
    fn the_highest_number_is_walked_past() {
        let at = Walk::Within(Timestamp::UNIX_EPOCH, OrderId(u64::MAX));
        let page = OrderPage {
            rows: Vec::new(),
            goes_on: true,
        };
        assert_eq!(at.after(&page, Timestamp::UNIX_EPOCH).0, Some(at));
    }
}
