//! Failures of the file system as the errors of the contract.

use std::io;

use bedplate_core::{Error, ErrorKind};
use rustix::io::Errno;

/// A failure of the file system, classified.
pub(crate) fn files(error: io::Error) -> Error {
    let (kind, message, help) = match Errno::from_io_error(&error) {
        Some(Errno::NOENT) => (ErrorKind::Unavailable, "the store's folder is gone", None),
        Some(Errno::ACCESS | Errno::PERM) => (
            ErrorKind::Denied,
            "this user may not read or write in the store's folder",
            Some("give the folder to the user that runs this program"),
        ),
        Some(Errno::ROFS) => (ErrorKind::Denied, "the store's folder is mounted read-only", None),
        Some(Errno::NOTDIR | Errno::LOOP | Errno::ISDIR) => (
            ErrorKind::Denied,
            "something that the store didn't make is in the way; links in its folder are not followed",
            Some("move it out of the store's folder"),
        ),
        Some(Errno::NOSPC | Errno::DQUOT) => (
            ErrorKind::Limited,
            "the disk is full",
            Some("free some space, or move the store to a larger disk"),
        ),
        Some(Errno::FBIG) => (ErrorKind::Limited, "the file system holds no file of this size", None),
        Some(Errno::NAMETOOLONG) => {
            (ErrorKind::Limited, "the file system holds no name of this length", None)
        }
        Some(Errno::MFILE | Errno::NFILE) => (
            ErrorKind::Unavailable,
            "too many files are open",
            Some("raise the limit on open files (`ulimit -n`)"),
        ),
        Some(Errno::IO) => (ErrorKind::Corrupt, "the disk failed to read or to write", None),
        _ => (ErrorKind::Internal, "the file system failed", None),
    };
    let error = Error::new(kind, message).with_source(error);
    match help {
        Some(help) => error.with_help(help),
        None => error,
    }
}

/// What is stored under a key can't be what was written.
pub(crate) fn corrupt(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, why)
        .with_help("restore the object's files from a backup, or put the object again")
}

/// What every call answers after the store was closed.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the store is closed")
}

/// The file isn't there: `None` in place of the failure.
pub(crate) fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
