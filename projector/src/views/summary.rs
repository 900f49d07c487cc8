//! An event in one line, for traces.

use std::collections::BTreeSet;

use schemas::{
    Amount, Currency, Event, Money, Payload,
    v1::{self, BroughtBy, Check, PostingKind, Recognition, Step, WebhookEntity},
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

fn delivery(webhook: &v1::WebhookReceived) -> String {
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

fn order(received: &v1::OrderReceived) -> String {
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

fn mapped(target: &v1::Mapped) -> String {
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
        Step::Abandoned { reason } => format!("given up: {reason}"),
    }
}

fn summaries(postings: &[v1::Posting]) -> usize {
    let names = postings.iter().filter_map(|it| it.summary.as_ref());
    names.map(|it| &it.journal).collect::<BTreeSet<_>>().len()
}

fn posting(posted: &v1::Posted) -> String {
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
