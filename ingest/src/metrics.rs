//! The metrics of ingest.

service::metrics! {
    /// Webhooks that were verified and made durable.
    pub(crate) ACCEPTED: Counter["store"] = "counterfoil_ingest_webhooks_accepted_total", Count;

    /// Webhooks that were refused. The store is empty where the path names none, so that
    /// callers cannot invent labels.
    pub(crate) REFUSED: Counter["store", "cause"] = "counterfoil_ingest_webhooks_refused_total", Count;

    /// Time until a webhook was answered.
    pub(crate) ANSWER: Histogram["store"] = "counterfoil_ingest_webhook_answer_seconds", Seconds;

    /// Orders and refunds published, by kind of event; copies are not counted.
    pub(crate) PUBLISHED: Counter["store", "kind"] = "counterfoil_ingest_events_published_total", Count;

    /// Polls of a store that came to their end.
    pub(crate) POLLS: Counter["store", "feed"] = "counterfoil_ingest_polls_total", Count;

    /// How far a store was polled, as unix time.
    pub(crate) WATERMARK: Gauge["store", "feed"] = "counterfoil_ingest_watermark_timestamp_seconds", Seconds;
}
