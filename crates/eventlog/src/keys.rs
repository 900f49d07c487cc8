//! The keys of the log's one tree. A prefix byte tells the kinds apart, so that
//! a record, its index entries and the positions change in one atomic batch.

use schemas::EventId;

const RECORD: u8 = b'r';
const ID: u8 = b'i';
const SUBJECT: u8 = b's';
const POSITION: u8 = b'c';

/// How far into the stream the log has come; big-endian sequence.
pub const STREAM_POSITION: &[u8] = b"p";
/// Every key of the id index begins with this.
pub const ID_PREFIX: &[u8] = &[ID];
/// The length of a piece's key: prefix, offset, number of the piece.
const PIECE_LENGTH: usize = 1 + 8 + 2;

/// The key of the n-th piece of the record at `offset`, from 0.
pub fn piece(offset: u64, number: u16) -> [u8; PIECE_LENGTH] {
    let mut key = [0; PIECE_LENGTH];
    key[0] = RECORD;
    key[1..9].copy_from_slice(&offset.to_be_bytes());
    key[9..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The offset and the number of a piece, from its key.
pub fn parse_piece(key: &[u8]) -> Option<(u64, u16)> {
    let key: &[u8; PIECE_LENGTH] = key.try_into().ok()?;
    let (offset, number) = key[1..].split_first_chunk::<8>()?;
    Some((
        u64::from_be_bytes(*offset),
        u16::from_be_bytes(number.try_into().ok()?),
    ))
}

/// Index entry: the offset of the event with this id.
pub fn id(id: EventId) -> [u8; 17] {
    let mut key = [0; 17];
    key[0] = ID;
    key[1..].copy_from_slice(id.0.as_bytes());
    key
}

/// Index entry: the last offset on this subject.
pub fn subject(subject: &str) -> Vec<u8> {
    named(SUBJECT, subject)
}

/// How far the consumer of this name has come.
pub fn position(consumer: &str) -> Vec<u8> {
    named(POSITION, consumer)
}

fn named(prefix: u8, name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + name.len());
    key.push(prefix);
    key.extend_from_slice(name.as_bytes());
    key
}
