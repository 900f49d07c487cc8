//! The stream that the configuration names.

use std::{io, time::Duration};

use stream::{Credentials, JetStreamOptions, Start, Stream, StreamError};

use crate::{
    CancellationToken,
    config::{Carrier, Config, StreamConfig},
    follow::{self, stream_is_away},
    health,
    witness::Witness,
};

/// How long after an event it is noted that it was seen.
const NOTED_EVERY: Duration = Duration::from_millis(200);

/// Opens the stream for a process of one service. A broker that cannot be reached is
/// waited for, and so is a stream that is not the one that was seen before, until it is
/// put right. An embedded stream lives inside one process, so it is refused here.
pub async fn open(config: &Config, shutdown: &CancellationToken) -> Result<Stream, StreamError> {
    if config.stream.carrier == Carrier::Embedded {
        return Err(StreamError::Setup(
            "stream.carrier is `embedded`, which is for one process: use `counterfoil run`, or set it to `jetstream`".to_owned(),
        ));
    }
    open_any(config, shutdown).await
}

/// Opens the stream for a process of all services, by either carrier.
pub async fn open_any(
    config: &Config,
    shutdown: &CancellationToken,
) -> Result<Stream, StreamError> {
    let health = health::component("stream");
    let mut is_awaited = false;
    loop {
        match connect(config).await {
            Ok(stream) => {
                // Or the process would be ready before its services have begun.
                health.withdraw();
                let witness = Witness::of(config);
                tokio::spawn(note(stream.clone(), witness, shutdown.clone()));
                return Ok(stream);
            }
            Err(error) if may_pass(&error, is_awaited) => {
                is_awaited = true;
                stream_is_away(&health, &error);
                tokio::select! {
                    () = tokio::time::sleep(follow::PAUSE) => {}
                    () = shutdown.cancelled() => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether an error may pass while the process waits. Of a log that is waited for,
/// whatever is wrong: it is being put right.
fn may_pass(error: &StreamError, is_awaited: bool) -> bool {
    match error {
        StreamError::Unavailable(_) | StreamError::Misplaced { .. } => true,
        StreamError::Log(_) => is_awaited,
        _ => false,
    }
}

/// Opens the stream, if it is there now and is the one that was seen before.
pub async fn connect(config: &Config) -> Result<Stream, StreamError> {
    let known = Witness::of(config).read();
    match config.stream.carrier {
        Carrier::Jetstream => {
            let options = JetStreamOptions::from(&config.stream);
            // Boxed, or all who await it would be as large.
            Box::pin(Stream::connect_at(&options, known)).await
        }
        Carrier::Embedded => Stream::open_embedded(&config.data_dir, known),
    }
}

/// The same, but where there is no embedded stream, none begins.
pub async fn connect_existing(config: &Config) -> Result<Option<Stream>, StreamError> {
    match config.stream.carrier {
        Carrier::Jetstream => connect(config).await.map(Some),
        Carrier::Embedded => Stream::open_existing(&config.data_dir, Witness::of(config).read()),
    }
}

/// Forgets what was seen of the stream, because it was replaced on purpose.
pub fn forget(config: &Config) -> io::Result<()> {
    Witness::of(config).forget()
}

/// Notes what is seen of the stream, until shut down.
async fn note(stream: Stream, witness: Witness, shutdown: CancellationToken) {
    let mut noted = Start::Beginning;
    let mut is_well = true;
    loop {
        let ending = shutdown.is_cancelled();
        if let Ok(Start::After(seen)) = stream.reached()
            && noted != Start::After(seen)
        {
            match witness.write(seen) {
                Ok(()) => noted = Start::After(seen),
                Err(error) if is_well => {
                    is_well = false;
                    tracing::info!(%error, "what was seen of the stream cannot be noted in the data folder");
                }
                Err(_) => {}
            }
        }
        if ending {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(NOTED_EVERY) => {}
            () = shutdown.cancelled() => {}
        }
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
