//! The connection to the broker, and the streams there.

use std::{
    future::IntoFuture,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use async_nats::{
    Client, ConnectOptions, HeaderMap, RequestErrorKind,
    connection::State,
    jetstream::{
        self,
        publish::PublishAck,
        response::Response,
        stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream},
    },
};
use bytes::Bytes;
use eventlog::{Sequence, Start};
use schemas::{EventType, Subjects};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{
    Credentials, JetStreamOptions, check,
    failure::{is_passing, refused, silent, unavailable},
    guard::Guard,
    identity, remedy,
};
use crate::{Misplaced, StreamError};

/// Positions of consumers: one message per consumer, the newest counts.
pub(super) const POSITION_PREFIX: &str = "counterfoil.position";
/// The longest pause before the client tries to reconnect.
const RECONNECT_PAUSE: Duration = Duration::from_millis(500);
const RETRY_PAUSE: Duration = Duration::from_millis(25);

/// A connection that heals itself. Clones share it.
#[derive(Clone)]
pub(crate) struct Link {
    pub client: Client,
    pub context: jetstream::Context,
    pub stream_name: String,
    pub events: Stream<()>,
    pub positions: Stream<()>,
    pub guard: Arc<Guard>,
    pub timeout: Duration,
}

/// Why a publish was not acknowledged.
#[derive(Debug)]
pub enum PublishError {
    /// The server said no.
    Server(jetstream::Error),
    Other(StreamError),
}

impl Link {
    /// Connects to the streams, and creates those that are not there.
    pub(crate) async fn connect(
        options: &JetStreamOptions,
        guard: Guard,
    ) -> Result<Link, StreamError> {
        let client = Link::inspect(options).await?;
        let mut context = jetstream::new(client.clone());
        context.set_timeout(options.publish_timeout);
        let positions = positions_config(options);
        match identity::find(&context, &options.stream_name).await? {
            Some(info) if identity::is_restoring(&info) => {
                return Err(remedy::restoring(Sequence(info.state.last_sequence)));
            }
            Some(_) => {}
            None => refuse_to_begin(&context, guard.reached(), &positions.name).await?,
        }
        identity::ensure_identified(&context, events_config(options)).await?;
        identity::ensure(&context, &positions).await?;
        Link::to_streams(client, context, options, guard).await
    }

    /// Connects to the streams as they are, or are not.
    pub(crate) async fn look(options: &JetStreamOptions) -> Result<Link, StreamError> {
        let client = Link::inspect(options).await?;
        let mut context = jetstream::new(client.clone());
        context.set_timeout(options.publish_timeout);
        Link::to_streams(client, context, options, Guard::new(Start::Beginning)).await
    }

    async fn to_streams(
        client: Client,
        context: jetstream::Context,
        options: &JetStreamOptions,
        guard: Guard,
    ) -> Result<Link, StreamError> {
        let handle = |name: String| context.get_stream_no_info(name);
        Ok(Link {
            events: handle(options.stream_name.clone())
                .await
                .map_err(unavailable)?,
            positions: handle(positions_name(&options.stream_name))
                .await
                .map_err(unavailable)?,
            stream_name: options.stream_name.clone(),
            guard: Arc::new(guard),
            context,
            client,
            timeout: options.publish_timeout,
        })
    }

    /// Connects, and checks that the server is one on which an acknowledged event is
    /// safe; changes nothing there.
    pub(crate) async fn inspect(options: &JetStreamOptions) -> Result<Client, StreamError> {
        let client = connect(options).await?;
        check::version(&client.server_info().version)?;
        check::sync_always(&client, options).await?;
        Ok(client)
    }

    /// How often the connection was made. Whoever remembers something about the
    /// server forgets it when this changes.
    pub(crate) fn generation(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    /// Sends without waiting for an answer.
    pub(crate) async fn send(
        &self,
        subject: String,
        headers: HeaderMap,
        payload: Vec<u8>,
    ) -> Result<(), PublishError> {
        let sent = self
            .client
            .publish_with_headers(subject, headers, payload.into());
        sent.await
            .map_err(|error| PublishError::Other(unavailable(error)))
    }

    /// Publishes and waits until the server says that the message is stored.
    pub(crate) async fn publish(
        &self,
        subject: String,
        headers: HeaderMap,
        payload: Vec<u8>,
    ) -> Result<PublishAck, PublishError> {
        let deadline = Instant::now() + self.timeout;
        let payload = Bytes::from(payload);
        let answer = loop {
            self.connected(deadline)
                .await
                .map_err(PublishError::Other)?;
            let request =
                self.client
                    .request_with_headers(subject.clone(), headers.clone(), payload.clone());
            match timeout_at(deadline, request).await {
                Ok(Ok(answer)) => break answer,
                // A server that has just started answers before its streams are there.
                Ok(Err(error))
                    if error.kind() == RequestErrorKind::NoResponders
                        && Instant::now() < deadline =>
                {
                    // Or one whose stream was deleted.
                    self.guard.doubt();
                    sleep(RETRY_PAUSE).await;
                }
                Ok(Err(error)) if error.kind() == RequestErrorKind::MaxPayloadExceeded => {
                    return Err(PublishError::Other(refused("publish", error)));
                }
                Ok(Err(error)) => return Err(PublishError::Other(unavailable(error))),
                Err(_) => return Err(PublishError::Other(silent(self.timeout))),
            }
        };
        match serde_json::from_slice(&answer.payload) {
            Ok(Response::Ok(ack)) => Ok(ack),
            Ok(Response::Err { error }) => Err(PublishError::Server(error)),
            Err(error) => Err(PublishError::Other(refused("publish", error))),
        }
    }

    /// Waits until there is a connection. A message that is given to the client
    /// without one would be kept, and sent long after its publisher has given up.
    pub(crate) async fn connected(&self, deadline: Instant) -> Result<(), StreamError> {
        while self.client.connection_state() != State::Connected {
            if Instant::now() >= deadline {
                return Err(StreamError::Unavailable(
                    "there is no connection".to_owned(),
                ));
            }
            sleep(RETRY_PAUSE).await;
        }
        Ok(())
    }
}

/// The error of a publish that is not expected to be refused.
impl From<PublishError> for StreamError {
    fn from(error: PublishError) -> StreamError {
        match error {
            PublishError::Server(error) if is_passing(&error) => unavailable(error),
            PublishError::Server(error) => refused("publish", error),
            PublishError::Other(error) => error,
        }
    }
}

/// A stream of which something is known, or in which consumers have positions, is not
/// begun anew when it is gone: it was lost.
async fn refuse_to_begin(
    context: &jetstream::Context,
    known: Start,
    positions: &str,
) -> Result<(), StreamError> {
    if known != Start::Beginning {
        return Err(remedy::misplaced(Misplaced::ends_before(known.sequence())));
    }
    let kept = identity::find(context, positions).await?;
    match kept.map_or(0, |info| info.state.messages) {
        0 => Ok(()),
        _ => Err(remedy::misplaced(Misplaced::Gone)),
    }
}

async fn connect(options: &JetStreamOptions) -> Result<Client, StreamError> {
    let mut connect = ConnectOptions::new()
        .name("counterfoil")
        .connection_timeout(options.publish_timeout)
        .request_timeout(Some(options.publish_timeout))
        .reconnect_delay_callback(|attempts| {
            RECONNECT_PAUSE.min(Duration::from_millis(20 * attempts as u64))
        });
    connect = match &options.credentials {
        None => connect,
        Some(Credentials::Password { user, password }) => {
            connect.user_and_password(user.clone(), password.expose_secret().to_owned())
        }
        Some(Credentials::Token(token)) => connect.token(token.expose_secret().to_owned()),
        Some(Credentials::File(path)) => connect.credentials_file(path).await.map_err(|error| {
            StreamError::Setup(format!(
                "the credentials in {} cannot be read: {error}",
                path.display()
            ))
        })?,
    };
    let connecting = connect.connect(options.urls.clone()).into_future();
    let urls = options.urls.join(", ");
    match timeout(options.publish_timeout, connecting).await {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(error)) => Err(unavailable(format!("{urls}: {error}"))),
        Err(_) => Err(unavailable(format!("{urls}: no connection in time"))),
    }
}

pub(super) fn events_config(options: &JetStreamOptions) -> Config {
    Config {
        name: options.stream_name.clone(),
        description: Some("Every event of Counterfoil, kept for ever".to_owned()),
        subjects: EventType::ALL
            .iter()
            .map(|kind| Subjects::all(*kind).into_pattern())
            .collect(),
        duplicate_window: options.duplicate_window,
        deny_delete: true,
        deny_purge: true,
        allow_atomic_publish: true,
        discard: DiscardPolicy::New,
        ..kept_on_disk(options)
    }
}

/// The stream in which the positions of a stream's consumers are kept.
pub(super) fn positions_name(stream: &str) -> String {
    format!("{stream}_POSITIONS")
}

fn positions_config(options: &JetStreamOptions) -> Config {
    Config {
        name: positions_name(&options.stream_name),
        description: Some("How far each consumer of Counterfoil has come".to_owned()),
        subjects: vec![format!("{POSITION_PREFIX}.{}.*", options.stream_name)],
        max_messages_per_subject: 1,
        discard: DiscardPolicy::Old,
        ..kept_on_disk(options)
    }
}

fn kept_on_disk(options: &JetStreamOptions) -> Config {
    Config {
        storage: StorageType::File,
        num_replicas: options.replicas,
        retention: RetentionPolicy::Limits,
        max_age: Duration::ZERO,
        max_messages: -1,
        max_bytes: -1,
        allow_direct: true,
        ..Config::default()
    }
}
