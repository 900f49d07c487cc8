//! What this installation has last seen of the stream.
//!
//! It lies in the data folder, apart from what carries the stream: so a stream that was
//! lost, replaced or set back is noticed by those too who keep no position. It is
//! written a moment after the event and not synced: it may lag behind the stream, it is
//! never ahead of it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use stream::{Position, Start};

use crate::config::{Carrier, Config};

/// The file of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Witness {
    file: PathBuf,
}

impl Witness {
    /// Of the stream that is configured.
    pub(crate) fn of(config: &Config) -> Witness {
        let name = match config.stream.carrier {
            Carrier::Embedded => "log",
            Carrier::Jetstream => &config.stream.name,
        };
        Witness::at(&config.data_dir, name)
    }

    fn at(data_dir: &Path, name: &str) -> Witness {
        Witness {
            file: data_dir.join("seen").join(name).with_extension("json"),
        }
    }

    /// What was seen; the beginning if nothing was, or if the file tells nothing.
    pub(crate) fn read(&self) -> Start {
        let text = match fs::read(&self.file) {
            Ok(text) => text,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(file = %self.file.display(), %error, "what was seen of the stream cannot be read");
                }
                return Start::Beginning;
            }
        };
        match serde_json::from_slice(&text) {
            Ok(position) => Start::After(position),
            Err(error) => {
                tracing::warn!(file = %self.file.display(), %error, "what was seen of the stream cannot be read");
                Start::Beginning
            }
        }
    }

    /// Notes what was seen, unless another process of this data folder has seen more.
    pub(crate) fn write(&self, seen: Position) -> io::Result<()> {
        if let Start::After(known) = self.read()
            && known.stream == seen.stream
            && known.sequence >= seen.sequence
        {
            return Ok(());
        }
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        let half = self
            .file
            .with_extension(format!("{}.half", std::process::id()));
        fs::write(&half, serde_json::to_vec(&seen)?)?;
        fs::rename(&half, &self.file)
    }

    /// Forgets it: the stream was replaced on purpose.
    pub(crate) fn forget(&self) -> io::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use schemas::EventId;
    use stream::{Sequence, StreamId};

    use super::*;

    #[test]
    fn what_was_seen_grows_and_is_forgotten_on_purpose_alone() {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::at(folder.path(), "log");
        let seen = |number| Position {
            stream: StreamId::derive(&["a"]),
            sequence: Sequence(number),
            event: EventId::derive(&["a"]),
        };
        assert_eq!(witness.read(), Start::Beginning);
        witness.write(seen(5)).unwrap();
        witness.write(seen(3)).unwrap();
        assert_eq!(witness.read(), Start::After(seen(5)));
        witness.forget().unwrap();
        witness.forget().unwrap();
        assert_eq!(witness.read(), Start::Beginning);
    }
}
