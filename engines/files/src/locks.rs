//! Locks on keys, between threads and between processes: a fixed set of files, one of which stands for many keys.

use std::fs::File;
use std::io;

use crate::folder::Folder;

/// Enough that few keys wait for each other, and few enough to stay out of the way.
const FILES: u64 = 64;

/// The lock files of a store.
#[derive(Debug)]
pub(crate) struct Locks(pub(crate) Folder);

/// A key that is locked until this is dropped, or the process ends.
#[must_use]
pub(crate) struct Locked {
    _file: File,
}

impl Locks {
    /// Waits until no one else holds the key.
    pub(crate) fn lock(&self, key: &str) -> io::Result<Locked> {
        // A file that is opened anew excludes the other threads of this process too.
        let file = self.0.open_or_create(&format!("{:02x}", slot(key)))?;
        file.lock()?;
        Ok(Locked { _file: file })
    }
}

/// Which file stands for a key: FNV-1a, the same in every process and every version.
fn slot(key: &str) -> u64 {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash % FILES
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_key_has_the_same_file_in_every_version() {
        assert_eq!((super::slot("a"), super::slot("invoices/1.pdf")), (0x0c, 0x15));
    }
}
