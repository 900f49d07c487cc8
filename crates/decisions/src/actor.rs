//! Who decides: the user of this machine, whatever else is said.

/// The name that a decision is kept under. Somebody else than the user is named with
/// the user, who answers for it.
pub fn actor(said: Option<&str>, user: &str) -> String {
    match said.map(str::trim) {
        // Nobody: that is refused later, with what is to be given.
        Some("") => String::new(),
        Some(said) if said != user => format!("{said}{}", as_user(user)),
        _ => user.to_owned(),
    }
}

/// Whether this name is the user's, or one that the user answers for.
pub(crate) fn is_of(name: &str, user: &str) -> bool {
    name == user || name.ends_with(&as_user(user))
}

fn as_user(user: &str) -> String {
    format!(" (as {user})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_decides_in_the_name_of_another() {
        assert_eq!(actor(None, "ana"), "ana");
        assert_eq!(actor(Some(" ana "), "ana"), "ana");
        let named = actor(Some("controller"), "ana");
        assert_eq!(named, "controller (as ana)");
        assert!(is_of(&named, "ana") && is_of("ana", "ana"));
        for forged in ["controller", "ana (as bob)", "diana", ""] {
            assert!(!is_of(forged, "ana"), "{forged}");
        }
        assert!(!is_of(&actor(Some("bob"), "ana"), "bob"));
    }
}
