//! Trying until it works, and saying so meanwhile.

use std::{error::Error, time::Duration};

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
    E: Error + 'static,
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
            Err(error) => error,
        };
        component.failing(in_our_words(&error));
        let error = causes(&error).to_string();
        let pause = pauses.next().unwrap_or(LONGEST);
        tracing::warn!(%error, pause_seconds = pause.as_secs_f32(), "trying again after a pause");
        tokio::select! {
            () = shutdown.cancelled() => return None,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// The error with its causes, as far as they are ours: health is read by more people
/// than the log, where the store's own words are.
fn in_our_words(error: &(dyn Error + 'static)) -> String {
    if let Some(of_the_store) = error.downcast_ref::<bigcommerce::Error>() {
        return of_the_store.summary();
    }
    match error.source() {
        Some(cause) => format!("{error}: {}", in_our_words(cause)),
        None => error.to_string(),
    }
}

fn pauses() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(LONGEST)
        .with_jitter()
        .without_max_times()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the store could not be asked")]
    struct Outer(#[source] bigcommerce::Error);

    #[test]
    fn health_has_no_words_of_the_store() {
        let error = Outer(bigcommerce::Error::Status {
            operation: "list orders",
            path: "/v2/orders".to_owned(),
            status: 502,
            body: "words of others".to_owned(),
            retry_after: None,
        });
        assert_eq!(
            in_our_words(&error),
            "the store could not be asked: list orders: /v2/orders answered HTTP 502"
        );
    }
}
