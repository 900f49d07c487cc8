//! The pursuit of the open attempt by this process.

use std::time::Duration;

use jiff::Timestamp;

use super::{backoff::Backoff, ledger::Ledger};
use crate::{
    attempt::{Call, Progress, Settled},
    books::Attempt,
};

/// What this process knows of the open attempt beyond its record, and when it goes on.
pub(super) struct Pursuit {
    /// As the books had it when the pursuit began.
    attempt: Attempt,
    progress: Progress,
    /// Since when nothing was called that could still show up.
    settling_from: Timestamp,
    backoff: Backoff,
    began: Timestamp,
    is_late: bool,
}

impl Pursuit {
    /// A step found on restart settles since it was recorded, unless its call is still
    /// to be made. None for an attempt that is abandoned.
    pub(super) fn of(
        ledger: &Ledger,
        attempt: Attempt,
        is_ours: bool,
        job_time: Duration,
    ) -> Option<Pursuit> {
        let (now, options) = (ledger.clock.now(), &ledger.options);
        let progress = Progress::at(&attempt.step, is_ours)?;
        let pause = match progress.is_running() {
            // Looking while the job can hardly be done costs calls.
            true => (job_time * 9 / 10).max(options.poll_every),
            false => Duration::ZERO,
        };
        Some(Pursuit {
            settling_from: attempt.step_at,
            attempt,
            progress,
            backoff: Backoff::starting_in(options, now, pause),
            began: now,
            is_late: false,
        })
    }

    pub(super) fn is_of(&self, attempt: &Attempt) -> bool {
        let ours = &self.attempt;
        ours.batch == attempt.batch && ours.attempt == attempt.attempt && ours.step == attempt.step
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(super) fn due(&self) -> Timestamp {
        self.backoff.due()
    }

    pub(super) fn began(&self) -> Timestamp {
        self.began
    }

    pub(super) fn settled(&self, ledger: &Ledger) -> Settled {
        Settled(ledger.clock.age(self.settling_from) >= ledger.options.settling_time)
    }

    /// Something is called that can show up from now on, or has just come to its end.
    pub(super) fn settle_from(&mut self, now: Timestamp) {
        self.settling_from = now;
    }

    /// A call worked. Pauses grow while a job runs, and while nothing is shown that may
    /// still show up.
    pub(super) fn learn(&mut self, progress: Progress, settled: Settled, now: Timestamp) {
        self.progress = progress;
        let is_unseen = self.progress.is_unseen();
        if self.progress.is_running() || is_unseen && !settled.0 {
            self.backoff.back_off(now);
        } else if !is_unseen {
            self.backoff.reset(now);
        }
    }

    /// A call failed: another follows later.
    pub(super) fn fail(&mut self, call: &Call, error: &fusion::Error, now: Timestamp) {
        let may_be_done = error.is_unknown_outcome();
        if let Some(progress) = call.failed(may_be_done) {
            self.progress = progress;
            if may_be_done {
                self.settling_from = now;
            }
        }
        self.backoff.back_off(now);
    }

    pub(super) fn back_off(&mut self, now: Timestamp) {
        self.backoff.back_off(now);
    }

    /// Shows that a step takes too long, and says it once. Nothing is given up for it.
    pub(super) fn report_if_late(&mut self, ledger: &Ledger, what: &'static str) {
        if ledger.clock.age(self.attempt.step_at) < ledger.options.job_deadline {
            return;
        }
        let (batch, step) = (&self.attempt.batch, self.attempt.step.name());
        ledger.status.fails(format!("batch {batch}: {what}"));
        if !std::mem::replace(&mut self.is_late, true) {
            tracing::error!(ledger = %ledger.key, %batch, step, "{what}");
        }
    }
}
