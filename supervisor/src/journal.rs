//! A server's log file: what its processes print.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use crate::place::open_safely;

/// How much of the end is read, and how many lines of it are shown.
const TAIL_BYTES: u64 = 16 * 1024;
const TAIL_LINES: usize = 40;

/// The log of one server. It grows over restarts; the tail shows the last start only.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    start: u64,
}

impl Journal {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, start: 0 }
    }

    /// Opens it to be written at its end.
    pub(crate) fn open(&self) -> std::io::Result<File> {
        open_safely(OpenOptions::new().append(true).create(true), &self.path)
    }

    /// Forgets what was printed until now.
    pub(crate) fn begin(&mut self) {
        self.start = self.path.metadata().map(|metadata| metadata.len()).unwrap_or_default();
    }

    /// The last lines since the last beginning.
    pub(crate) fn tail(&self) -> String {
        let read = || -> std::io::Result<String> {
            let mut file = open_safely(OpenOptions::new().read(true), &self.path)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(self.start.max(length.saturating_sub(TAIL_BYTES))))?;
            let mut bytes = Vec::new();
            file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let text = read().unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }
}
