//! What each scheduled process does when its time has come.

mod imports;

use std::error::Error;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::jobs::{JobKind, Planned, State, Step};
use super::loader;
use super::pod::Pod;
use super::world::AUTOPOST_CRITERIA_SET;

/// Interface identifier of the business object journal.
const JOURNAL_INTERFACE: &str = "15";

impl Pod {
    /// Performs one due step.
    pub(super) fn perform(&mut self, step: Step, at: Timestamp) {
        match step {
            Step::Start(id) => {
                self.jobs.start(id, at);
                self.note(id, &format!("Request {id} started at {at}"));
            }
            Step::Proceed(id) => self.proceed(id, at),
            Step::AutoPost => {
                self.autopost(at);
            }
        }
    }

    fn proceed(&mut self, id: u64, at: Timestamp) {
        let Some(request) = self.jobs.get(id) else {
            return;
        };
        let arguments = request.arguments.clone();
        match request.kind {
            JobKind::LoadController => self.control_load(id, &arguments, at),
            JobKind::TransferFile => self.transfer(id, &arguments, at),
            JobKind::LoadFile => self.load(id, &arguments, at),
            JobKind::ImportLauncher => self.launch_import(id, &arguments, at),
            JobKind::ImportChild => self.import(id, &arguments, at),
            JobKind::AutomaticPosting => self.post_automatically(id, &arguments, at),
        }
    }

    /// `15,<document>,N,N[,<file>]`: transfer, then load, then what a bulk call
    /// planned besides.
    fn control_load(&mut self, id: u64, arguments: &[String], at: Timestamp) {
        if self.has_no_children(id) {
            let interface = arguments.first().map_or("", String::as_str);
            if interface != JOURNAL_INTERFACE || !matches!(arguments.len(), 4 | 5) {
                let problem = format!(
                    "Arguments {arguments:?} are not 15,<document id>,N,N and an optional file"
                );
                return self.fail(id, &problem, at);
            }
            let document = vec![arguments[1].clone()];
            self.plan_first(id, (JobKind::LoadFile, document.clone()));
            self.plan_first(id, (JobKind::TransferFile, document));
        }
        self.next_child_or_end(id, at);
    }

    fn transfer(&mut self, id: u64, arguments: &[String], at: Timestamp) {
        let wanted = arguments.first().map_or("", String::as_str);
        let document = wanted
            .parse()
            .ok()
            .and_then(|id| self.documents.get::<u64>(&id));
        let found = document
            .filter(|document| self.config.document_accounts.contains(&document.account))
            .map(|document| format!("Transferred {}", document.name));
        match found {
            Some(note) => {
                self.note(id, &note);
                self.jobs.finish(id, State::Succeeded, at);
            }
            None => {
                let problem =
                    format!("Document {wanted} was not found in the account of the interface");
                self.fail(id, &problem, at);
            }
        }
    }

    fn load(&mut self, id: u64, arguments: &[String], at: Timestamp) {
        let document = arguments.first().and_then(|id| id.parse::<u64>().ok());
        let Some(document) = document.and_then(|id| self.documents.get(&id)) else {
            return self.fail(id, "The transferred document is gone", at);
        };
        match loader::read(&document.content, &self.world) {
            Ok(rows) => {
                let note = format!(
                    "Table GL_INTERFACE:\n  {} Rows successfully loaded.\n  \
                     Total logical records rejected: 0",
                    rows.len()
                );
                self.interface.load(rows);
                self.note(id, &note);
                self.jobs.finish(id, State::Succeeded, at);
            }
            Err(error) => {
                let problem = format!(
                    "{}\nTable GL_INTERFACE:\n  0 Rows successfully loaded.",
                    with_causes(&error)
                );
                self.fail(id, &problem, at);
            }
        }
    }

    fn post_automatically(&mut self, id: u64, arguments: &[String], at: Timestamp) {
        let set = arguments.first().map_or("", String::as_str);
        if arguments.len() != 1 || set != AUTOPOST_CRITERIA_SET.to_string() {
            let problem = format!("AutoPost criteria set {arguments:?} does not exist");
            return self.fail(id, &problem, at);
        }
        let posted = self.autopost(at);
        self.note(id, &format!("{posted} batches posted"));
        self.jobs.finish(id, State::Succeeded, at);
    }

    fn has_no_children(&self, id: u64) -> bool {
        self.jobs
            .get(id)
            .is_some_and(|request| request.children.is_empty())
    }

    fn plan_first(&mut self, id: u64, planned: Planned) {
        if let Some(request) = self.jobs.get_mut(id) {
            request.planned.push_front(planned);
        }
    }

    /// A failed child fails its parent; a child in WARNING does not, which is
    /// why a parent in SUCCEEDED proves nothing.
    fn next_child_or_end(&mut self, id: u64, at: Timestamp) {
        let Some(request) = self.jobs.get_mut(id) else {
            return;
        };
        let last = request.children.last().copied();
        let next = request.planned.pop_front();
        let failed = last
            .and_then(|child| self.jobs.get(child))
            .is_some_and(|child| child.state == State::Error);
        match next {
            _ if failed => self.fail(id, "A child request ended in error", at),
            Some(planned) => self.jobs.spawn(id, planned, at),
            None => self.jobs.finish(id, State::Succeeded, at),
        }
    }

    fn fail(&mut self, id: u64, problem: &str, at: Timestamp) {
        self.note(id, problem);
        self.jobs.finish(id, State::Error, at);
    }

    fn note(&mut self, id: u64, text: &str) {
        if let Some(request) = self.jobs.get_mut(id) {
            // Writing to a String cannot fail.
            let _ = writeln!(request.log, "{text}");
        }
    }
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fusion::config::{AutoPost, FusionConfig, PodClock};
    use crate::fusion::jobs::{Submission, later};

    /// The default pod loads a document in four quarters of its 40 ms.
    #[test]
    fn a_parent_waits_runs_and_pauses_while_its_children_run() {
        let start = Timestamp::UNIX_EPOCH;
        let config = FusionConfig {
            job_duration: Duration::from_millis(40),
            clock: PodClock::new(|| Timestamp::UNIX_EPOCH),
            ..FusionConfig::default()
        };
        let mut pod = Pod::new(config);
        let submission = Submission {
            kind: JobKind::LoadController,
            arguments: ["15", "1", "N", "N"].map(String::from).to_vec(),
            submitter: "counterfoil".into(),
            extracts_files: true,
            planned: Vec::new(),
            queued: Duration::ZERO,
        };
        let id = pod.jobs.submit(submission, start);
        let mut states = Vec::new();
        for ms in [9, 19, 29, 39, 70] {
            pod.advance(later(start, Duration::from_millis(ms)));
            states.extend(pod.jobs.get(id).map(|request| request.state.word()));
        }
        // The document does not exist, which its first child finds out.
        assert_eq!(states, ["WAIT", "RUNNING", "PAUSED", "PAUSED", "ERROR"]);
        assert_eq!(pod.jobs.tree(id).len(), 2);
    }

    #[test]
    fn scheduled_autopost_falls_on_the_next_multiple_of_its_interval() {
        let start = Timestamp::UNIX_EPOCH;
        let config = FusionConfig {
            autopost: AutoPost::EveryMs(100),
            clock: PodClock::new(|| Timestamp::UNIX_EPOCH),
            ..FusionConfig::default()
        };
        let mut pod = Pod::new(config);
        pod.plan_autopost(later(start, Duration::from_millis(130)));
        assert!(
            pod.jobs
                .due(later(start, Duration::from_millis(199)))
                .is_none()
        );
        let due = pod.jobs.due(later(start, Duration::from_millis(200)));
        assert_eq!(due.map(|(_, step)| step), Some(Step::AutoPost));
    }
}
