//! The one place where the log is made durable.

use std::{fs::File, io};

/// Forces what was written to the file onto the disk. Tests put a counter, or a
/// failing disk, in its place.
pub trait Syncer: Send + Sync + 'static {
    /// Returns when the file's data are durable.
    fn sync(&self, file: &File) -> io::Result<()>;
}

/// `fdatasync` on Linux.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileSyncer;

impl Syncer for FileSyncer {
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }
}
