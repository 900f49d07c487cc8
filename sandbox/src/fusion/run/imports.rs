//! Journal Import's two requests: the launcher selects, its child imports.

use std::time::Duration;

use jiff::Timestamp;

use crate::fusion::faults::ImportEffects;
use crate::fusion::import::report::{self, GroupLine};
use crate::fusion::import::{GroupOutcome, ImportRun, import_group};
use crate::fusion::interface::{GroupKey, Row};
use crate::fusion::jobs::{JobKind, State, later};
use crate::fusion::pod::Pod;
use crate::fusion::world::Ledger;

/// Journal Import's seven parameters, resolved.
struct ImportParameters {
    source: String,
    ledger: Ledger,
    /// None for `ALL`.
    group_id: Option<u64>,
    summary: bool,
}

impl Pod {
    pub(super) fn launch_import(&mut self, id: u64, arguments: &[String], at: Timestamp) {
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

    pub(super) fn import(&mut self, id: u64, arguments: &[String], at: Timestamp) {
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
            refused |= line.refused;
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
            refused: false,
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
                line.refused = true;
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
        if ledger.access == "R" {
            return Err(format!(
                "Data access set {access_set} has no write access to ledger {}",
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
