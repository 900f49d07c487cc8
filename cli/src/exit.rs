//! What the exit codes mean, the same for every command.

use std::process::ExitCode;

/// How a command ended when it could be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 0: done, and all is as it should be.
    Fine,
    /// 3: done, and what was checked is not in order.
    NotInOrder,
}

impl Outcome {
    /// Fine if `in_order`.
    pub fn in_order(in_order: bool) -> Outcome {
        if in_order {
            Outcome::Fine
        } else {
            Outcome::NotInOrder
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        match outcome {
            Outcome::Fine => ExitCode::SUCCESS,
            Outcome::NotInOrder => ExitCode::from(3),
        }
    }
}
