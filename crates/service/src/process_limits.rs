//! What a process may have and what it leaves behind, set at its start.

use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    stat::{Mode, umask},
};

/// Files that a process has open beside its connections: the log, the books, the
/// views, and what it calls itself.
const OWN_FILES: u64 = 256;

/// Makes files its owner's alone, leaves no memory behind in a core dump, and lets
/// as many files be open as the system allows. To be called before any file is made.
pub fn set() {
    umask(Mode::from_bits_truncate(0o077));
    // What the system does not grant is no reason not to work: connections are
    // limited by what there is.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// How many connections an address may have: two addresses share what the process
/// does not need for itself.
pub(crate) fn files_to_spare() -> usize {
    let open = getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(soft, _)| soft);
    let spare = open.saturating_sub(OWN_FILES) / 2;
    usize::try_from(spare).unwrap_or(usize::MAX).max(64)
}
