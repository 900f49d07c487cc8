//! Collecting the lines of a journal, each with the account that the rules give it.

use schemas::{Journal, JournalError, JournalLine, Role, Side};

use crate::{
    Problem,
    context::Context,
    rules::{Explanation, Route, RuleSet},
};

/// A line of a journal and how its account came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The line as it stands in the journal.
    pub line: JournalLine,
    /// The role that an account was asked for. Where no rule gave it one, the
    /// line is booked on suspense, and it is that account which is explained.
    pub asked: Role,
    /// Which rules made the line's account, and which lost.
    pub account: Explanation,
}

/// A journal in the making.
pub(crate) struct Entries<'a> {
    rules: &'a RuleSet,
    route: &'a Route,
    /// The order as a whole.
    pub context: Context<'a>,
    lines: Vec<JournalLine>,
    /// What the account of each line was chosen for.
    asked: Vec<(Role, Context<'a>)>,
    /// Debits less credits so far, in minor units.
    balance: i64,
}

impl<'a> Entries<'a> {
    pub(crate) fn new(rules: &'a RuleSet, route: &'a Route, context: Context<'a>) -> Self {
        Entries {
            rules,
            route,
            context,
            lines: Vec::new(),
            asked: Vec::new(),
            balance: 0,
        }
    }

    /// Books minor units on the debit side; negative ones on the credit side; nothing if zero.
    pub(crate) fn debit(
        &mut self,
        role: Role,
        context: &Context<'a>,
        minor: i64,
        memo: &str,
    ) -> Result<(), Problem> {
        if minor == 0 {
            return Ok(());
        }
        let chosen = self.rules.choose(self.route, role, context)?;
        self.balance += minor;
        self.asked.push((role, *context));
        self.lines.push(JournalLine {
            account: chosen.account,
            side: if minor > 0 { Side::Debit } else { Side::Credit },
            amount: self.context.order.currency.minor(minor.abs()),
            role: chosen.role,
            rule: chosen.rule,
            memo: memo.to_owned(),
        });
        Ok(())
    }

    /// Books minor units on the credit side; negative ones on the debit side; nothing if zero.
    pub(crate) fn credit(
        &mut self,
        role: Role,
        context: &Context<'a>,
        minor: i64,
        memo: &str,
    ) -> Result<(), Problem> {
        self.debit(role, context, -minor, memo)
    }

    /// Debits less credits so far, in minor units: what is missing on the credit side.
    pub(crate) fn balance(&self) -> i64 {
        self.balance
    }

    /// Why each line is on its account.
    pub(crate) fn explain(self) -> Result<Vec<Explained>, Problem> {
        let lines = self.lines.into_iter().zip(self.asked);
        lines
            .map(|(line, (asked, context))| {
                let account = self.rules.explain(self.route, line.role, &context)?;
                Ok(Explained {
                    line,
                    asked,
                    account,
                })
            })
            .collect()
    }

    pub(crate) fn finish(self) -> Result<Journal, Problem> {
        Journal::new(self.context.order.currency, self.lines).map_err(|error| match error {
            JournalError::Money(error) => Problem::Money(error),
            other => Problem::DoesNotClose {
                arithmetic: other.to_string(),
            },
        })
    }
}
