//! Whether each verdict in the log follows, byte for byte, from its cause and
//! the rule set that it names.

use std::collections::BTreeMap;

use eventlog::{EventLog, LogError, LogRecord};
use mapping::{ENGINE, RuleSet, map_event, park_oversized};
use schemas::{Digest, EncodedEvent, Event, Stage, causes};

use crate::{Range, ReplayError, scan::scan, verdict::VerdictEvent};

/// How many deviations are kept to be shown; all are counted.
const KEPT: usize = 20;
/// Of verdicts from before it was noted with what was parked.
const UNNAMED_ENGINE: &str = "not named";
/// The code of a verdict that no target was written, because it is too large.
const TOO_LARGE: &str = "TOO_LARGE";
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
    /// Nothing deviates, and nothing was left out for want of its rules. What another
    /// version of the mapping made is that version's to verify.
    pub fn is_in_order(&self) -> bool {
        self.deviating == 0 && self.unknown_rules.is_empty()
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
    let kind = record.event.event_type();
    if !kind.is_some_and(|kind| VerdictEvent::TYPES.contains(&kind)) {
        return Ok(None);
    }
    let deviates = |what: String| {
        Ok(Some(Check::Deviates(Deviation {
            offset: record.offset.0,
            subject: subject.clone(),
            what,
        })))
    };
    let event = match record.event.decode() {
        Ok(event) => event,
        Err(error) => return deviates(format!("it cannot be read: {}", causes(&error))),
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
        Ok(derived) if says_the_same(&record.event, &event, &derived) => Ok(Some(Check::Same)),
        Ok(derived) => deviates(first_difference(&record.event, &derived.encode())),
        Err(what) => deviates(what),
    }
}

/// The rule set and the version of the mapping that made a verdict; `None` if
/// it was not the mapper's.
fn made_by(event: &Event) -> Option<(Option<&Digest>, &str)> {
    match VerdictEvent::of(&event.payload)? {
        VerdictEvent::OrderMapped(mapped) | VerdictEvent::RefundMapped(mapped) => {
            Some((Some(&mapped.rule_set), &mapped.engine))
        }
        VerdictEvent::OrderParked(parked) | VerdictEvent::RefundParked(parked) => {
            let engine = parked.engine.as_deref().unwrap_or(UNNAMED_ENGINE);
            (parked.stage == Stage::Mapper).then_some((parked.rule_set.as_ref(), engine))
        }
    }
}

/// The verdict as it follows from its cause; or why none does.
fn derived(
    log: &EventLog,
    verdict: &Event,
    rules: &RuleSet,
) -> Result<Result<Event, String>, LogError> {
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
        Ok(cause) => follow(&cause, verdict, rules)
            .ok_or_else(|| format!("nothing follows from its cause at offset {offset}")),
        Err(error) => Err(format!(
            "its cause at offset {offset} cannot be read: {}",
            causes(&error)
        )),
    })
}

/// What follows from a cause. How large an event may be is the stream's matter: where the
/// verdict says that this one was too large, that it is so large is what must follow.
fn follow(cause: &Event, verdict: &Event, rules: &RuleSet) -> Option<Event> {
    let derived = map_event(cause, rules)?;
    let was_too_large = match VerdictEvent::of(&verdict.payload) {
        Some(VerdictEvent::OrderParked(parked) | VerdictEvent::RefundParked(parked)) => {
            parked.code == TOO_LARGE
        }
        _ => false,
    };
    match was_too_large {
        true => park_oversized(cause, rules, derived.encode().bytes.len()),
        false => Some(derived),
    }
}

/// Whether the verdict is the derived one: to the byte, or, where it is written in an
/// older version of its schema, in all that it says.
fn says_the_same(written: &EncodedEvent, verdict: &Event, derived: &Event) -> bool {
    let derived = derived.encode();
    let newest = verdict.payload.event_type().version();
    let is_older = || written.version().is_ok_and(|version| version < newest);
    derived == *written || (is_older() && derived == verdict.encode())
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
