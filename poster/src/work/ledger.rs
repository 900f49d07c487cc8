//! The ledger that is posted to.

use std::sync::Arc;

use fusion::Fusion;
use schemas::LedgerKey;
use service::{
    Clock,
    config::{LedgerConfig, PosterConfig},
};

use super::status::Status;
use crate::setup::Setup;

/// A ledger as it is configured and as it was looked up on its pod. Whatever is sent
/// to Fusion needs one, so nothing is sent before.
pub(super) struct Ledger {
    pub key: LedgerKey,
    /// With the id that was looked up.
    pub config: LedgerConfig,
    pub options: PosterConfig,
    pub setup: Setup,
    pub fusion: Arc<Fusion>,
    pub clock: Clock,
    pub status: Status,
}
