//! The metrics of ingest: their names, units and meanings in one place.

use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use schemas::StoreKey;

const ACCEPTED: &str = "ingest_webhooks_accepted_total";
const REFUSED: &str = "ingest_webhooks_refused_total";
const ANSWER: &str = "ingest_webhook_answer_seconds";
const PUBLISHED: &str = "ingest_events_published_total";
const POLLS: &str = "ingest_polls_total";
const WATERMARK: &str = "ingest_watermark_timestamp_seconds";

/// Tells the recorder what the metrics mean.
pub fn describe() {
    describe_counter!(
        ACCEPTED,
        Unit::Count,
        "Webhooks that were verified and made durable"
    );
    describe_counter!(REFUSED, Unit::Count, "Webhooks that were refused, by cause");
    describe_histogram!(ANSWER, Unit::Seconds, "Time until a webhook was answered");
    describe_counter!(
        PUBLISHED,
        Unit::Count,
        "Orders and refunds published, by store and kind of event; copies are not counted"
    );
    describe_counter!(
        POLLS,
        Unit::Count,
        "Polls of a store that came to their end, by feed"
    );
    describe_gauge!(
        WATERMARK,
        Unit::Seconds,
        "How far a store was polled, as unix time, by feed"
    );
}

pub fn accepted(store: &StoreKey, took: Duration) {
    counter!(ACCEPTED, "store" => store.to_string()).increment(1);
    histogram!(ANSWER, "store" => store.to_string()).record(took);
}

/// The store is that of a known path; of any other it is empty, so that callers
/// cannot invent labels.
pub fn refused(store: Option<&StoreKey>, cause: &'static str) {
    let store = store.map(StoreKey::to_string).unwrap_or_default();
    counter!(REFUSED, "store" => store, "cause" => cause).increment(1);
}

pub fn published(store: &StoreKey, kind: &'static str) {
    counter!(PUBLISHED, "store" => store.to_string(), "kind" => kind).increment(1);
}

pub fn polled(store: &StoreKey, feed: &'static str, watermark: jiff::Timestamp) {
    counter!(POLLS, "store" => store.to_string(), "feed" => feed).increment(1);
    // A gauge is a float by its nature, and whole seconds fit exactly.
    let seconds = watermark.as_second() as f64;
    gauge!(WATERMARK, "store" => store.to_string(), "feed" => feed).set(seconds);
}
