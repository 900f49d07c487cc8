//! How a log is kept.

use std::time::Duration;

/// How a log is kept.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// Bytes of memory for sled's cache.
    pub cache_bytes: u64,
    /// The most events that share one sync.
    pub max_group: usize,
    /// How long an append waits for company. Zero by default: a group gathers
    /// anyway while the one before it is being synced.
    pub linger: Duration,
    /// How many of the last records are checked on opening.
    pub check_last: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        LogOptions {
            cache_bytes: 32 << 20,
            max_group: 1000,
            linger: Duration::ZERO,
            check_last: 1000,
        }
    }
}
