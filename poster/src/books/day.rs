//! When a day that is summed up is over.

use jiff::{
    Timestamp, ToSpan as _,
    civil::Date,
    tz::{Offset, TimeZone},
};
use schemas::SummaryRule;

/// The end of a day. In a time zone that is not known here, when it is over
/// everywhere.
pub(super) fn end(rule: &SummaryRule, day: Date) -> Timestamp {
    let zone = TimeZone::get(&rule.time_zone).unwrap_or(TimeZone::fixed(Offset::constant(-12)));
    let next = day.saturating_add(1.day()).to_zoned(zone);
    next.map_or(Timestamp::MAX, |next| next.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: &str = "2026-11-05";

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_ends_in_its_own_time_zone() {
        let ends = |zone: &str, day: &str| {
            let rule = SummaryRule {
                from: date("2026-01-01"),
                time_zone: zone.into(),
            };
            end(&rule, date(day)).to_string()
        };
        assert_eq!(ends("UTC", DAY), "2026-11-06T00:00:00Z");
        assert_eq!(ends("America/New_York", DAY), "2026-11-06T05:00:00Z");
        // Before and on the day of 25 hours.
        assert_eq!(
            ends("America/New_York", "2026-10-31"),
            "2026-11-01T04:00:00Z"
        );
        assert_eq!(
            ends("America/New_York", "2026-11-01"),
            "2026-11-02T05:00:00Z"
        );
        // There is no midnight: the day begins at one.
        assert_eq!(
            ends("America/Santiago", "2026-09-05"),
            "2026-09-06T04:00:00Z"
        );
        // Over everywhere.
        assert_eq!(ends("Mars/Olympus", DAY), "2026-11-06T12:00:00Z");
    }
}
