//! Where the books are in the stream, in their one row of state.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use stream::{Delivered, Position, Sequence, Start, StreamId};

use super::rows::signed;

/// Where books of another version stood, whose place these took.
pub(super) fn former(connection: &Connection) -> Result<Start, rusqlite::Error> {
    connection.query_row(
        "SELECT former, former_stream, former_event FROM state",
        [],
        place,
    )
}

pub(super) fn position(connection: &Connection) -> Result<Start, rusqlite::Error> {
    connection.query_row("SELECT position, stream, event FROM state", [], place)
}

/// Moves the position on to an event that was applied, never back.
pub(super) fn advance(
    transaction: &Transaction<'_>,
    last: &Delivered,
) -> Result<(), rusqlite::Error> {
    transaction
        .execute(
            "UPDATE state SET position = ?1, stream = ?2, event = ?3 WHERE position < ?1",
            params![
                signed(last.sequence.0),
                last.stream.to_string(),
                last.event.id.to_string()
            ],
        )
        .map(drop)
}

/// How far books of another version have come, before their tables are dropped.
pub(super) fn of_another_version(
    connection: &Connection,
    version: i64,
) -> Result<Start, rusqlite::Error> {
    let query = match version {
        0 => return Ok(Start::Beginning),
        // They knew a number alone.
        ..=6 => "SELECT position, '', '' FROM state",
        _ => {
            "SELECT max(position, former),
                    iif(former > position, former_stream, stream),
                    iif(former > position, former_event, event) FROM state"
        }
    };
    let former = connection.query_row(query, [], place).optional()?;
    Ok(former.unwrap_or(Start::Beginning))
}

pub(super) fn keep_former(connection: &Connection, former: Start) -> Result<(), rusqlite::Error> {
    let (stream, event) = match former {
        Start::After(position) => (position.stream.to_string(), position.event.to_string()),
        Start::Beginning | Start::AfterSequence(_) => Default::default(),
    };
    connection
        .execute(
            "UPDATE state SET former = ?1, former_stream = ?2, former_event = ?3",
            params![signed(former.sequence().0), stream, event],
        )
        .map(drop)
}

fn place(row: &Row<'_>) -> Result<Start, rusqlite::Error> {
    let sequence = Sequence(row.get::<_, i64>(0)?.unsigned_abs());
    if sequence == Sequence(0) {
        return Ok(Start::Beginning);
    }
    let stream = row.get::<_, String>(1)?.parse().ok().map(StreamId);
    let event = row.get::<_, String>(2)?.parse().ok();
    Ok(match (stream, event) {
        (Some(stream), Some(event)) => Start::After(Position {
            stream,
            sequence,
            event,
        }),
        _ => Start::AfterSequence(sequence),
    })
}
