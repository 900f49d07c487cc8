//! The receiving end of what people decide, in the process that carries the
//! stream inside itself.

use schemas::{Decision, Event, Payload, Writer};
use service::inbox::Submission;
use stream::Stream;
use tokio::sync::mpsc;

use crate::actor;

/// Publishes the decisions that are handed over, until the process ends.
pub async fn answer(mut submissions: mpsc::Receiver<Submission>, stream: Stream) {
    while let Some(submission) = submissions.recv().await {
        let outcome = take(&stream, &submission.event, &submission.user).await;
        // Whoever asked may have gone; then nobody is told.
        let _ = submission.answer.send(outcome);
    }
}

async fn take(stream: &Stream, bytes: &[u8], user: &str) -> Result<u64, String> {
    let event = decision(bytes, user)?;
    let receipt = stream.publish(event.encode()).await;
    let receipt = receipt.map_err(|error| error.to_string())?;
    Ok(receipt.sequence.0)
}

/// The decision in what this user handed over, or why it is none.
fn decision(bytes: &[u8], user: &str) -> Result<Event, String> {
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
    match decided(&event.payload) {
        Some(decision) if actor::is_of(&decision.by, user) => Ok(event),
        _ => Err(format!(
            "it does not name {user}, the user of this machine who hands it over"
        )),
    }
}

/// Who decided, why and when.
fn decided(payload: &Payload) -> Option<&Decision> {
    match payload {
        Payload::JournalHeld(it) => Some(&it.decision),
        Payload::JournalReleased(it) => Some(&it.decision),
        Payload::JournalRetried(it) => Some(&it.decision),
        Payload::GroupCleared(it) => Some(&it.decision),
        Payload::LedgerAcknowledged(it) => Some(&it.decision),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use fixtures::{US, decisions::hold};
    use schemas::EventId;

    use super::*;

    fn refused(event: &Event) -> String {
        decision(&event.encode().bytes, "controller").unwrap_err()
    }

    #[test]
    fn what_a_person_decides_is_taken_and_nothing_else() {
        let held = hold(None);
        let bytes = held.encode().bytes;
        assert_eq!(decision(&bytes, "controller").unwrap(), held);
        let other = decision(&bytes, "nobody").unwrap_err();
        assert!(other.contains("does not name nobody"), "{other}");
        let forged = Event {
            id: EventId::derive(&["another"]),
            ..held
        };
        assert!(refused(&forged).contains("does not follow from what it says"));
        let received = US.received(1, "1.00", 11, "2026-11-02T10:00:00Z");
        assert!(refused(&received).contains("order.received is nothing that a person decides"));
        assert!(decision(b"{", "controller").is_err());
    }
}
