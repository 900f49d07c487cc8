//! The users of this machine.

use nix::unistd::{Uid, User};

/// The user that this process runs as.
pub fn current() -> String {
    name(Uid::effective().as_raw())
}

/// The name of a user, or the number of one without.
pub fn name(uid: u32) -> String {
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => user.name,
        Ok(None) | Err(_) => format!("uid {uid}"),
    }
}
