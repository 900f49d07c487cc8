//! How the work on a ledger is going, as the health of the process shows it.

use std::sync::{Arc, Mutex, PoisonError};

use schemas::LedgerKey;
use service::health::{self, Component};

use crate::metrics;

/// One ledger's place in the health of the process. Its clones are one.
#[derive(Debug, Clone)]
pub(super) struct Status {
    ledger: LedgerKey,
    component: Component,
    /// Which journals wait, and for what.
    waiting: Arc<Mutex<Option<String>>>,
}

impl Status {
    pub(super) fn of(ledger: &LedgerKey) -> Status {
        Status {
            ledger: ledger.clone(),
            component: health::component(format!("poster/{ledger}")),
            waiting: Arc::default(),
        }
    }

    /// The work goes on; shown with what waits in it.
    pub(super) fn works(&self) {
        match &*self.waiting.lock().unwrap_or_else(PoisonError::into_inner) {
            None => self.component.ok(),
            Some(waiting) => self.component.waiting(waiting),
        }
    }

    /// Remembers what waits; shown as long as the work goes on.
    pub(super) fn set_waiting(&self, waiting: Option<String>) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
    }

    pub(super) fn fails(&self, because: impl Into<String>) {
        self.component.failing(because);
    }

    /// A call to Fusion failed: it is counted, logged and shown.
    pub(super) fn call_failed(&self, error: &fusion::Error) {
        let (ledger, operation) = (&self.ledger, error.operation.as_str());
        metrics::FAILED_CALLS.add([ledger.as_str(), operation], 1);
        let source = error as &dyn std::error::Error;
        match error.is_transient() {
            true => tracing::warn!(%ledger, operation, error = source, "a call to Fusion failed"),
            false => {
                tracing::error!(%ledger, operation, error = source, "a call to Fusion was refused or has no known outcome");
            }
        }
        self.fails(error.summary());
    }
}
