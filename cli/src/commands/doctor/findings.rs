//! What was found, for people and for machines.

use std::fmt::{Display, Write as _};

use schemas::causes;
use serde::Serialize;

/// All findings, good and bad, in the order they were made.
#[derive(Default)]
pub(super) struct Findings {
    about: String,
    all: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    /// What was looked at: `ledger us`.
    about: String,
    /// What was checked there; it never changes.
    check: &'static str,
    ok: bool,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Findings {
    /// What the next findings are about.
    pub(super) fn about(&mut self, about: impl Display) {
        self.about = about.to_string();
    }

    pub(super) fn fine(&mut self, check: &'static str, what: impl Display) {
        self.add(check, what, None);
    }

    pub(super) fn problem(
        &mut self,
        check: &'static str,
        what: impl Display,
        remedy: impl Display,
    ) {
        self.add(check, what, Some(remedy.to_string()));
    }

    fn add(&mut self, check: &'static str, what: impl Display, remedy: Option<String>) {
        self.all.push(Finding {
            about: self.about.clone(),
            check,
            ok: remedy.is_none(),
            what: what.to_string(),
            remedy,
        });
    }

    pub(super) fn problems(&self) -> usize {
        self.all.iter().filter(|finding| !finding.ok).count()
    }

    pub(super) fn table(&self) -> String {
        let mut text = String::new();
        let mut about = "";
        // Writing to a String cannot fail.
        for finding in &self.all {
            if finding.about != about {
                about = &finding.about;
                let _ = writeln!(text, "{about}");
            }
            let _ = match &finding.remedy {
                None => writeln!(text, "  ok   {}", finding.what),
                Some(remedy) => writeln!(text, "  FIX  {}\n       {remedy}", finding.what),
            };
        }
        let _ = match self.problems() {
            0 => writeln!(text, "all is well"),
            1 => writeln!(text, "one thing to fix"),
            count => writeln!(text, "{count} things to fix"),
        };
        text
    }

    pub(super) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&serde_json::json!({
            "to_fix": self.problems(),
            "findings": self.all,
        }))
    }
}

/// An error with its causes, in one line.
pub(super) fn chain(error: impl Into<anyhow::Error>) -> String {
    causes(error.into().as_ref()).to_string()
}
