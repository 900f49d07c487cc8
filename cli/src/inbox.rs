//! The receiving end of what people decide, in the process that carries the
//! stream inside itself.

use schemas::{Event, Writer};
use service::inbox::Submission;
use stream::Stream;
use tokio::sync::mpsc;

/// Publishes the decisions that are handed over, until the process ends.
pub async fn answer(mut submissions: mpsc::Receiver<Submission>, stream: Stream) {
    while let Some(submission) = submissions.recv().await {
        let outcome = take(&stream, &submission.event).await;
        // Whoever asked may have gone; then nobody is told.
        let _ = submission.answer.send(outcome);
    }
}

async fn take(stream: &Stream, bytes: &[u8]) -> Result<u64, String> {
    let event = Event::decode(bytes).map_err(|error| error.to_string())?;
    let kind = event.payload.event_type();
    if !kind.writers().contains(&Writer::Operator) {
        return Err(format!("{kind} is nothing that a person decides"));
    }
    if event.payload.id(event.causation) != event.id {
        return Err(format!(
            "the id of the {kind} does not follow from what it says"
        ));
    }
    let receipt = stream.publish(event.encode()).await;
    let receipt = receipt.map_err(|error| error.to_string())?;
    Ok(receipt.offset)
}
