//! The errors that memory itself can have.

use bedplate_core::{Error, ErrorKind};

/// Whoever calls after the end.
pub(crate) fn closed(what: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("this {what} is closed")).with_help("open another one")
}

/// A setting's limit is reached.
pub(crate) fn full(what: &str, setting: &str, limit: usize) -> Error {
    Error::new(ErrorKind::Limited, format!("{what}: the limit {setting} is {limit}"))
        .with_help(format!("raise it in the URL: `memory:?{setting}=...`"))
}

/// A key holds another kind of value.
pub(crate) fn another_kind(asked: &str, found: &str) -> Error {
    Error::new(ErrorKind::Conflict, format!("the key holds {found}, not {asked}"))
}

/// A delivery that isn't anybody's any more.
pub(crate) fn not_in_flight() -> Error {
    Error::new(ErrorKind::Conflict, "the delivery has ended: it was settled, returned, or has timed out")
}

/// A group that isn't there.
pub(crate) fn no_group(group: &str) -> Error {
    Error::not_found(format_args!("the group `{group}`"))
}
