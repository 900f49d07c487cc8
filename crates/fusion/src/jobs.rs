//! A job, its children, and whether they are at an end.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    client::{Fusion, RESOURCES},
    error::{Error, Operation},
    wire::{self, Page},
};

/// The most of a job's name or state that is kept, in characters.
const NAME: usize = 100;

/// The state of a scheduled process (ESS job).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// Ended well. A parent can say so over a child that did not.
    Succeeded,
    /// Ended, with something refused.
    Warning,
    /// Ended without doing its work: an error, cancelled, expired, not valid.
    Failed(String),
    /// Not at an end: waiting, running, or paused for its children. A word we do
    /// not know is taken as this, because giving up on a job that still runs
    /// could book twice; the caller's deadline reports it.
    Unfinished(String),
}

impl JobState {
    fn from_word(word: &str) -> JobState {
        let word = word.trim().to_ascii_uppercase();
        match word.as_str() {
            "SUCCEEDED" | "FINISHED" => JobState::Succeeded,
            "WARNING" => JobState::Warning,
            "ERROR" | "CANCELLED" | "EXPIRED" | "VALIDATION FAILED" => JobState::Failed(word),
            _ => JobState::Unfinished(word),
        }
    }

    /// Whether it has come to its end, well or not.
    pub fn is_final(&self) -> bool {
        !matches!(self, JobState::Unfinished(_))
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobState::Succeeded => f.write_str("SUCCEEDED"),
            JobState::Warning => f.write_str("WARNING"),
            JobState::Failed(word) | JobState::Unfinished(word) => f.write_str(word),
        }
    }
}

/// One job of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The request's id (`REQUESTID`).
    pub request: u64,
    /// What people call the job (`JOBNAME`); empty where it is not told.
    pub name: String,
    /// How far it is, its children left aside.
    pub state: JobState,
}

/// A request and all that it started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobTree {
    /// Parents before their children; empty while the scheduler does not show it yet.
    pub jobs: Vec<Job>,
}

impl JobTree {
    /// Whether every job has come to its end. A tree without jobs has not: the
    /// scheduler does not show a request at once.
    pub fn is_final(&self) -> bool {
        !self.jobs.is_empty() && self.jobs.iter().all(|job| job.state.is_final())
    }

    /// The jobs that ended otherwise than well: a parent succeeds over them.
    pub fn failures(&self) -> impl Iterator<Item = &Job> {
        let failed = |job: &&Job| job.state.is_final() && job.state != JobState::Succeeded;
        self.jobs.iter().filter(failed)
    }
}

#[derive(Deserialize)]
struct Details {
    #[serde(rename = "RequestStatus", default, deserialize_with = "wire::document")]
    status: String,
}

impl Fusion {
    /// The states of a request and its children, in one call.
    pub async fn job_tree(&self, request: u64) -> Result<JobTree, Error> {
        let finder = format!("ESSExecutionDetailsRF;requestId={request}");
        let page: Page<Details> = self
            .get(
                Operation::JobTree,
                &format!("{RESOURCES}/erpintegrations"),
                &[("finder", &finder)],
            )
            .await?;
        match page.items.first() {
            Some(details) if !details.status.is_empty() => parse(&details.status)
                .map_err(|error| Error::answer(Operation::JobTree, error.to_string())),
            // An empty status is not a failure: the request is not shown yet.
            _ => Ok(JobTree::default()),
        }
    }
}

/// The tree comes as JSON inside a JSON string; `JOBS` and `CHILD` are an object
/// where there is one and an array where there are several.
fn parse(text: &str) -> Result<JobTree, serde_json::Error> {
    let root: Value = serde_json::from_str(text)?;
    let mut tree = JobTree::default();
    walk(&root, &mut tree.jobs);
    Ok(tree)
}

fn walk(node: &Value, into: &mut Vec<Job>) {
    match node {
        Value::Array(nodes) => nodes.iter().for_each(|node| walk(node, into)),
        Value::Object(members) => {
            if let (Some(request), Some(state)) = (
                members.get("REQUESTID").and_then(number),
                members.get("STATUS").and_then(Value::as_str),
            ) {
                let name = members.get("JOBNAME").and_then(Value::as_str);
                into.push(Job {
                    request,
                    name: schemas::cut(name.unwrap_or_default().to_owned(), NAME),
                    state: JobState::from_word(&schemas::cut(state.to_owned(), NAME)),
                });
            }
            for below in ["JOBS", "CHILD"] {
                if let Some(node) = members.get(below) {
                    walk(node, into);
                }
            }
        }
        _ => {}
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_in_warning_is_a_failure_under_a_parent_that_succeeded() {
        let text = r#"{"JOBS":{"JOBNAME":"Import Journals","REQUESTID":"7","STATUS":"SUCCEEDED",
            "CHILD":[{"JOBNAME":"Import Journals: Child","REQUESTID":8,"STATUS":"WARNING"}]}}"#;
        let tree = parse(text).unwrap();
        assert!(tree.is_final());
        assert_eq!(
            tree.failures().map(|job| job.request).collect::<Vec<_>>(),
            [8]
        );
    }

    #[test]
    fn paused_unknown_and_absent_are_not_the_end() {
        for word in ["PAUSED", "WAIT", "BLOCKED", "SOMETHING NEW", ""] {
            assert!(!JobState::from_word(word).is_final(), "{word}");
        }
        assert!(!JobTree::default().is_final());
        let array = r#"{"JOBS":[{"REQUESTID":"7","STATUS":"SUCCEEDED"},{"REQUESTID":"8","STATUS":"RUNNING"}]}"#;
        assert!(!parse(array).unwrap().is_final());
    }
}
