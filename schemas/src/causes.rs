//! Errors in words.

use std::{error::Error, fmt};

/// An error and all its causes, in one line. An error's own text never repeats its
/// cause, so whatever is read by people (a log line, a health answer, the reason of a
/// parked order) is made by this.
pub fn causes(error: &dyn Error) -> Causes<'_> {
    Causes(error)
}

/// What [`causes`] displays.
#[derive(Debug, Clone, Copy)]
pub struct Causes<'a>(&'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Told {
        text: &'static str,
        source: Option<Box<Told>>,
    }

    #[test]
    fn every_cause_is_told_once_and_in_one_line() {
        let told = |text, source: Option<Told>| Told {
            text,
            source: source.map(Box::new),
        };
        let error = told(
            "cannot post",
            Some(told("cannot ask", Some(told("away", None)))),
        );
        assert_eq!(causes(&error).to_string(), "cannot post: cannot ask: away");
        assert_eq!(causes(&told("away", None)).to_string(), "away");
    }
}
