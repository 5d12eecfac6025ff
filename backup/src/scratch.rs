//! Temporary files for copies that are on their way, removed with whatever happened to them.

use std::path::{Path, PathBuf};

use bedplate_core::{Error, ErrorKind, Result};
use tempfile::TempDir;

/// A folder that only this user can open, with room for one copy. Dropping it removes it.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    /// Makes it in a folder, which must be there.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let made = tempfile::Builder::new().prefix("bedplate-backup-").tempdir_in(folder);
        made.map(Self).map_err(|why| failed(why, folder))
    }

    /// The place of the copy; nothing is there yet.
    pub(crate) fn copy(&self) -> PathBuf {
        self.0.path().join("copy")
    }

    /// How large the copy is.
    pub(crate) fn bytes(&self) -> Result<u64> {
        let path = self.copy();
        std::fs::metadata(&path).map(|found| found.len()).map_err(|why| failed(why, &path))
    }
}

/// The error of work on a file.
pub(crate) fn failed(why: std::io::Error, path: &Path) -> Error {
    let kind = match why.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        std::io::ErrorKind::StorageFull => ErrorKind::Limited,
        _ => ErrorKind::Unavailable,
    };
    let error = Error::new(kind, format!("`{}`: {why}", path.display()));
    let full = why.kind() == std::io::ErrorKind::StorageFull;
    let error = error.with_source(why);
    match full {
        true => {
            error.with_help("make room, or set `TMPDIR` to a folder with room for a copy of the database")
        }
        false => error,
    }
}
