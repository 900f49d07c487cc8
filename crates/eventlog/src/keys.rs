//! The keys of the log's one tree. A prefix byte tells the kinds apart, so that
//! a record, its index entries and the positions change in one atomic batch.

use schemas::EventId;

use crate::Offset;

const RECORD: u8 = b'r';
const ID: u8 = b'i';
const SUBJECT: u8 = b's';
const POSITION: u8 = b'c';

/// How far the log has followed a stream.
pub(crate) const FOLLOWED: &[u8] = b"p";
/// The id of this log as a stream.
pub(crate) const STREAM_ID: &[u8] = b"u";
/// Every key of the id index begins with this.
pub(crate) const ID_PREFIX: &[u8] = &[ID];
/// The length of a piece's key: prefix, offset, number of the piece.
const PIECE_LENGTH: usize = 1 + 8 + 2;

/// The key of the n-th piece of the record at `offset`, from 0.
pub(crate) fn piece(offset: Offset, number: u16) -> [u8; PIECE_LENGTH] {
    let mut key = [0; PIECE_LENGTH];
    key[0] = RECORD;
    key[1..9].copy_from_slice(&offset.0.to_be_bytes());
    key[9..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The offset and the number of a piece, from its key.
pub(crate) fn parse_piece(key: &[u8]) -> Option<(Offset, u16)> {
    let key: &[u8; PIECE_LENGTH] = key.try_into().ok()?;
    let (offset, number) = key[1..].split_first_chunk::<8>()?;
    Some((
        Offset(u64::from_be_bytes(*offset)),
        u16::from_be_bytes(number.try_into().ok()?),
    ))
}

/// Index entry: the offset of the event with this id.
pub(crate) fn id(id: EventId) -> [u8; 17] {
    let mut key = [0; 17];
    key[0] = ID;
    key[1..].copy_from_slice(id.0.as_bytes());
    key
}

/// Index entry: the last offset on this subject.
pub(crate) fn subject(subject: &str) -> Vec<u8> {
    named(SUBJECT, subject)
}

/// How far the consumer of this name has come.
pub(crate) fn position(consumer: &str) -> Vec<u8> {
    named(POSITION, consumer)
}

fn named(prefix: u8, name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + name.len());
    key.push(prefix);
    key.extend_from_slice(name.as_bytes());
    key
}
