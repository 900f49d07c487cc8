//! One record of the log, as bytes. See the format at the [head of the crate](crate).

use schemas::{Digest, EncodedEvent, EventId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Offset;

const FORMAT: u8 = 1;
const HEAD: usize = 1 + 4 + 4 + 32 + 16 + 2;
/// The most bytes an event may have.
pub(crate) const MAX_EVENT: usize = 8 << 20;
/// The most bytes a subject may have.
pub(crate) const MAX_SUBJECT: usize = 255;

/// The hash of the last record, on which the next one builds; zeros before the first.
pub(crate) type Hash = [u8; 32];

/// An event in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// Its place in the log.
    pub offset: Offset,
    /// The event.
    pub event: EncodedEvent,
    /// SHA-256 of this record, the hash of the one before it included: whoever
    /// knows it knows that nothing before has changed.
    pub hash: Digest,
    /// The hash of the record before it.
    pub previous: Digest,
}

/// The bytes of a record, and its hash.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the sizes are checked against MAX_EVENT and MAX_SUBJECT before, far below the types' limits"
)]
pub(crate) fn encode(offset: Offset, previous: &Hash, event: &EncodedEvent) -> (Vec<u8>, Hash) {
    let length = HEAD + event.subject.len() + event.bytes.len();
    let mut record = Vec::with_capacity(length);
    record.push(FORMAT);
    record.extend_from_slice(&[0; 4]);
    record.extend_from_slice(&(length as u32).to_be_bytes());
    record.extend_from_slice(previous);
    record.extend_from_slice(event.id.0.as_bytes());
    record.extend_from_slice(&(event.subject.len() as u16).to_be_bytes());
    record.extend_from_slice(event.subject.as_bytes());
    record.extend_from_slice(&event.bytes);
    let crc = checksum(offset, &record);
    record[1..5].copy_from_slice(&crc.to_be_bytes());
    let hash = hash(offset, &record);
    (record, hash)
}

/// Reads a record and checks its CRC; the error says what is wrong with it.
pub(crate) fn decode(offset: Offset, record: &[u8]) -> Result<LogRecord, String> {
    let cut = || format!("the record is cut off after {} bytes", record.len());
    let (head, rest) = record.split_first_chunk::<HEAD>().ok_or_else(cut)?;
    if head[0] != FORMAT {
        return Err(format!("format {} is not known to this version", head[0]));
    }
    let length = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) as usize;
    if length != record.len() {
        return Err(format!("{} bytes instead of {length}", record.len()));
    }
    let crc = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    if crc != checksum(offset, record) {
        return Err("the CRC does not fit the record".to_owned());
    }
    let subject_length = usize::from(u16::from_be_bytes([head[57], head[58]]));
    let (subject, bytes) = rest.split_at_checked(subject_length).ok_or_else(cut)?;
    let subject = std::str::from_utf8(subject).map_err(|_| "the subject is not text")?;
    let mut previous = [0; 32];
    previous.copy_from_slice(&head[9..41]);
    let mut id = [0; 16];
    id.copy_from_slice(&head[41..57]);
    Ok(LogRecord {
        offset,
        event: EncodedEvent {
            id: EventId(Uuid::from_bytes(id)),
            subject: subject.to_owned(),
            bytes: bytes.to_vec(),
        },
        hash: Digest::from(hash(offset, record)),
        previous: Digest::from(previous),
    })
}

/// The offset is part of the checksum, so that a record in the wrong place is found.
fn checksum(offset: Offset, record: &[u8]) -> u32 {
    let start = crc32c::crc32c(&offset.0.to_be_bytes());
    let start = crc32c::crc32c_append(start, &record[..1]);
    crc32c::crc32c_append(start, &record[5..])
}

fn hash(offset: Offset, record: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(offset.0.to_be_bytes());
    hasher.update(record);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> EncodedEvent {
        EncodedEvent {
            id: EventId::derive(&["a"]),
            subject: "order.received.us".to_owned(),
            bytes: b"{\"id\":1}".to_vec(),
        }
    }

    #[test]
    fn a_record_reads_back() {
        let (bytes, hash) = encode(Offset(7), &[3; 32], &event());
        let record = decode(Offset(7), &bytes).unwrap();
        assert_eq!(record.event, event());
        assert_eq!(record.hash.bytes(), &hash);
        assert_eq!(record.previous.bytes(), &[3; 32]);
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let (bytes, _) = encode(Offset(7), &[3; 32], &event());
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(Offset(7), &flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_record_in_the_wrong_place_or_cut_off_is_found() {
        let (bytes, _) = encode(Offset(7), &[3; 32], &event());
        assert!(decode(Offset(8), &bytes).is_err());
        for length in 0..bytes.len() {
            assert!(
                decode(Offset(7), &bytes[..length]).is_err(),
                "{length} bytes"
            );
        }
    }
}
