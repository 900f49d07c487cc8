//! A batch: which journals go together, and what they are called in Fusion.

use std::borrow::Cow;

use fusion::{BatchFile, BatchJournal, Conversion, FileError, checks::Placement};
use jiff::civil::Date;
use schemas::{
    BatchKey, Digest, EventId, Journal, JournalError, JournalKey, JournalSubmitted, LedgerKey,
    Mapped, Posting, PostingKind, Step,
};
use service::config::LedgerConfig;
use subledger::{
    Draft,
    summary::{self, Outgoing, outgoing},
    summary_on,
};

/// Groups are numbers below this, which every column for them can hold.
const GROUPS: u64 = 1_000_000_000_000_000;

/// The journals cannot be written as a file.
#[allow(missing_docs, reason = "each message says what its fields are")]
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("what the summary {journal} consists of cannot be added up")]
    Sum {
        journal: JournalKey,
        #[source]
        source: JournalError,
    },
}

/// The key of the batch of these journals: the same journals for the same targets
/// have the same key, so that a batch can be looked up before it is sent again.
pub fn key(ledger: &LedgerKey, postings: &[Posting]) -> BatchKey {
    let mut content = ledger.as_str().to_owned();
    for posting in postings {
        content.push_str(&format!("\n{} {}", posting.key, posting.target));
    }
    let digest = Digest::of(content.as_bytes()).to_string();
    BatchKey(format!("CF-{ledger}-{digest:.16}"))
}

/// What an attempt is called in Fusion. Every attempt of a batch begins with
/// [`prefix`], and no two have one name.
pub fn name(batch: &BatchKey, attempt: u32) -> String {
    format!("{batch}-{attempt}")
}

/// What the names of all attempts of a batch begin with.
pub fn prefix(batch: &BatchKey) -> String {
    format!("{batch}-")
}

/// The group id of an attempt. Derived, so that it is known again after a crash;
/// another attempt has another group, whose rows the first import never sees.
pub fn group(batch: &BatchKey, attempt: u32) -> u64 {
    let digest = Digest::of(name(batch, attempt).as_bytes());
    let (head, _) = digest.bytes().split_at(8);
    let number = head
        .iter()
        .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    number % (GROUPS - 1) + 1
}

/// The intent to import these journals, those of a summary under its name.
pub fn intent(ledger: &LedgerKey, attempt: u32, postings: Vec<Posting>) -> JournalSubmitted {
    let batch = key(ledger, &postings);
    JournalSubmitted {
        ledger: ledger.clone(),
        attempt,
        group: group(&batch, attempt),
        batch,
        step: Step::Intended {
            postings: summary::named(postings),
        },
    }
}

/// A draft in its place in the calendar.
pub fn posting(config: &LedgerConfig, draft: Draft, placement: Placement) -> Posting {
    let moved = match placement.date == draft.date {
        true => String::new(),
        false => format!(" (of {}, whose period is closed)", draft.date),
    };
    let what = match draft.kind {
        PostingKind::Original => "Order",
        PostingKind::Adjustment => "Adjustment of",
        PostingKind::Reversal => "Reversal of",
        PostingKind::Refund => "Refund",
    };
    let category = match draft.kind {
        PostingKind::Original | PostingKind::Adjustment if draft.entity.refund.is_none() => {
            &config.order_category
        }
        _ => &config.refund_category,
    };
    Posting {
        description: format!("{what} {}{moved}", draft.entity),
        key: draft.key,
        entity: draft.entity,
        kind: draft.kind,
        target: draft.target,
        accounting_date: placement.date,
        period: placement.period,
        category: category.clone(),
        original: draft.original,
        conversion: draft.conversion,
        summary: draft.summary.map(|_| summary::of_day(draft.date)),
        journal: draft.journal,
    }
}

/// The first journal of a target as it would be sent if nothing was posted yet
/// and the period of its date is open.
pub fn preview(config: &LedgerConfig, target: EventId, mapped: &Mapped) -> Posting {
    let date = mapped.accounting_date;
    let is_refund = mapped.entity.refund.is_some();
    let draft = Draft {
        entity: mapped.entity.clone(),
        key: mapped.entity.journal_key(1),
        kind: match is_refund {
            true => PostingKind::Refund,
            false => PostingKind::Original,
        },
        target,
        date,
        original: is_refund.then(|| mapped.entity.parent().journal_key(1)),
        conversion: mapped.conversion.clone(),
        summary: summary_on(mapped.summary.as_ref(), date),
        journal: mapped.journal.clone(),
    };
    let period = date.strftime(&config.period_format).to_string();
    posting(config, draft, Placement { date, period })
}

/// The archive for an attempt. `created` is the day of the intent: a repeated
/// upload is the same file.
pub fn file(
    config: &LedgerConfig,
    batch: &BatchKey,
    attempt: u32,
    created: Date,
    postings: &[Posting],
) -> Result<Vec<u8>, BatchError> {
    written(
        config,
        batch,
        attempt,
        created,
        postings,
        |file, journals| file.zip(journals),
    )
}

/// What would be in the archive of the first attempt, one row of GL interface for each
/// journal line; those of a summary under its name.
pub fn preview_rows(
    config: &LedgerConfig,
    ledger: &LedgerKey,
    created: Date,
    postings: Vec<Posting>,
) -> Result<Vec<u8>, BatchError> {
    let postings = summary::named(postings);
    let batch = key(ledger, &postings);
    written(config, &batch, 1, created, &postings, |file, journals| {
        file.csv(journals)
    })
}

fn written(
    config: &LedgerConfig,
    batch: &BatchKey,
    attempt: u32,
    created: Date,
    postings: &[Posting],
    write: impl FnOnce(&BatchFile, &[BatchJournal]) -> Result<Vec<u8>, FileError>,
) -> Result<Vec<u8>, BatchError> {
    let entries = entries(postings)?;
    let journals: Vec<BatchJournal> = entries.iter().map(|it| it.journal(config)).collect();
    let name = name(batch, attempt);
    let description = format!("Counterfoil: {} journals", journals.len());
    let file = BatchFile {
        name: &name,
        description: &description,
        group: group(batch, attempt),
        created,
        period: postings.first().map_or("", |posting| &posting.period),
        ..frame(config)
    };
    Ok(write(&file, &journals)?)
}

/// Whether a posting can be written at all, before it is made part of a batch.
pub fn check(config: &LedgerConfig, posting: &Posting) -> Result<(), BatchError> {
    let file = BatchFile {
        period: &posting.period,
        ..frame(config)
    };
    for entry in entries(std::slice::from_ref(posting))? {
        file.check(&entry.journal(config))?;
    }
    Ok(())
}

fn frame(config: &LedgerConfig) -> BatchFile<'_> {
    BatchFile {
        // The poster has looked it up before it writes; a preview may not know it.
        ledger_id: config.id,
        ledger_name: &config.name,
        ledger_currency: config.currency,
        source: &config.source,
        name: "",
        description: "",
        group: 1,
        created: Date::default(),
        period: "",
    }
}

/// A journal of the file, with what is put together for it.
struct Entry<'a> {
    outgoing: Outgoing<'a>,
    journal: Cow<'a, Journal>,
    description: Cow<'a, str>,
    about: String,
}

fn entries(postings: &[Posting]) -> Result<Vec<Entry<'_>>, BatchError> {
    outgoing(postings).into_iter().map(Entry::of).collect()
}

impl<'a> Entry<'a> {
    fn of(outgoing: Outgoing<'a>) -> Result<Entry<'a>, BatchError> {
        let journal = outgoing.journal().map_err(|source| BatchError::Sum {
            journal: outgoing.key.clone(),
            source,
        })?;
        Ok(Entry {
            journal,
            description: outgoing.description(),
            about: outgoing.about(),
            outgoing,
        })
    }
}

impl Entry<'_> {
    fn journal<'a>(&'a self, config: &'a LedgerConfig) -> BatchJournal<'a> {
        let posting = self.outgoing.first;
        let conversion = match &posting.conversion {
            Some(chosen) => Conversion {
                kind: &chosen.kind,
                rate: chosen.rate,
            },
            None => Conversion {
                kind: &config.conversion_type,
                rate: None,
            },
        };
        // A summary has no one journal that it follows.
        let original = posting
            .original
            .as_ref()
            .filter(|_| posting.summary.is_none());
        BatchJournal {
            key: self.outgoing.key.as_str(),
            description: &self.description,
            category: &posting.category,
            accounting_date: posting.accounting_date,
            entity: &self.about,
            original: original.map_or("", |key| key.as_str()),
            conversion,
            journal: &self.journal,
        }
    }
}

#[cfg(test)]
mod tests;
