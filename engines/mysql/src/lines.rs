//! Reads a dump line by line, however long its lines are.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Result};
use std::os::unix::fs::FileExt;

/// How much of a line's beginning is kept: more than a statement with three names in quotes takes before its first bracket.
const HEAD_BYTES: usize = 1024;
/// How much of its end.
const TAIL_BYTES: usize = 8;

/// A line: where it stands, and both its ends.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// Counted from 1, as the client does it.
    pub(crate) number: u64,
    /// In bytes from the beginning of the file.
    pub(crate) at: u64,
    pub(crate) head: Vec<u8>,
    pub(crate) tail: Vec<u8>,
}

/// Shows each line to `see`. The position of the file, which others may share, stays where it is.
pub(crate) fn each(file: &File, mut see: impl FnMut(&Line) -> Result<()>) -> Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, Positioned { file, at: 0 });
    let (mut line, mut at) = (Line { number: 1, ..Line::default() }, 0);
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return see(&line);
        }
        let end = piece.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
        let length = end.unwrap_or(piece.len());
        let piece = &piece[..length];
        line.head.extend_from_slice(&piece[..length.min(HEAD_BYTES - line.head.len())]);
        line.tail.extend_from_slice(&piece[length.saturating_sub(TAIL_BYTES)..]);
        line.tail.drain(..line.tail.len().saturating_sub(TAIL_BYTES));
        reader.consume(length);
        at += length as u64;
        if end.is_some() {
            see(&line)?;
            line.head.clear();
            line.tail.clear();
            (line.number, line.at) = (line.number + 1, at);
        }
    }
}

/// A file that is read from a place of our own in it.
struct Positioned<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Positioned<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let length = self.file.read_at(buffer, self.at)?;
        self.at += length as u64;
        Ok(length)
    }
}
