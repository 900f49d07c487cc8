//! The tables of metrics, and what is told of them.

use std::fmt::{self, Write};

pub use metrics::Unit;

/// What a metric is called and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// It begins with `counterfoil_` and says whose metric it is.
    pub name: &'static str,
    /// How its values come about.
    pub kind: Kind,
    /// What its values are in.
    pub unit: Unit,
    /// What its values are told apart by.
    pub labels: &'static [&'static str],
    /// What it means, in a sentence or two; as it is written in the source.
    pub help: &'static str,
}

/// How a metric's values come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, from 0 at the start of the process.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Values are counted by their size.
    Histogram,
}

/// A crate's metrics.
pub type Table = &'static [&'static Description];

impl Description {
    /// What it means, in one line.
    fn sentence(&self) -> String {
        let words: Vec<&str> = self.help.split_whitespace().collect();
        words.join(" ")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        })
    }
}

/// Tells whoever collects them what the metrics mean. The format of Prometheus has no
/// place for a unit of its own, so it is said with the meaning.
#[expect(clippy::disallowed_macros, reason = "this is the one place for them")]
pub fn describe(table: Table) {
    for metric in table {
        let (name, unit) = (metric.name, metric.unit);
        let help = format!("{} (unit: {})", metric.sentence(), unit.as_str());
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(name, unit, help),
            Kind::Gauge => metrics::describe_gauge!(name, unit, help),
            Kind::Histogram => metrics::describe_histogram!(name, unit, help),
        }
    }
}

/// Metrics as a table of a Markdown page.
pub fn page(tables: &[Table]) -> String {
    let mut page =
        String::from("| Name | Kind | Labels | Unit | Meaning |\n|---|---|---|---|---|\n");
    for metric in tables.iter().copied().flatten() {
        let labels: Vec<String> = metric.labels.iter().map(|it| format!("`{it}`")).collect();
        let (labels, unit) = (labels.join(", "), metric.unit.as_str());
        // A String takes everything.
        let _ = writeln!(
            page,
            "| `{}` | {} | {labels} | {unit} | {} |",
            metric.name,
            metric.kind,
            metric.sentence()
        );
    }
    page
}
