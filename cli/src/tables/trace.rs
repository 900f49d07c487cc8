//! The story of an order.

use jiff::tz::TimeZone;
use views::report::{Trace, TracedEntity, TracedEvent, TracedJournal};

use super::{NOTHING, right, table};

/// Tables of the order with its refunds, of their journals and of all events.
pub(crate) fn trace(trace: &Trace) -> String {
    if trace.is_empty() {
        return format!(
            "Nothing is known of {} up to log offset {}.\n",
            trace.subject, trace.offset
        );
    }
    let mut text = format!("{}, up to log offset {}\n", trace.subject, trace.offset);
    if let Some(summary) = &trace.summary {
        let (journal, total, currency) = (&summary.journal, &summary.total, &summary.currency);
        text.push_str(&format!(
            "Summary journal {journal}: {} journals, {total} {currency} on each side\n",
            summary.journals
        ));
    }
    text.push_str(&entities(&trace.entities));
    text.push_str(&journals(&trace.journals));
    text.push_str(&events(&trace.events));
    text
}

fn entities(entities: &[TracedEntity]) -> String {
    let mut table = table(&["Order or refund", "Day", "State", "Store", "Accounted for"]);
    for entity in entities {
        table.add_row(vec![
            entity.entity.clone().into(),
            entity.day.clone().into(),
            entity.state.clone().into(),
            right(format!("{} {}", entity.store_value, entity.currency)),
            right(format!("{} {}", entity.accounted, entity.currency)),
        ]);
    }
    let mut text = format!("{table}\n");
    for entity in entities {
        if let Some(exception) = &entity.exception {
            text.push_str(&format!("  {}: {exception}\n", entity.entity));
        }
    }
    text
}

fn journals(journals: &[TracedJournal]) -> String {
    if journals.is_empty() {
        return String::new();
    }
    let mut header = vec![
        "Journal", "Kind", "State", "Ledger", "Period", "Date", "Meant", "Debits", "Credits",
        "Batch", "Batch id",
    ];
    // Only where there are any: few stores have their days summed up.
    let has_summaries = journals.iter().any(|it| it.summary.is_some());
    if has_summaries {
        header.push("Part of");
    }
    let mut table = table(&header);
    for journal in journals {
        let batch = journal.batch_name.as_ref().unwrap_or(&journal.batch);
        let figure = |figure: &Option<String>| right(figure.clone().unwrap_or(NOTHING.to_owned()));
        let mut row = vec![
            journal.journal.clone().into(),
            journal.kind.clone().into(),
            journal.state.clone().into(),
            journal.ledger.clone().into(),
            journal.period.clone().into(),
            journal.accounting_date.clone().into(),
            right(format!("{} {}", journal.total, journal.currency)),
            figure(&journal.debits),
            figure(&journal.credits),
            batch.clone().into(),
            right(
                journal
                    .batch_id
                    .map_or(NOTHING.to_owned(), |id| id.to_string()),
            ),
        ];
        if has_summaries {
            let summary = journal.summary.as_deref();
            row.push(summary.unwrap_or(NOTHING).into());
        }
        table.add_row(row);
    }
    format!("{table}\n")
}

fn events(events: &[TracedEvent]) -> String {
    let mut table = table(&["Offset", "Time (UTC)", "Event", "About", "What it says"]);
    for event in events {
        table.add_row(vec![
            right(event.offset.to_string()),
            utc(event).into(),
            event.kind.clone().into(),
            event.subject.clone().into(),
            event.summary.clone().into(),
        ]);
    }
    format!("{table}\n")
}

/// The time to the millisecond.
fn utc(event: &TracedEvent) -> String {
    let time = event.time.to_zoned(TimeZone::UTC);
    time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}
