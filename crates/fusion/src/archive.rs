//! Archives of a job's logs, unpacked up to a limit.
//!
//! A log is for people, and what is beyond a limit tells them no more: it is left out,
//! and said to be. Only what cannot be unpacked at all is an error.

use std::io::{BufRead, BufReader, Cursor, Read};

/// The most entries; a job tree has one for each of its jobs.
const MOST_ENTRIES: usize = 100;
/// The most bytes of an entry, unpacked.
const ENTRY_BYTES: u64 = 32 << 20;
/// The most bytes of all entries, unpacked.
const ALL_BYTES: u64 = 64 << 20;
/// The most bytes that are kept of all entries.
const KEPT_BYTES: usize = 16 << 20;
/// The most bytes that are kept of a line; a row of a report has a few hundred.
const LINE_BYTES: usize = 4096;
/// Stands where something was left out.
const CUT: &str = "[… cut]";

/// The text of all entries, one after the other.
pub(crate) fn text(archive: Vec<u8>) -> Result<String, String> {
    let unreadable = |error| format!("the log is not a readable archive: {error}");
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).map_err(unreadable)?;
    let mut text = Text::default();
    for index in 0..archive.len().min(MOST_ENTRIES) {
        let entry = archive.by_index(index).map_err(unreadable)?;
        text.take(entry)
            .map_err(|error| format!("the log cannot be unpacked: {error}"))?;
    }
    if archive.len() > MOST_ENTRIES {
        text.cut();
    }
    Ok(String::from_utf8_lossy(&text.kept).into_owned())
}

#[derive(Default)]
struct Text {
    kept: Vec<u8>,
    /// Unpacked so far.
    read: u64,
}

impl Text {
    /// Takes in an entry as far as the limits allow.
    fn take(&mut self, entry: impl Read) -> std::io::Result<()> {
        let limit = ENTRY_BYTES.min(ALL_BYTES - self.read);
        // One more, to see whether there is more.
        let mut entry = BufReader::new(entry.take(limit + 1));
        let mut line = 0;
        let mut read = 0;
        loop {
            let piece = entry.fill_buf()?;
            if piece.is_empty() {
                break;
            }
            let end = piece.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(piece.len(), |end| end + 1);
            let words = piece.get(..end.unwrap_or(length)).unwrap_or_default();
            self.keep(words, line);
            line += words.len();
            if end.is_some() {
                self.kept.push(b'\n');
                line = 0;
            }
            read += u64::try_from(length).unwrap_or(u64::MAX);
            entry.consume(length);
            if read > limit || self.kept.len() >= KEPT_BYTES {
                self.cut();
                break;
            }
        }
        self.read = self.read.saturating_add(read).min(ALL_BYTES);
        self.kept.push(b'\n');
        Ok(())
    }

    /// Keeps a piece of a line that has `before` bytes in front of it.
    fn keep(&mut self, words: &[u8], before: usize) {
        let room = LINE_BYTES.saturating_sub(before);
        self.kept.extend(words.iter().take(room));
        if before <= LINE_BYTES && words.len() > room {
            self.kept.extend_from_slice(CUT.as_bytes());
        }
    }

    fn cut(&mut self) {
        self.kept.push(b'\n');
        self.kept.extend_from_slice(CUT.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(entries: &[&[u8]]) -> Text {
        let mut text = Text::default();
        for entry in entries {
            text.take(*entry).unwrap();
        }
        text
    }

    fn shown(text: &Text) -> String {
        String::from_utf8_lossy(&text.kept).into_owned()
    }

    #[test]
    fn lines_are_kept_up_to_their_limit() {
        let long = [b"a".repeat(LINE_BYTES), b"bc".to_vec(), b"\nnext".to_vec()].concat();
        let shown = shown(&taken(&[&long, b"last\n"]));
        let lines: Vec<&str> = shown.lines().filter(|it| !it.is_empty()).collect();
        assert_eq!(lines[0], format!("{}{CUT}", "a".repeat(LINE_BYTES)));
        assert_eq!(lines[1..], ["next", "last"]);
        let whole = "a".repeat(LINE_BYTES);
        assert!(!self::shown(&taken(&[whole.as_bytes()])).contains(CUT));
    }

    #[test]
    fn an_entry_without_end_is_cut_and_the_next_is_read() {
        let mut text = Text::default();
        text.take(std::io::repeat(b'x')).unwrap();
        text.take(&b"next"[..]).unwrap();
        let shown = shown(&text);
        assert!(shown.len() < 2 * LINE_BYTES && shown.trim_end().ends_with("next"));
    }

    #[test]
    fn what_is_kept_of_short_lines_has_an_end_too() {
        let mut text = Text::default();
        let lines = b"line\n".repeat(ENTRY_BYTES as usize / 5);
        for _ in 0..3 {
            text.take(&lines[..]).unwrap();
        }
        assert!(text.kept.len() <= KEPT_BYTES + 2 * LINE_BYTES);
        assert!(shown(&text).contains(CUT));
    }
}
