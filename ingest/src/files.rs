//! The files that ingest keeps in a data folder.

use std::path::Path;

use sqlite::OpenError;

/// Looks all through the files of ingest that are in a data folder, and changes nothing
/// in them; ingest may be at work. Returns how many there are.
pub fn check_files(data_dir: &Path) -> Result<usize, OpenError> {
    let files = ["watermarks.db", "refunds.db"].map(|name| data_dir.join("ingest").join(name));
    let mut whole = 0;
    for file in files.iter().filter(|file| file.is_file()) {
        sqlite::check_file(file)?;
        whole += 1;
    }
    Ok(whole)
}
