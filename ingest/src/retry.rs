//! Trying until it works, and saying so meanwhile.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use schemas::causes;
use service::{CancellationToken, health::Component};

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(60);

/// Tries until it works; None when shut down before that. The component shows
/// why it does not work, and one line of the log for each pause.
pub(crate) async fn until_done<T, E, F>(
    component: &Component,
    shutdown: &CancellationToken,
    mut attempt: impl FnMut() -> F,
) -> Option<T>
where
    F: Future<Output = Result<T, E>>,
    E: std::error::Error,
{
    let mut pauses = pauses().build();
    loop {
        let outcome = tokio::select! {
            biased;
            () = shutdown.cancelled() => return None,
            outcome = attempt() => outcome,
        };
        let error = match outcome {
            Ok(value) => {
                component.ok();
                return Some(value);
            }
            Err(error) => causes(&error).to_string(),
        };
        component.failing(&error);
        let pause = pauses.next().unwrap_or(LONGEST);
        tracing::warn!(%error, pause_seconds = pause.as_secs_f32(), "trying again after a pause");
        tokio::select! {
            () = shutdown.cancelled() => return None,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn pauses() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(LONGEST)
        .with_jitter()
        .without_max_times()
}
