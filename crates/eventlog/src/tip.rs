//! A witness of how far the log was durable, beside the tree.
//!
//! sled takes a damaged part of its file for the end of the file, and drops
//! what follows without a word. So the end of the log is also noted in a small
//! file of its own: two slots of `offset · hash · crc`, written in turn after
//! each commit, so that one of them is whole whatever happens. The note is not
//! synced: it may lag behind the log, it is never ahead of it.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

use crate::{Offset, record::Hash};

const FILE: &str = "tip";
const SLOT: usize = 8 + 32 + 4;

/// The end of the log: its last offset, and the hash of the record there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tip {
    pub offset: Offset,
    pub hash: Hash,
}

pub(crate) struct TipFile {
    file: File,
    /// Which slot is written next.
    slot: u64,
}

impl TipFile {
    /// Opens the witness, and reads the newest tip in it that is whole.
    pub(crate) fn open(dir: &Path) -> io::Result<(TipFile, Option<Tip>)> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.join(FILE))?;
        let slots = [read_slot(&file, 0), read_slot(&file, 1)];
        let newest = slots.iter().flatten().max_by_key(|tip| tip.offset).copied();
        let slot = match (slots[0], slots[1]) {
            (Some(first), second) if second.is_none_or(|second| second.offset <= first.offset) => 1,
            _ => 0,
        };
        Ok((TipFile { file, slot }, newest))
    }

    pub(crate) fn write(&mut self, tip: &Tip) -> io::Result<()> {
        let mut bytes = [0; SLOT];
        bytes[..8].copy_from_slice(&tip.offset.0.to_be_bytes());
        bytes[8..40].copy_from_slice(&tip.hash);
        let crc = crc32c::crc32c(&bytes[..40]);
        bytes[40..].copy_from_slice(&crc.to_be_bytes());
        self.file.write_all_at(&bytes, self.slot * SLOT as u64)?;
        self.slot = 1 - self.slot;
        Ok(())
    }
}

fn read_slot(file: &File, slot: u64) -> Option<Tip> {
    let mut bytes = [0; SLOT];
    file.read_exact_at(&mut bytes, slot * SLOT as u64).ok()?;
    let (offset, rest) = bytes.split_first_chunk::<8>()?;
    let (hash, crc) = rest.split_first_chunk::<32>()?;
    (crc32c::crc32c(&bytes[..40]).to_be_bytes() == *crc).then_some(Tip {
        offset: Offset(u64::from_be_bytes(*offset)),
        hash: *hash,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_slot_counts() {
        let dir = tempfile::tempdir().unwrap();
        let tip = |offset: u64| Tip {
            offset: Offset(offset),
            hash: [offset as u8; 32],
        };
        {
            let (mut file, found) = TipFile::open(dir.path()).unwrap();
            assert_eq!(found, None);
            for offset in 1..=3 {
                file.write(&tip(offset)).unwrap();
            }
        }
        let (mut file, found) = TipFile::open(dir.path()).unwrap();
        assert_eq!(found, Some(tip(3)));
        file.write(&tip(4)).unwrap();

        // The write of 4 went to the older slot; a torn one leaves 3.
        let torn = TipFile::open(dir.path()).unwrap().0.file;
        torn.write_all_at(&[0xff; 4], SLOT as u64).unwrap();
        assert_eq!(TipFile::open(dir.path()).unwrap().1, Some(tip(3)));
    }
}
