//! Which stream it is.
//!
//! The id is in the metadata of the stream's configuration, where the broker's own
//! backups keep it. It follows from the stream's name and the moment of its
//! creation, so that all who find a stream without one give it the same, and it
//! comes back if somebody writes the configuration without it. Why so:
//! `docs/decisions/0014-one-position.md`.

use async_nats::jetstream::{
    self, ErrorCode,
    context::GetStreamErrorKind,
    stream::{Config, Info},
};
use eventlog::StreamId;

use super::failure::{is_passing, refused, unavailable};
use crate::StreamError;

/// The key in the metadata.
pub(super) const KEY: &str = "counterfoil-stream-id";
/// What the subjects begin with on which a stream takes events while it is filled.
pub(super) const RESTORE: &str = "counterfoil.restore.";
/// Keys of the server itself, which it writes anew.
pub(super) const SERVERS_OWN: &str = "_nats.";

/// The id of the stream.
pub(super) fn of(info: &Info) -> StreamId {
    let written = info.config.metadata.get(KEY);
    let written = written.and_then(|text| text.parse().ok());
    written.map_or_else(|| at_creation(info), StreamId)
}

fn at_creation(info: &Info) -> StreamId {
    let created = info.created.unix_timestamp_nanos().to_string();
    StreamId::derive(&["jetstream", &info.config.name, &created])
}

/// Whether the stream is yet being filled: until that is done it takes nothing on the
/// events' own subjects.
pub(super) fn is_restoring(info: &Info) -> bool {
    info.config
        .subjects
        .iter()
        .any(|it| it.starts_with(RESTORE))
}

/// Creates the stream, or brings it to what it should be, with its id written down.
pub(super) async fn ensure_identified(
    context: &jetstream::Context,
    mut config: Config,
) -> Result<(), StreamError> {
    let found = match find(context, &config.name).await? {
        Some(found) => found,
        None => match ensure(context, &config).await {
            Ok(created) => created,
            // Another process was faster, and its configuration has the id already.
            Err(error) => find(context, &config.name).await?.ok_or(error)?,
        },
    };
    identify(&mut config, &found);
    ensure(context, &config).await.map(drop)
}

/// Creates the stream, or brings it to what it should be.
pub(super) async fn ensure(
    context: &jetstream::Context,
    config: &Config,
) -> Result<Info, StreamError> {
    let ensured = context.create_or_update_stream(config.clone()).await;
    let info = ensured.map_err(|error| match error.kind() {
        jetstream::context::CreateStreamErrorKind::JetStream(error) if !is_passing(&error) => {
            StreamError::Setup(format!(
                "the stream {} cannot be created or changed: {error}",
                config.name
            ))
        }
        _ => unavailable(error),
    })?;
    let found = &info.config;
    if (found.deny_delete, found.deny_purge) != (config.deny_delete, config.deny_purge)
        || found.storage != config.storage
    {
        return Err(StreamError::Setup(format!(
            "the stream {} exists, and is not kept on disk for ever (deny_delete, deny_purge, file storage): name another one",
            config.name
        )));
    }
    Ok(info)
}

/// What else stands in the metadata stays there.
fn identify(config: &mut Config, found: &Info) {
    config.first_sequence = found.config.first_sequence;
    config.metadata = found.config.metadata.clone();
    config
        .metadata
        .retain(|key, _| !key.starts_with(SERVERS_OWN));
    config
        .metadata
        .insert(KEY.to_owned(), of(found).to_string());
}

/// The stream as it is on the broker, nothing if it is not there.
pub(super) async fn find(
    context: &jetstream::Context,
    name: &str,
) -> Result<Option<Info>, StreamError> {
    match context.get_stream(name).await {
        Ok(stream) => Ok(Some(stream.cached_info().clone())),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(error)
                if error.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                Ok(None)
            }
            GetStreamErrorKind::JetStream(error) if !is_passing(&error) => {
                Err(refused("look at the stream", error))
            }
            _ => Err(unavailable(error)),
        },
    }
}
