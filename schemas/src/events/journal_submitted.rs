//! `journal.submitted`: the intent to import a batch, and how far it has come. One
//! import of a batch is one *attempt*: a group id of its own, and the steps upload,
//! load, import, each with its request's id.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, BatchKey, Digest, EventId, LedgerKey, Posting, Reader, Writer};

/// The intent to import a batch, or a step of the import that was begun or
/// finished. All of a ledger's are on one subject, and each is written with the
/// sequence it expects there, so of two posters only one can go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalSubmitted {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// The batch, by what it is called here and in Fusion.
    pub batch: BatchKey,
    /// Counted from 1; another attempt of the same batch has another group id.
    pub attempt: u32,
    /// The group id that the attempt's rows have in Fusion's interface table.
    pub group: u64,
    /// How far it has come.
    pub step: Step,
}

/// The steps of an import, in their order. "Requested" is written before the
/// call, "started" when its answer came: a crash between the two leaves an
/// unknown outcome that can be told from all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Step {
    /// Nothing was sent yet: these journals are to go.
    Intended {
        /// The journals.
        postings: Vec<Posting>,
    },
    /// The file is in Fusion's document store. Repeating an upload is harmless.
    Uploaded {
        /// Fusion's id of the file.
        document: String,
    },
    /// The load into the interface table is about to be called. If its outcome
    /// stays unknown, the group id is given up: loading twice would double lines.
    LoadRequested,
    /// The load runs.
    LoadStarted {
        /// Fusion's id of its request.
        request: u64,
    },
    /// The rows are in the interface table, under this group id only.
    Loaded,
    /// The import is about to be called, for the `round`-th time. Repeating it is
    /// safe for one group id: once imported, no rows are left.
    ImportRequested {
        /// How often it was called with this one, counted from 1.
        round: u32,
    },
    /// The import runs.
    ImportStarted {
        /// The call that it answers.
        round: u32,
        /// Fusion's id of its request.
        request: u64,
    },
    /// This attempt is over without a batch in the ledger.
    Abandoned {
        /// Why it was given up.
        reason: String,
        /// What it left in Fusion's interface table; none where its load was
        /// never begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<LeftRows>,
    },
}

/// Rows that stay in Fusion's interface table under an attempt's group until
/// somebody removes them there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftRows {
    /// The journal source that they are under, by its user-facing name.
    pub source: String,
    /// How many journals they belong to.
    pub journals: u32,
    /// At most so many: a load that failed may have left some of them only.
    pub rows: u32,
}

impl JournalSubmitted {
    /// The id of the fact: this step of this attempt.
    pub fn event_id(&self) -> EventId {
        let step = serde_json::to_vec(&self.step).expect("a step has only string keys");
        EventId::derive(&[
            "journal.submitted",
            self.ledger.as_str(),
            self.batch.as_str(),
            &self.attempt.to_string(),
            &Digest::of(&step).to_string(),
        ])
    }
}

impl Step {
    /// The name as it is written in events.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Intended { .. } => "intended",
            Step::Uploaded { .. } => "uploaded",
            Step::LoadRequested => "load_requested",
            Step::LoadStarted { .. } => "load_started",
            Step::Loaded => "loaded",
            Step::ImportRequested { .. } => "import_requested",
            Step::ImportStarted { .. } => "import_started",
            Step::Abandoned { .. } => "abandoned",
        }
    }
}

fn told(step: &Step) -> String {
    match step {
        Step::Intended { postings } => match summaries(postings) {
            0 => format!("{} journals are to go", postings.len()),
            count => format!(
                "{} journals are to go, in {count} summaries",
                postings.len()
            ),
        },
        Step::Uploaded { document } => format!("file uploaded as document {document}"),
        Step::LoadRequested => "load is about to be requested".to_owned(),
        Step::LoadStarted { request } => format!("load runs as request {request}"),
        Step::Loaded => "lines are in the interface table".to_owned(),
        Step::ImportRequested { round } => {
            format!("import is about to be requested (round {round})")
        }
        Step::ImportStarted { round, request } => {
            format!("import runs as request {request} (round {round})")
        }
        Step::Abandoned { reason, left: None } => format!("given up: {reason}"),
        Step::Abandoned {
            reason,
            left: Some(left),
        } => format!("given up, up to {} rows are left: {reason}", left.rows),
    }
}

fn summaries(postings: &[Posting]) -> usize {
    let names = postings.iter().filter_map(|it| it.summary.as_ref());
    names.map(|it| &it.journal).collect::<BTreeSet<_>>().len()
}

/// The mark of `journal.submitted`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = JournalSubmitted;
    type Key = LedgerKey;

    const TYPE: &'static str = "journal.submitted";
    const TITLE: &'static str = "The intent to import a batch into Fusion, and each step of it";
    const WRITERS: &'static [Writer] = &[Writer::Poster];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &JournalSubmitted) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &JournalSubmitted) -> About {
        About::batch(&data.ledger, &data.batch)
    }

    fn id(data: &JournalSubmitted, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &JournalSubmitted) -> String {
        format!(
            "batch {} attempt {} group {}: {}",
            data.batch,
            data.attempt,
            data.group,
            told(&data.step)
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<JournalSubmitted>> {
        use crate::{
            Summary,
            example::{batch, ledger, posting, summary_key},
        };

        let intended = |summary: Option<Summary>| JournalSubmitted {
            ledger: ledger(),
            batch: batch(),
            attempt: 1,
            group: 4_711_000_001,
            step: Step::Intended {
                postings: vec![Posting {
                    summary,
                    ..posting()
                }],
            },
        };
        let summary = Summary {
            journal: summary_key(),
            day: "2026-11-02".parse().unwrap(),
        };
        vec![intended(None).into(), intended(Some(summary)).into()]
    }
}
