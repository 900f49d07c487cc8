//! What an event says of orders and refunds.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemas::{
    Amount, BatchKey, Conversion, Currency, EntityKey, Event, EventId, JournalKey, JournalRejected,
    JournalSubmitted, LedgerKey, Mapped, Money, MoneyError, Parked, Payload, Posted, Posting,
    Recognition, Retry, Stage, Step, SummaryRule, Writer,
};

use crate::{Balance, Received, Sent, Target, Undecided, Verdict, target::Aim};

/// The store's statuses that tell of refunds.
const REFUNDED: [u32; 2] = [4, 14];

/// One thing that is said of one order or refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A state in the store.
    Received(Currency, Received),
    /// The store's answer could not be read.
    Unreadable(Option<Currency>, Verdict),
    /// The mapper's verdict on a state.
    Judged(Option<Currency>, Verdict),
    /// What the ledger should hold.
    Aimed(Aimed),
    /// A journal was sent.
    Sent(LedgerKey, Sent),
    /// An attempt is given up.
    Released(Released),
    /// A journal was read back as posted.
    Posted(Booking),
    /// A journal was refused.
    Rejected(Refused),
    /// A hold in a ledger begins or ends.
    Held(LedgerKey, bool),
    /// What was refused in a ledger is tried again.
    Retried(LedgerKey, Again),
}

/// A target, and how its ledger takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aimed {
    pub(crate) aim: Aim,
    pub(crate) conversion: Option<Conversion>,
    pub(crate) summary: Option<SummaryRule>,
}

/// An attempt that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    pub(crate) offset: u64,
    pub(crate) ledger: LedgerKey,
    pub(crate) batch: BatchKey,
    pub(crate) attempt: u32,
}

/// A journal as it was read back, posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    pub(crate) ledger: LedgerKey,
    pub(crate) journal: JournalKey,
    pub(crate) batch: BatchKey,
    /// The batch by the ledger's id.
    pub(crate) batch_id: u64,
    pub(crate) currency: Currency,
    /// In minor units.
    pub(crate) debits: i64,
    pub(crate) credits: i64,
}

/// A journal that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub(crate) offset: u64,
    pub(crate) ledger: LedgerKey,
    pub(crate) journal: JournalKey,
    pub(crate) target: EventId,
    /// The batch and attempt that it was refused in; none when it was never sent.
    pub(crate) sent: Option<(BatchKey, Option<u32>)>,
    pub(crate) after: Option<EventId>,
    pub(crate) code: String,
    pub(crate) at: Timestamp,
}

/// A decision to try again what was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    pub(crate) offset: u64,
    pub(crate) by: EventId,
    /// The poster decided it by itself.
    pub(crate) is_by_poster: bool,
}

/// Orders and refunds that an event is about without naming them.
#[derive(Debug, Clone, PartialEq)]
pub enum Scope<'a> {
    /// Those with a journal in an attempt.
    Attempt {
        /// The attempt's ledger.
        ledger: &'a LedgerKey,
        /// The attempt's batch.
        batch: &'a BatchKey,
        /// Which try it is of the batch.
        attempt: u32,
    },
    /// Those of which a rejection stands in a ledger.
    Rejections {
        /// The ledger.
        ledger: &'a LedgerKey,
        /// Which of them.
        which: &'a Retry,
    },
}

/// What an event says cannot be kept.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FactError {
    /// An amount is not exact in its currency.
    #[error("a figure of the event is not money of its currency")]
    Money(#[from] MoneyError),
    /// A sum does not fit into 64 bits.
    #[error("the sums of journal {0} leave 64 bits")]
    TooLarge(JournalKey),
}

/// What an event says of orders and refunds that it names.
///
/// # Errors
/// An amount is not money of its currency, or leaves 64 bits.
pub fn facts(offset: u64, event: &Event) -> Result<Vec<(EntityKey, Fact)>, FactError> {
    Ok(match &event.payload {
        Payload::OrderReceived(it) => {
            let order = &it.order;
            let received = Received {
                id: event.id,
                offset,
                modified: order.modified,
                date: utc_date(order.created),
                value: minor(order.total.inc_tax, order.currency)?,
                status: Some(order.status),
                lacks_refund: REFUNDED.contains(&order.status)
                    && order.refunded.is_some_and(Amount::is_zero),
            };
            vec![(order.entity(), Fact::Received(order.currency, received))]
        }
        Payload::RefundReceived(it) => {
            let received = Received {
                id: event.id,
                offset,
                modified: it.refund.created,
                date: utc_date(it.refund.created),
                value: minor(it.refund.total, it.order.currency)?,
                status: None,
                lacks_refund: false,
            };
            vec![(it.entity(), Fact::Received(it.order.currency, received))]
        }
        Payload::OrderMapped(it) | Payload::RefundMapped(it) => mapped(offset, event, it)?,
        Payload::OrderParked(it) | Payload::RefundParked(it) => {
            vec![(it.entity.clone(), parked(offset, event, it)?)]
        }
        Payload::JournalSubmitted(it) => match &it.step {
            Step::Intended { postings } => postings
                .iter()
                .map(|posting| sent(offset, it, posting))
                .collect::<Result<_, _>>()?,
            // An attempt's own progress. Whom its end is about is for [`Scope`].
            Step::Uploaded { .. }
            | Step::LoadRequested
            | Step::LoadStarted { .. }
            | Step::Loaded
            | Step::ImportRequested { .. }
            | Step::ImportStarted { .. }
            | Step::Abandoned { .. } => Vec::new(),
        },
        Payload::JournalPosted(it) | Payload::RefundReversed(it) => {
            vec![(it.entity.clone(), Fact::Posted(booking(it)?))]
        }
        Payload::JournalRejected(it) => {
            vec![(
                it.entity.clone(),
                Fact::Rejected(refused(offset, event, it)),
            )]
        }
        Payload::JournalHeld(it) => held(it.entity.as_ref(), &it.ledger, true),
        Payload::JournalReleased(it) => held(it.entity.as_ref(), &it.ledger, false),
        Payload::WebhookReceived(_)
        | Payload::JournalImported(_)
        | Payload::JournalRetried(_)
        | Payload::JournalDelayed(_)
        | Payload::GroupCleared(_)
        | Payload::LedgerAlarmed(_)
        | Payload::LedgerAcknowledged(_) => Vec::new(),
    })
}

impl<'a> Scope<'a> {
    /// Whom an event is about that does not name them: whoever keeps the lifecycles
    /// must find them.
    pub fn of(event: &'a Event) -> Option<Scope<'a>> {
        match &event.payload {
            Payload::JournalSubmitted(it) if matches!(it.step, Step::Abandoned { .. }) => {
                Some(Scope::Attempt {
                    ledger: &it.ledger,
                    batch: &it.batch,
                    attempt: it.attempt,
                })
            }
            Payload::JournalRetried(it) => Some(Scope::Rejections {
                ledger: &it.ledger,
                which: &it.which,
            }),
            Payload::JournalSubmitted(_)
            | Payload::WebhookReceived(_)
            | Payload::OrderReceived(_)
            | Payload::RefundReceived(_)
            | Payload::OrderMapped(_)
            | Payload::RefundMapped(_)
            | Payload::OrderParked(_)
            | Payload::RefundParked(_)
            | Payload::JournalImported(_)
            | Payload::JournalPosted(_)
            | Payload::RefundReversed(_)
            | Payload::JournalRejected(_)
            | Payload::JournalHeld(_)
            | Payload::JournalReleased(_)
            | Payload::JournalDelayed(_)
            | Payload::GroupCleared(_)
            | Payload::LedgerAlarmed(_)
            | Payload::LedgerAcknowledged(_) => None,
        }
    }

    /// What the event says of each of them.
    pub fn fact(&self, offset: u64, event: &Event) -> Fact {
        match *self {
            Scope::Attempt {
                ledger,
                batch,
                attempt,
            } => Fact::Released(Released {
                offset,
                ledger: ledger.clone(),
                batch: batch.clone(),
                attempt,
            }),
            Scope::Rejections { ledger, .. } => Fact::Retried(
                ledger.clone(),
                Again {
                    offset,
                    by: event.id,
                    is_by_poster: event.source == Writer::Poster.as_str(),
                },
            ),
        }
    }
}

impl Fact {
    /// It is of the ledgers; others are what the store and the mapper say.
    pub fn is_of_ledger(&self) -> bool {
        !matches!(
            self,
            Fact::Received(..) | Fact::Unreadable(..) | Fact::Judged(..)
        )
    }
}

fn mapped(offset: u64, event: &Event, it: &Mapped) -> Result<Vec<(EntityKey, Fact)>, FactError> {
    let currency = it.journal.currency();
    let value = minor(it.value, currency)?;
    let verdict = Verdict {
        offset,
        cause: event.causation,
        modified: Some(it.modified),
        is_parked: false,
        value: Some(value),
        date: Some(it.accounting_date),
    };
    let decided = |is_recognised| -> Result<Aim, FactError> {
        let balance = match is_recognised {
            true => Balance::of(&it.journal)
                .ok_or_else(|| FactError::TooLarge(it.entity.journal_key(1)))?,
            false => Balance::default(),
        };
        Ok(Aim::Decided(Target {
            id: event.id,
            modified: it.modified,
            ledger: it.ledger.clone(),
            is_recognised,
            date: it.accounting_date,
            change_date: it.change_date,
            value,
            nets_to_nothing: is_recognised && balance.is_zero() && !it.journal.is_empty(),
            balance,
        }))
    };
    let aim = match it.recognition {
        Recognition::Recognised => decided(true)?,
        Recognition::NotRecognised => decided(false)?,
        Recognition::Hold => Aim::Undecided(Undecided {
            id: event.id,
            modified: it.modified,
            ledger: it.ledger.clone(),
        }),
    };
    let aimed = Aimed {
        aim,
        conversion: it.conversion.clone(),
        summary: it.summary.clone(),
    };
    Ok(vec![
        (it.entity.clone(), Fact::Judged(Some(currency), verdict)),
        (it.entity.clone(), Fact::Aimed(aimed)),
    ])
}

fn parked(offset: u64, event: &Event, it: &Parked) -> Result<Fact, FactError> {
    let value = match (it.value, it.currency) {
        (Some(value), Some(currency)) => Some(minor(value, currency)?),
        _ => None,
    };
    let verdict = Verdict {
        offset,
        cause: event.causation,
        modified: it.modified,
        is_parked: true,
        value,
        date: it.date,
    };
    Ok(match it.stage {
        Stage::Ingest => Fact::Unreadable(it.currency, verdict),
        Stage::Mapper => Fact::Judged(it.currency, verdict),
    })
}

fn sent(
    offset: u64,
    submitted: &JournalSubmitted,
    posting: &Posting,
) -> Result<(EntityKey, Fact), FactError> {
    let too_large = || FactError::TooLarge(posting.key.clone());
    let sent = Sent {
        offset,
        journal: posting.key.clone(),
        batch: submitted.batch.clone(),
        attempt: submitted.attempt,
        target: posting.target,
        currency: posting.journal.currency(),
        total: posting.journal.total().minor(),
        balance: Balance::of(&posting.journal).ok_or_else(too_large)?,
        is_refused: false,
    };
    let fact = Fact::Sent(submitted.ledger.clone(), sent);
    Ok((posting.entity.clone(), fact))
}

fn booking(it: &Posted) -> Result<Booking, FactError> {
    Ok(Booking {
        ledger: it.ledger.clone(),
        journal: it.key.clone(),
        batch: it.batch.clone(),
        batch_id: it.batch_id,
        currency: it.currency,
        debits: Money::exact(it.debits, it.currency)?.minor(),
        credits: Money::exact(it.credits, it.currency)?.minor(),
    })
}

fn refused(offset: u64, event: &Event, it: &JournalRejected) -> Refused {
    Refused {
        offset,
        ledger: it.ledger.clone(),
        journal: it.key.clone(),
        target: it.target,
        sent: it.batch.clone().map(|batch| (batch, it.attempt)),
        after: it.after,
        code: it.code.clone(),
        at: event.time,
    }
}

fn held(entity: Option<&EntityKey>, ledger: &LedgerKey, is_held: bool) -> Vec<(EntityKey, Fact)> {
    let entity = entity.cloned().into_iter();
    entity
        .map(|entity| (entity, Fact::Held(ledger.clone(), is_held)))
        .collect()
}

/// What a store's amount comes to in minor units: rounded as it is charged.
fn minor(amount: Amount, currency: Currency) -> Result<i64, MoneyError> {
    Money::round(amount, currency).map(Money::minor)
}

/// The day of a moment, as the store's states are reported on (UTC).
pub fn utc_date(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
