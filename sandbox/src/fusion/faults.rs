//! Faults that can be switched on, and the calls they strike.

use serde::{Deserialize, Serialize};

/// What a call does, as faults and call counts tell calls apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Operation {
    /// Token request.
    Token,
    /// `uploadFileToUCM`.
    Upload,
    /// Submission of the interface loader.
    Load,
    /// Submission of Journal Import.
    Import,
    /// Submission of AutoPost.
    Post,
    /// `importBulkData`.
    Bulk,
    /// Any other submission.
    Submit,
    /// Status of a request: one job, or its tree.
    Status,
    /// Logs of a request.
    Details,
    /// The scheduler's own REST interface.
    Scheduler,
    /// Batches, journals, lines.
    JournalBatches,
    /// Lists of values, rates, segment values.
    Lov,
    /// In a fault: every call. In a count: calls to nothing known.
    #[default]
    Any,
}

/// A fault as it is switched on. The first group strikes calls, the second the
/// work of import jobs; one fault belongs to one group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Fault {
    /// Calls it strikes; import job faults strike imports whatever this says.
    pub operation: Operation,
    /// How often it strikes; without end if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How many calls or jobs it lets pass first.
    pub after: u32,

    /// Answers with this HTTP status instead of doing the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse: Option<u16>,
    /// Waits before anything else, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Does the work, then drops the connection without an answer.
    pub lose_answer: bool,
    /// Ends all tokens before the call is looked at.
    pub expire_token: bool,
    /// Answers 429.
    pub throttle: bool,
    /// Seconds in the 429's Retry-After; without it, no such header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Rejects the submission the way the real one does: 201 with `ReqstId` -1.
    pub reqst_id_minus_one: bool,
    /// Drops the connection without doing anything.
    pub down: bool,
    /// Keeps the submitted job waiting so long before it starts, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_ms: Option<u64>,

    /// The import child refuses its groups without a reason on any row.
    pub import_child_warning: bool,
    /// Imports the first half of a group's journals and says it succeeded.
    pub half_import: bool,
    /// Hides the import's batches from the read-back, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_batches_ms: Option<u64>,
}

impl Fault {
    /// Checks that the fault does something, and to one group only.
    ///
    /// # Errors
    /// What to change.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let strikes_calls = self.refuse.is_some()
            || self.delay_ms.is_some()
            || self.lose_answer
            || self.expire_token
            || self.throttle
            || self.reqst_id_minus_one
            || self.queue_ms.is_some()
            || self.down;
        if self.retry_after.is_some() && !self.throttle {
            return Err("retry_after belongs to throttle: set throttle too");
        }
        if self
            .refuse
            .is_some_and(|status| !(400..=599).contains(&status))
        {
            return Err("refuse takes an HTTP status from 400 to 599");
        }
        match (strikes_calls, self.strikes_imports()) {
            (true, true) => Err("a fault strikes calls or import jobs: send two faults"),
            (false, false) => Err("the fault names no effect, such as lose_answer"),
            _ => Ok(()),
        }
    }

    fn strikes_imports(&self) -> bool {
        self.import_child_warning || self.half_import || self.hide_batches_ms.is_some()
    }

    /// Counts one occasion; true if the fault strikes.
    fn strike(&mut self) -> bool {
        if self.after > 0 {
            self.after -= 1;
            return false;
        }
        match &mut self.times {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

/// What strikes one call.
#[derive(Debug, Clone, Default)]
pub(super) struct CallEffects {
    /// HTTP status instead of the work.
    pub refuse: Option<u16>,
    /// Wait first, in milliseconds.
    pub delay_ms: u64,
    /// Drop the connection after the work.
    pub lose_answer: bool,
    /// End all tokens first.
    pub expire_token: bool,
    /// Answer 429, with or without Retry-After.
    pub throttle: Option<Option<u64>>,
    /// Reject the submission.
    pub reqst_id_minus_one: bool,
    /// Drop the connection before the work.
    pub down: bool,
    /// Keep the submitted job waiting, in milliseconds.
    pub queue_ms: u64,
}

/// What strikes one import job.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ImportEffects {
    /// Refuse without reasons.
    pub child_warning: bool,
    /// Import half.
    pub half: bool,
    /// Hide the batches, in milliseconds.
    pub hide_ms: u64,
}

/// Faults that are on.
#[derive(Debug, Default)]
pub(super) struct Faults {
    active: Vec<Fault>,
}

impl Faults {
    /// Switches one on, beside those that are.
    pub(super) fn add(&mut self, fault: Fault) {
        self.active.push(fault);
    }

    /// Switches all off.
    pub(super) fn clear(&mut self) {
        self.active.clear();
    }

    /// Those that still strike.
    pub(super) fn active(&self) -> &[Fault] {
        &self.active
    }

    /// What strikes a call; counts it.
    pub(super) fn strike_call(&mut self, operation: Operation) -> CallEffects {
        let mut effects = CallEffects::default();
        let candidates = self
            .active
            .iter_mut()
            .filter(|fault| !fault.strikes_imports());
        for fault in candidates {
            let meant = fault.operation == Operation::Any || fault.operation == operation;
            if !meant || !fault.strike() {
                continue;
            }
            effects.refuse = effects.refuse.or(fault.refuse);
            effects.queue_ms = effects.queue_ms.max(fault.queue_ms.unwrap_or(0));
            effects.delay_ms = effects.delay_ms.max(fault.delay_ms.unwrap_or(0));
            effects.lose_answer |= fault.lose_answer;
            effects.expire_token |= fault.expire_token;
            effects.reqst_id_minus_one |= fault.reqst_id_minus_one;
            effects.down |= fault.down;
            if fault.throttle {
                effects.throttle = Some(fault.retry_after);
            }
        }
        self.drop_spent();
        effects
    }

    /// What strikes an import job; counts it.
    pub(super) fn strike_import(&mut self) -> ImportEffects {
        let mut effects = ImportEffects::default();
        let candidates = self
            .active
            .iter_mut()
            .filter(|fault| fault.strikes_imports());
        for fault in candidates {
            if fault.strike() {
                effects.child_warning |= fault.import_child_warning;
                effects.half |= fault.half_import;
                effects.hide_ms = effects.hide_ms.max(fault.hide_batches_ms.unwrap_or(0));
            }
        }
        self.drop_spent();
        effects
    }

    fn drop_spent(&mut self) {
        self.active.retain(|fault| fault.times != Some(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_its_operation_as_often_as_it_says_after_letting_pass() {
        let mut faults = Faults::default();
        faults.add(Fault {
            operation: Operation::Import,
            times: Some(2),
            after: 1,
            lose_answer: true,
            ..Fault::default()
        });
        let mut struck = |operation| faults.strike_call(operation).lose_answer;
        assert!(!struck(Operation::Import));
        assert!(!struck(Operation::Upload));
        assert!(struck(Operation::Import));
        assert!(struck(Operation::Import));
        assert!(!struck(Operation::Import));
        assert!(faults.active().is_empty());
    }

    #[test]
    fn a_fault_without_effect_or_with_two_kinds_is_refused() {
        assert!(Fault::default().check().is_err());
        let both = Fault {
            down: true,
            half_import: true,
            ..Fault::default()
        };
        assert!(both.check().is_err());
    }
}
