//! The stream that the configuration names.

use stream::{Credentials, JetStreamOptions, Stream, StreamError};

use crate::{
    CancellationToken,
    config::{Carrier, Config, StreamConfig},
    follow,
};

/// Opens the stream for a process of one service, and waits for a broker that
/// cannot be reached. An embedded stream lives inside one process, so it is
/// refused here.
pub async fn open(
    config: &StreamConfig,
    shutdown: &CancellationToken,
) -> Result<Stream, StreamError> {
    if config.carrier == Carrier::Embedded {
        return Err(StreamError::Setup(
            "stream.carrier is `embedded`, which is for one process: use `counterfoil run`, or set it to `jetstream`".to_owned(),
        ));
    }
    let options = JetStreamOptions::from(config);
    loop {
        match Stream::connect(&options).await {
            Err(StreamError::Unavailable(reason)) => {
                tracing::warn!(reason, "the broker cannot be reached; trying again");
                tokio::select! {
                    () = tokio::time::sleep(follow::PAUSE) => {}
                    () = shutdown.cancelled() => return Err(StreamError::Unavailable(reason)),
                }
            }
            outcome => return outcome,
        }
    }
}

/// Opens the stream for a process of all services, by either carrier.
pub async fn open_any(
    config: &Config,
    shutdown: &CancellationToken,
) -> Result<Stream, StreamError> {
    match config.stream.carrier {
        Carrier::Jetstream => open(&config.stream, shutdown).await,
        Carrier::Embedded => Stream::open_embedded(&config.data_dir),
    }
}

impl From<&StreamConfig> for JetStreamOptions {
    fn from(config: &StreamConfig) -> JetStreamOptions {
        let credentials = match (&config.user, &config.password) {
            (Some(user), Some(password)) => Some(Credentials::Password {
                user: user.clone(),
                password: password.to_secret_string(),
            }),
            _ => None,
        };
        JetStreamOptions {
            urls: config.urls.clone(),
            stream_name: config.name.clone(),
            replicas: config.replicas,
            duplicate_window: config.duplicate_window,
            publish_timeout: config.publish_timeout,
            monitor_url: config.monitor_url.clone(),
            require_sync_always: config.require_sync_always,
            credentials,
        }
    }
}
