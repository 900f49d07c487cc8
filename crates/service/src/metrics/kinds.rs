//! Counters, gauges and histograms.

use std::time::Duration;

use jiff::Timestamp;
use metrics::Label;

use super::{Description, Kind, Unit};

/// Counts what happened.
#[derive(Debug)]
pub struct Counter<const LABELS: usize>(Description);

/// Shows how much there is of something now.
#[derive(Debug)]
pub struct Gauge<const LABELS: usize>(Description);

/// Counts how long something took, by length.
#[derive(Debug)]
pub struct Histogram<const LABELS: usize>(Description);

macro_rules! kind {
    ($kind:ident) => {
        impl<const LABELS: usize> $kind<LABELS> {
            /// A metric of this name. `help` says what it means.
            pub const fn new(
                name: &'static str,
                unit: Unit,
                labels: &'static [&'static str; LABELS],
                help: &'static str,
            ) -> Self {
                $kind(Description {
                    name,
                    kind: Kind::$kind,
                    unit,
                    labels,
                    help,
                })
            }

            /// What it is called and what it means.
            pub const fn description(&self) -> &Description {
                &self.0
            }
        }
    };
}

kind!(Counter);
kind!(Gauge);
kind!(Histogram);

#[expect(clippy::disallowed_macros, reason = "this is the one place for them")]
impl<const LABELS: usize> Counter<LABELS> {
    /// Counts `count` more, under these values of its labels.
    pub fn add(&self, values: [&str; LABELS], count: usize) {
        metrics::counter!(self.0.name, labels(&self.0, values)).increment(count as u64);
    }
}

impl<const LABELS: usize> Gauge<LABELS> {
    /// Shows a number of things.
    pub fn set_count(&self, values: [&str; LABELS], count: usize) {
        // Exact up to 2^53, and only a display.
        self.set(values, count as f64);
    }

    /// Shows whether something is so: 1 or 0.
    pub fn set_flag(&self, values: [&str; LABELS], is_so: bool) {
        self.set(values, f64::from(u8::from(is_so)));
    }

    /// Shows a time that has passed, in seconds.
    pub fn set_duration(&self, values: [&str; LABELS], duration: Duration) {
        self.set(values, duration.as_secs_f64());
    }

    /// Shows a point in time, in whole seconds since 1970.
    pub fn set_time(&self, values: [&str; LABELS], time: Timestamp) {
        self.set(values, time.as_second() as f64);
    }

    #[expect(clippy::disallowed_macros, reason = "this is the one place for them")]
    fn set(&self, values: [&str; LABELS], value: f64) {
        metrics::gauge!(self.0.name, labels(&self.0, values)).set(value);
    }
}

#[expect(clippy::disallowed_macros, reason = "this is the one place for them")]
impl<const LABELS: usize> Histogram<LABELS> {
    /// Counts what took so long, in seconds.
    pub fn record(&self, values: [&str; LABELS], took: Duration) {
        metrics::histogram!(self.0.name, labels(&self.0, values)).record(took);
    }
}

fn labels<const LABELS: usize>(metric: &Description, values: [&str; LABELS]) -> Vec<Label> {
    let pairs = metric.labels.iter().zip(values);
    pairs
        .map(|(name, value)| Label::new(*name, value.to_owned()))
        .collect()
}

/// A crate's metrics, as statics and as the table `METRICS`. What each means is its doc
/// comment.
///
/// ```
/// service::metrics! {
///     /// Journals read back as posted.
///     pub POSTED: Counter["ledger"] = "counterfoil_poster_journals_posted_total", Count;
/// }
/// POSTED.add(["us"], 3);
/// assert_eq!(METRICS[0].help.trim(), "Journals read back as posted.");
/// ```
#[macro_export]
macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $pub:vis $NAME:ident: $Kind:ident[$($label:literal),*] = $name:literal, $Unit:ident;)+) => {
        $(
            $(#[doc = $help])+
            $pub static $NAME: $crate::metrics::$Kind<{ <[&str]>::len(&[$($label),*]) }> =
                $crate::metrics::$Kind::new(
                    $name,
                    $crate::metrics::Unit::$Unit,
                    &[$($label),*],
                    concat!($($help),+),
                );
        )+

        /// All of them.
        pub static METRICS: $crate::metrics::Table = &[$($NAME.description()),+];
    };
}
