//! Progress bars, on standard error so that what a command prints can be piped.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const TICK: Duration = Duration::from_millis(100);

/// A bar for `total` of something, with its rate and what is left.
pub(crate) fn bar(what: &'static str, total: u64) -> ProgressBar {
    styled(ProgressBar::new(total), what)
}

/// A bar as all of them look.
pub(crate) fn styled(bar: ProgressBar, what: &'static str) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{prefix:>12} {bar:30} {human_pos:>7} of {human_len} {msg}")
            .expect("the template is constant and well formed");
    bar.set_style(style);
    bar.set_prefix(what);
    bar.enable_steady_tick(TICK);
    bar
}
