//! The services' files of SQLite, as far as they are here.

use service::config::Config;

use super::findings::{Findings, chain};

pub(super) fn check(config: &Config, findings: &mut Findings) {
    findings.about(format!("data folder {}", config.data_dir.display()));
    let mut whole = 0;
    for key in config.ledgers.keys() {
        match poster::books::check_books(&config.data_dir, key) {
            Ok(found) => whole += usize::from(found),
            Err(error) => findings.problem(
                "files.books",
                format!("ledger {key}: {}", chain(error)),
                "start the poster again: it sets the books aside and rebuilds them from the stream",
            ),
        }
    }
    match ingest::check_files(&config.data_dir) {
        Ok(found) => whole += found,
        Err(error) => findings.problem(
            "files.ingest",
            chain(error),
            "stop ingest, set ingest.start_at to a moment before the damage, move the file away with what lies beside it under its name, and start ingest: it asks the stores again from then on",
        ),
    }
    if whole > 0 {
        findings.fine("files", format!("{whole} files of the services are whole"));
    }
}
