//! Whether each verdict in the log follows, byte for byte, from its cause and
//! the rule set that it names.

use std::collections::BTreeMap;

use mapping::{ENGINE, RuleSet, map_event};
use schemas::{Digest, EncodedEvent, Event, Payload, Stage};
use stream::{EventLog, LogError, LogRecord};

use crate::{Range, ReplayError, scan::scan};

const VERDICTS: [&str; 4] = [
    "order.mapped.",
    "refund.mapped.",
    "order.parked.",
    "refund.parked.",
];
/// How many deviations are kept to be shown; all are counted.
const KEPT: usize = 20;
/// Of verdicts from before it was noted with what was parked.
const UNNAMED_ENGINE: &str = "not named";
/// How much of the bytes is shown around the first that differs.
const EXCERPT: usize = 40;

/// Rule sets by what events name them by.
pub type RuleSets = BTreeMap<Digest, RuleSet>;

/// How the verdicts of a part of the log bore up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// Derived again, and the same to the byte.
    pub same: u64,
    /// Derived again and not the same, or not to be derived at all.
    pub deviating: u64,
    /// The first 20 of those, in the order of the log.
    pub deviations: Vec<Deviation>,
    /// Not derived: verdicts by rule sets that were not given.
    pub unknown_rules: BTreeMap<Digest, u64>,
    /// Not derived: verdicts of other versions of the mapping.
    pub other_engines: BTreeMap<String, u64>,
}

/// A verdict that does not follow from its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// The verdict's place in the log.
    pub offset: u64,
    /// The event's subject on the stream.
    pub subject: String,
    /// What is not as it should be, as a clause about it: `its id is … and should be …`.
    pub what: String,
}

enum Check {
    Same,
    Deviates(Deviation),
    UnknownRules(Digest),
    OtherEngine(String),
}

/// Derives each verdict of a part of the log again. `progress` is told each
/// offset that is done.
pub fn verify(
    log: &EventLog,
    range: Range,
    rules: &RuleSets,
    mut progress: impl FnMut(u64),
) -> Result<Verification, ReplayError> {
    let mut verification = Verification::default();
    scan(
        log,
        range,
        |record| check(log, &record, rules),
        |done, checks| {
            for check in checks {
                verification.take(check);
            }
            progress(done);
            Ok(())
        },
    )?;
    Ok(verification)
}

impl Verification {
    /// Nothing deviates.
    pub fn is_in_order(&self) -> bool {
        self.deviating == 0
    }

    fn take(&mut self, check: Check) {
        match check {
            Check::Same => self.same += 1,
            Check::UnknownRules(digest) => *self.unknown_rules.entry(digest).or_default() += 1,
            Check::OtherEngine(engine) => *self.other_engines.entry(engine).or_default() += 1,
            Check::Deviates(deviation) => {
                self.deviating += 1;
                if self.deviations.len() < KEPT {
                    self.deviations.push(deviation);
                }
            }
        }
    }
}

fn check(log: &EventLog, record: &LogRecord, rules: &RuleSets) -> Result<Option<Check>, LogError> {
    let subject = &record.event.subject;
    if !VERDICTS.iter().any(|it| subject.starts_with(it)) {
        return Ok(None);
    }
    let deviates = |what: String| {
        Ok(Some(Check::Deviates(Deviation {
            offset: record.offset,
            subject: subject.clone(),
            what,
        })))
    };
    let event = match record.event.decode() {
        Ok(event) => event,
        Err(error) => return deviates(format!("it cannot be read: {}", chain(&error))),
    };
    let Some((digest, engine)) = made_by(&event) else {
        return Ok(None);
    };
    if engine != ENGINE {
        return Ok(Some(Check::OtherEngine(engine.to_owned())));
    }
    let Some(digest) = digest else {
        return deviates("it names no rule set".to_owned());
    };
    let Some(rules) = rules.get(digest) else {
        return Ok(Some(Check::UnknownRules(digest.clone())));
    };
    match derived(log, &event, rules)? {
        Ok(derived) if derived == record.event => Ok(Some(Check::Same)),
        Ok(derived) => deviates(first_difference(&record.event, &derived)),
        Err(what) => deviates(what),
    }
}

/// The rule set and the version of the mapping that made a verdict; `None` if
/// it was not the mapper's.
fn made_by(event: &Event) -> Option<(Option<&Digest>, &str)> {
    match &event.payload {
        Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped) => {
            Some((Some(&mapped.rule_set), &mapped.engine))
        }
        Payload::OrderParked(parked) | Payload::RefundParked(parked) => {
            let engine = parked.engine.as_deref().unwrap_or(UNNAMED_ENGINE);
            (parked.stage == Stage::Mapper).then_some((parked.rule_set.as_ref(), engine))
        }
        _ => None,
    }
}

/// The verdict as it follows from its cause; or why none does.
fn derived(
    log: &EventLog,
    verdict: &Event,
    rules: &RuleSet,
) -> Result<Result<EncodedEvent, String>, LogError> {
    let Some(id) = verdict.causation else {
        return Ok(Err("it names no cause".to_owned()));
    };
    let Some(offset) = log.find(id)? else {
        return Ok(Err(format!("its cause {id} is not in the log")));
    };
    let Some(cause) = log.get(offset)? else {
        return Ok(Err(format!("its cause {id} is not in the log")));
    };
    Ok(match cause.event.decode() {
        Ok(cause) => map_event(&cause, rules)
            .map(|event| event.encode())
            .ok_or_else(|| format!("nothing follows from its cause at offset {offset}")),
        Err(error) => Err(format!(
            "its cause at offset {offset} cannot be read: {}",
            chain(&error)
        )),
    })
}

fn first_difference(found: &EncodedEvent, derived: &EncodedEvent) -> String {
    if found.id != derived.id {
        return format!("its id is {} and should be {}", found.id, derived.id);
    }
    if found.subject != derived.subject {
        return format!("its subject should be {}", derived.subject);
    }
    let same = found.bytes.iter().zip(&derived.bytes);
    let at = same.take_while(|(a, b)| a == b).count();
    format!(
        "from byte {at} on it says `{}` and should say `{}`",
        excerpt(&found.bytes, at),
        excerpt(&derived.bytes, at)
    )
}

fn excerpt(bytes: &[u8], at: usize) -> String {
    let from = at.saturating_sub(EXCERPT / 2);
    let part: Vec<u8> = bytes.iter().copied().skip(from).take(EXCERPT).collect();
    String::from_utf8_lossy(&part).into_owned()
}

/// An error with all that lies behind it, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
