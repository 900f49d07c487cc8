//! What can be switched about deliveries.

use serde::{Deserialize, Serialize};

/// Seconds before each retry; after the last one the hook is switched off.
pub const RETRY_SECONDS: [u32; 11] = [
    60, 180, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 50_400, 86_400,
];

/// How deliveries behave.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// Share of deliveries that are never made, 0 to 1.
    pub drop_rate: f64,
    /// How many of the next deliveries are never made.
    pub drop_next: u32,
    /// Share of deliveries that are made twice, 0 to 1.
    pub duplicate_rate: f64,
    /// While true, deliveries wait.
    pub paused: bool,
    /// Factor on [`RETRY_SECONDS`]: 1 as documented, 0.001 for tests.
    pub retry_scale: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            drop_rate: 0.0,
            drop_next: 0,
            duplicate_rate: 0.0,
            paused: false,
            retry_scale: 1.0,
        }
    }
}

/// A change of some settings; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// See [`Settings::drop_rate`].
    pub drop_rate: Option<f64>,
    /// See [`Settings::drop_next`].
    pub drop_next: Option<u32>,
    /// See [`Settings::duplicate_rate`].
    pub duplicate_rate: Option<f64>,
    /// See [`Settings::paused`].
    pub paused: Option<bool>,
    /// See [`Settings::retry_scale`].
    pub retry_scale: Option<f64>,
}

impl Settings {
    /// Applies a change; shares are held within 0 and 1.
    pub fn apply(&mut self, change: &SettingsChange) {
        let share = |rate: f64| rate.clamp(0.0, 1.0);
        self.drop_rate = change.drop_rate.map_or(self.drop_rate, share);
        self.duplicate_rate = change.duplicate_rate.map_or(self.duplicate_rate, share);
        self.drop_next = change.drop_next.unwrap_or(self.drop_next);
        self.paused = change.paused.unwrap_or(self.paused);
        self.retry_scale = change
            .retry_scale
            .map_or(self.retry_scale, |s| s.clamp(0.0, 1.0));
    }
}
