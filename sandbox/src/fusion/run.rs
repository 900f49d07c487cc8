//! What each scheduled process does when its time has come.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::faults::ImportEffects;
use super::import::report::{self, GroupLine};
use super::import::{GroupOutcome, ImportRun, import_group};
use super::interface::{GroupKey, Row};
use super::jobs::{JobKind, Planned, State, Step, later};
use super::loader;
use super::pod::Pod;
use super::world::{AUTOPOST_CRITERIA_SET, Ledger};

/// Interface identifier of the business object journal.
const JOURNAL_INTERFACE: &str = "15";

/// Journal Import's seven parameters, resolved.
struct ImportParameters {
    source: String,
    ledger: Ledger,
    /// None for `ALL`.
    group_id: Option<u64>,
    summary: bool,
}

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

    fn launch_import(&mut self, id: u64, arguments: &[String], at: Timestamp) {
        if self.has_no_children(id) {
            let parameters = match self.import_parameters(arguments) {
                Ok(parameters) => parameters,
                Err(problem) => return self.fail(id, &problem, at),
            };
            let groups = self.selected(&parameters).len();
            self.note(
                id,
                &format!("launch_journal_import: Total: {groups} group id(s)"),
            );
            if groups > 0 {
                self.plan_first(id, (JobKind::ImportChild, arguments.to_vec()));
            }
        }
        self.next_child_or_end(id, at);
    }

    fn import(&mut self, id: u64, arguments: &[String], at: Timestamp) {
        let parameters = match self.import_parameters(arguments) {
            Ok(parameters) => parameters,
            Err(problem) => return self.fail(id, &problem, at),
        };
        let effects = self.faults.strike_import();
        let keys = self.selected(&parameters);
        let mut lines = Vec::new();
        let mut errors = String::new();
        let mut refused = false;
        for key in &keys {
            let rows = self.interface.take(key);
            let selected = rows.len();
            let outcome = self.import_one(id, &parameters, key, rows, effects, at);
            let (line, error_rows) = self.settle(key, selected, outcome, &effects);
            refused |= line.status == "Error";
            lines.push(line);
            errors.push_str(&error_rows);
        }
        let text = format!("{}{errors}{}", report::totals(id, &lines), report::legend());
        self.note(id, &text);
        self.plan_autopost(at);
        let state = if refused {
            State::Warning
        } else {
            State::Succeeded
        };
        self.jobs.finish(id, state, at);
    }

    fn import_one(
        &mut self,
        request: u64,
        parameters: &ImportParameters,
        key: &GroupKey,
        mut rows: Vec<Row>,
        effects: ImportEffects,
        at: Timestamp,
    ) -> GroupOutcome {
        if effects.child_warning {
            return GroupOutcome::Refused(rows);
        }
        let hidden = Duration::from_millis(effects.hide_ms).max(self.config.read_back_lag);
        let left_behind = if effects.half {
            second_half(&mut rows)
        } else {
            Vec::new()
        };
        let run = ImportRun {
            request,
            ledger: &parameters.ledger,
            world: &self.world,
            unbalanced: self.config.unbalanced,
            journal_names: self.config.journal_names,
            summary: parameters.summary,
            at,
            visible_at: later(at, hidden),
        };
        match import_group(&run, key, rows, &mut self.gl) {
            GroupOutcome::Refused(mut refused) => {
                refused.extend(left_behind);
                GroupOutcome::Refused(refused)
            }
            imported => {
                self.interface.put_back(key.clone(), left_behind);
                imported
            }
        }
    }

    /// Books a group's outcome; returns its line of the report and its rows in error.
    fn settle<'k>(
        &mut self,
        key: &'k GroupKey,
        selected: usize,
        outcome: GroupOutcome,
        effects: &ImportEffects,
    ) -> (GroupLine<'k>, String) {
        let mut line = GroupLine {
            key,
            status: "Success",
            lines: selected,
            errors: 0,
            batches: 0,
            journals: 0,
        };
        match outcome {
            GroupOutcome::Imported(batches) => {
                line.batches = batches.len();
                line.journals = batches.iter().map(|batch| batch.journals.len()).sum();
                for batch in batches {
                    for row in batch.journals.iter().flat_map(|journal| &journal.lines) {
                        self.world.chart.ensure(&row.account);
                    }
                    self.gl.add(batch);
                }
                (line, String::new())
            }
            GroupOutcome::Refused(rows) => {
                line.status = "Error";
                line.errors = rows.iter().filter(|row| report::is_error(row)).count();
                let errors = match effects.child_warning {
                    true => String::new(),
                    false => report::error_lines(&rows),
                };
                self.interface.put_back(key.clone(), rows);
                (line, errors)
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

    fn import_parameters(&self, arguments: &[String]) -> Result<ImportParameters, String> {
        let [access_set, source, ledger, group, _suspense, summary, _dff] = arguments else {
            return Err(format!(
                "Journal Import takes seven parameters, {} were given",
                arguments.len()
            ));
        };
        let ledger = ledger
            .parse()
            .ok()
            .and_then(|id| self.world.ledger(id))
            .ok_or_else(|| format!("Ledger {ledger} does not exist"))?;
        // `#NULL` is accepted only where there is one ledger; this pod has two.
        if *access_set != ledger.data_access_set_id.to_string() {
            return Err(format!(
                "Data access set {access_set} gives no access to ledger {}",
                ledger.id
            ));
        }
        let group_id = match group.as_str() {
            "ALL" => None,
            digits => Some(
                digits
                    .parse()
                    .map_err(|_| format!("Group {digits} is neither a number nor ALL"))?,
            ),
        };
        Ok(ImportParameters {
            source: source.clone(),
            ledger: ledger.clone(),
            group_id,
            summary: summary == "Y",
        })
    }

    fn selected(&self, parameters: &ImportParameters) -> Vec<GroupKey> {
        let ImportParameters {
            source,
            ledger,
            group_id,
            ..
        } = parameters;
        self.interface.select(source, ledger.id, *group_id)
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

/// Takes the second half of a group's journals away, by journal name.
fn second_half(rows: &mut Vec<Row>) -> Vec<Row> {
    let mut names: Vec<String> = rows.iter().map(|row| row.journal_name.clone()).collect();
    names.dedup();
    let kept = &names[..names.len().div_ceil(2)];
    let (kept, left) = std::mem::take(rows)
        .into_iter()
        .partition(|row| kept.contains(&row.journal_name));
    *rows = kept;
    left
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
