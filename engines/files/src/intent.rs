//! What a writer is about to do, so that whoever opens the store after a crash can clear up after it.
//!
//! An intent is a file in `.bedplate/intents` that its writer keeps locked. One that isn't locked belongs to a writer that is
//! gone: its first line is the key, and every further one the etag of a content that is to be removed unless the object has it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;

use crate::folder::Folder;

/// An intent of this process. Dropping it leaves it to the next sweep; finishing it ends it.
pub(crate) struct Intent {
    file: File,
    id: String,
}

/// An intent whose writer is gone.
pub(crate) struct Abandoned {
    /// Its file's name, which is also the etag of the put that it belongs to.
    pub(crate) id: String,
    /// The key; empty where the writer didn't come so far.
    pub(crate) key: String,
    /// The etags of contents that it may have left.
    pub(crate) contents: Vec<String>,
    _lock: File,
}

impl Intent {
    /// Says that files of a key are about to change.
    pub(crate) fn begin(intents: &Folder, id: &str, key: &str) -> io::Result<Self> {
        loop {
            let file = intents.create(id)?;
            file.lock()?;
            // A sweep may have taken it for abandoned between its creation and its lock.
            if file.metadata()?.nlink() > 0 {
                let mut intent = Self { file, id: id.to_string() };
                if let Err(error) = intent.line(key) {
                    intent.finish(intents)?;
                    return Err(error);
                }
                return Ok(intent);
            }
        }
    }

    /// Says that the content with this etag will have to go.
    pub(crate) fn content(&mut self, etag: &str) -> io::Result<()> {
        self.line(etag)
    }

    /// Everything is done.
    pub(crate) fn finish(&self, intents: &Folder) -> io::Result<()> {
        intents.remove(&self.id).map(|_| ())
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        // Keys have no line breaks: the contract keeps control characters out of them.
        self.file.write_all(format!("{text}\n").as_bytes())
    }
}

impl Abandoned {
    /// Takes over an intent, unless its writer is still there.
    pub(crate) fn take(intents: &Folder, id: &str) -> io::Result<Option<Self>> {
        let Some(mut file) = crate::error::if_there(intents.read(id))? else { return Ok(None) };
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // A last line without its end was being written when the writer ended, before it was acted upon.
        let mut lines =
            text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_string);
        let key = lines.next().unwrap_or_default();
        Ok(Some(Self { id: id.to_string(), key, contents: lines.collect(), _lock: file }))
    }
}
