//! The data folder, which is its owner's alone.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use nix::unistd::Uid;

/// The data folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the data folder {} cannot be kept from others: let it belong to the user that this runs as", path.display())]
pub struct DataFolderError {
    /// The folder, or what is in it.
    path: PathBuf,
    /// What the system says.
    #[source]
    source: io::Error,
}

/// Makes the folder, if there is none, and takes from it and all in it what others than
/// the owner may do. What belongs to another user, such as the root of a mounted
/// volume, is left as it is.
pub fn prepare(folder: &Path) -> Result<(), DataFolderError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| fault(folder, source))?;
    close(folder)?;
    close_all_in(folder)
}

fn close_all_in(folder: &Path) -> Result<(), DataFolderError> {
    for entry in fs::read_dir(folder).map_err(|source| fault(folder, source))? {
        let path = entry.map_err(|source| fault(folder, source))?.path();
        if close(&path)? {
            close_all_in(&path)?;
        }
    }
    Ok(())
}

/// Whether it is a folder of ours, with more in it.
fn close(path: &Path) -> Result<bool, DataFolderError> {
    let closed = close_one(path);
    match closed {
        // Another process has done with it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        closed => closed.map_err(|source| fault(path, source)),
    }
}

fn close_one(path: &Path) -> io::Result<bool> {
    // Of a link it is the link itself, which has no permissions.
    let found = fs::symlink_metadata(path)?;
    if found.uid() != Uid::effective().as_raw() || found.is_symlink() {
        return Ok(false);
    }
    let mode = found.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(mode & 0o700))?;
    }
    Ok(found.is_dir())
}

fn fault(path: &Path, source: io::Error) -> DataFolderError {
    DataFolderError {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_open_to_others_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let inner = data.join("log");
        fs::create_dir_all(&inner).unwrap();
        let file = inner.join("db");
        fs::write(&file, "x").unwrap();
        for (path, mode) in [(&data, 0o755), (&inner, 0o775), (&file, 0o644)] {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        prepare(&data).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            [&data, &inner, &file].map(|it| mode(it)),
            [0o700, 0o700, 0o600]
        );
        let new = folder.path().join("a/b");
        prepare(&new).unwrap();
        assert_eq!(mode(&new), 0o700);
    }
}
