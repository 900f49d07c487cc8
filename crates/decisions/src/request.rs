//! What a person asks for, and whether it is complete.

use jiff::Timestamp;
use schemas::{Decision, EntityKey, LedgerKey, Retry, Writer};

use crate::{DecisionError, Field};

/// The longest name and reason, in characters.
const MOST_CHARACTERS: usize = 500;

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is to be done.
    pub choice: Choice,
    /// The ledger; needed where it does not follow from the rest.
    pub ledger: Option<LedgerKey>,
    /// Who decides.
    pub by: String,
    /// Why. It is kept for ever.
    pub reason: String,
    /// When, to the second: what is asked for twice in one is one decision.
    pub at: Timestamp,
    /// The door that it came in by.
    pub writer: Writer,
}

/// What can be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Try rejected journals again, once their cause is gone.
    Retry(Retry),
    /// Send nothing new of an order, a refund or, if it is none, a whole ledger.
    Hold(Option<EntityKey>),
    /// End the hold on exactly this.
    Release(Option<EntityKey>),
    /// The rows that were left under this group are gone from Fusion's interface
    /// table.
    ClearGroup(u64),
    /// Let a ledger go on after an alarm, which is put right in Fusion.
    Acknowledge,
}

impl Request {
    /// Who decides, why and when, as it is kept.
    pub(crate) fn decision(&self) -> Result<Decision, DecisionError> {
        Ok(Decision {
            by: line(Field::By, &self.by)?,
            reason: line(Field::Reason, &self.reason)?,
            at: to_the_second(self.at),
        })
    }
}

/// The text in one line, if it says something and is not too long.
fn line(field: Field, text: &str) -> Result<String, DecisionError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(DecisionError::Empty(field));
    }
    if text.chars().count() > MOST_CHARACTERS || text.chars().any(char::is_control) {
        return Err(DecisionError::NotALine {
            field,
            most: MOST_CHARACTERS,
        });
    }
    Ok(text.to_owned())
}

fn to_the_second(at: Timestamp) -> Timestamp {
    // A whole second of a time that can be is a time that can be.
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(by: &str, reason: &str) -> Request {
        Request {
            choice: Choice::Acknowledge,
            ledger: None,
            by: by.to_owned(),
            reason: reason.to_owned(),
            at: "2026-11-02T12:00:00.9Z".parse().unwrap(),
            writer: Writer::Operator,
        }
    }

    #[test]
    fn a_name_and_a_reason_are_one_line_each_that_says_something() {
        let long = "ä".repeat(MOST_CHARACTERS + 1);
        for (by, reason, field) in [
            (" ", "x", Field::By),
            ("x", "\t", Field::Reason),
            ("x", "one\ntwo", Field::Reason),
            (&long, "x", Field::By),
        ] {
            let refused = request(by, reason).decision().unwrap_err();
            assert_eq!(refused.field(), Some(field), "{refused}");
        }
        let decision = request(" controller ", &long[2..]).decision().unwrap();
        assert_eq!(decision.by, "controller");
        assert_eq!(decision.reason.chars().count(), MOST_CHARACTERS);
    }

    #[test]
    fn twice_in_one_second_is_once() {
        let decision = request("x", "y").decision().unwrap();
        assert_eq!(decision.at.to_string(), "2026-11-02T12:00:00Z");
    }
}
