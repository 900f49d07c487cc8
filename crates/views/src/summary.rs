//! An event in one line, for traces.

use std::collections::BTreeSet;

use schemas::{
    self, Amount, BroughtBy, Check, Currency, EntityKey, Event, LedgerKey, Money, Payload,
    PostingKind, Recognition, Retry, Step, WebhookEntity,
};

/// The longest summary, in characters.
const MAX_LENGTH: usize = 300;

/// What an event says, in one line that is understood without its data.
pub(crate) fn summary(event: &Event) -> String {
    let text = match &event.payload {
        Payload::WebhookReceived(webhook) => delivery(webhook),
        Payload::OrderReceived(received) => order(received),
        Payload::RefundReceived(received) => format!(
            "refund of {} read after a {}",
            money(received.refund.total, received.order.currency),
            brought_by(received.brought_by),
        ),
        Payload::OrderMapped(target) | Payload::RefundMapped(target) => mapped(target),
        Payload::OrderParked(parked) | Payload::RefundParked(parked) => {
            format!("parked [{}]: {}", parked.code, parked.reason)
        }
        Payload::JournalSubmitted(submitted) => format!(
            "batch {} attempt {} group {}: {}",
            submitted.batch,
            submitted.attempt,
            submitted.group,
            step(&submitted.step)
        ),
        Payload::JournalImported(imported) => format!(
            "batch {} found in Fusion unposted as `{}` (id {}) with {} journals",
            imported.batch,
            imported.batch_name,
            imported.batch_id,
            imported.journals.len()
        ),
        Payload::JournalPosted(posted) | Payload::RefundReversed(posted) => posting(posted),
        Payload::JournalRejected(rejected) => format!(
            "journal {} refused [{}]: {}",
            rejected.key, rejected.code, rejected.cause
        ),
        Payload::JournalHeld(held) => {
            let what = held_back(held.entity.as_ref(), &held.ledger);
            format!("{what} is held {}", decided(&held.decision))
        }
        Payload::JournalReleased(released) => {
            let what = held_back(released.entity.as_ref(), &released.ledger);
            format!("{what} is released {}", decided(&released.decision))
        }
        Payload::JournalRetried(retried) => {
            let what = tried_again(&retried.which);
            format!("{what} tried again {}", decided(&retried.decision))
        }
        Payload::JournalDelayed(delayed) => format!(
            "batch `{}` is imported since {} and not posted ({})",
            delayed.batch_name, delayed.imported, delayed.state
        ),
        Payload::GroupCleared(cleared) => format!(
            "group {} is cleared in the interface table {}",
            cleared.group,
            decided(&cleared.decision)
        ),
        Payload::LedgerAlarmed(alarmed) => {
            format!("alarm [{}]: {}", alarmed.code, alarmed.cause)
        }
        Payload::LedgerAcknowledged(acknowledged) => format!(
            "the alarm {} is acknowledged {}",
            acknowledged.alarm,
            decided(&acknowledged.decision)
        ),
    };
    one_line(&text)
}

/// The text without line breaks and control characters, and not too long.
pub(crate) fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = text.chars().take(MAX_LENGTH).map(plain).collect();
    if text.chars().nth(MAX_LENGTH).is_some() {
        line.pop();
        line.push('…');
    }
    line
}

fn delivery(webhook: &schemas::WebhookReceived) -> String {
    let about = match &webhook.entity {
        WebhookEntity::Order { order } => format!("order {order}"),
        WebhookEntity::Refund { order, refund } => format!("refund {refund} of order {order}"),
        WebhookEntity::Other => "nothing that is booked".to_owned(),
    };
    let checked = |check: Check| match check {
        Check::Verified => "verified",
        Check::Absent => "absent",
    };
    format!(
        "webhook {} about {about}: signature {}, header {}",
        webhook.scope,
        checked(webhook.signature),
        checked(webhook.header)
    )
}

fn order(received: &schemas::OrderReceived) -> String {
    let order = &received.order;
    format!(
        "order of {} in status {} with {} lines, changed {}, read after a {}",
        money(order.total.inc_tax, order.currency),
        order.status,
        order.lines.len(),
        order.modified,
        brought_by(received.brought_by),
    )
}

fn mapped(target: &schemas::Mapped) -> String {
    let rules = target.rule_set.short();
    match target.recognition {
        Recognition::Recognised => format!(
            "target in ledger {} on {}: {} lines, {} {} on each side (rules {rules})",
            target.ledger,
            target.accounting_date,
            target.journal.lines().len(),
            target.journal.total(),
            target.journal.currency(),
        ),
        Recognition::NotRecognised => format!(
            "status {} does not count: ledger {} should hold nothing (rules {rules})",
            target.status, target.ledger
        ),
        Recognition::Hold => format!(
            "status {} decides nothing: ledger {} stays as it is (rules {rules})",
            target.status, target.ledger
        ),
    }
}

fn step(step: &Step) -> String {
    match step {
        Step::Intended { postings } => match summaries(postings) {
            0 => format!("{} journals are to go", postings.len()),
            count => format!(
                "{} journals are to go, in {count} summaries",
                postings.len()
            ),
        },
        Step::Uploaded { document } => format!("file uploaded as document {document}"),
        Step::LoadRequested => "load is about to be requested".to_owned(),
        Step::LoadStarted { request } => format!("load runs as request {request}"),
        Step::Loaded => "lines are in the interface table".to_owned(),
        Step::ImportRequested { round } => {
            format!("import is about to be requested (round {round})")
        }
        Step::ImportStarted { round, request } => {
            format!("import runs as request {request} (round {round})")
        }
        Step::Abandoned { reason, left: None } => format!("given up: {reason}"),
        Step::Abandoned {
            reason,
            left: Some(left),
        } => format!("given up, up to {} rows are left: {reason}", left.rows),
    }
}

fn held_back(entity: Option<&EntityKey>, ledger: &LedgerKey) -> String {
    entity.map_or_else(|| format!("ledger {ledger}"), EntityKey::to_string)
}

fn tried_again(which: &Retry) -> String {
    match which {
        Retry::Journals { keys } => match keys.as_slice() {
            [one] => format!("journal {one} is"),
            several => format!("{} journals are", several.len()),
        },
        Retry::Entity { entity } => format!("{entity} is"),
        Retry::Code { code } => format!("all that was refused with {code} is"),
    }
}

fn decided(decision: &schemas::Decision) -> String {
    format!("by {}: {}", decision.by, decision.reason)
}

fn summaries(postings: &[schemas::Posting]) -> usize {
    let names = postings.iter().filter_map(|it| it.summary.as_ref());
    names.map(|it| &it.journal).collect::<BTreeSet<_>>().len()
}

fn posting(posted: &schemas::Posted) -> String {
    let kind = match posted.kind {
        PostingKind::Original => "journal",
        PostingKind::Adjustment => "adjustment",
        PostingKind::Reversal => "reversal",
        PostingKind::Refund => "refund journal",
    };
    let part = posted.summary.as_ref();
    let part = part.map_or(String::new(), |summary| format!(" as part of {summary}"));
    format!(
        "{kind} {} posted{part} in batch `{}` (id {}), period {}, debits {}, credits {}",
        posted.key,
        posted.batch_name,
        posted.batch_id,
        posted.period,
        money(posted.debits, posted.currency),
        money(posted.credits, posted.currency),
    )
}

fn brought_by(way: BroughtBy) -> &'static str {
    match way {
        BroughtBy::Webhook => "webhook",
        BroughtBy::Poll => "poll",
        BroughtBy::Sweep => "sweep",
        BroughtBy::Backfill => "backfill",
    }
}

/// The amount with the currency's decimals, or as it is where it is finer.
fn money(amount: Amount, currency: Currency) -> String {
    match Money::exact(amount, currency) {
        Ok(money) => format!("{money} {currency}"),
        Err(_) => format!("{amount} {currency}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_one_line_of_bounded_length() {
        assert_eq!(one_line("a\nb\u{1b}[31mc"), "a b [31mc");
        let long = one_line(&"ä".repeat(400));
        assert_eq!(long.chars().count(), 300);
        assert!(long.ends_with('…'));
        assert_eq!(one_line(&"a".repeat(300)), "a".repeat(300));
    }
}
