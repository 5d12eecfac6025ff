//! What SQLite's errors mean to a caller.

use bedplate_core::{Error, ErrorKind};
use rusqlite::ErrorCode;
use rusqlite::ffi;

/// Classifies a failure. The message is SQLite's own, which names the table, the column or the place in the text.
pub(crate) fn classify(error: rusqlite::Error) -> Error {
    let (code, message) = match &error {
        rusqlite::Error::SqliteFailure(code, message) => {
            (*code, message.clone().unwrap_or_else(|| code.to_string()))
        }
        rusqlite::Error::SqlInputError { error: code, msg, offset, .. } => {
            (*code, if *offset > 0 { format!("{msg}, at byte {offset}") } else { msg.clone() })
        }
        _ => return classify_client(error),
    };
    let (kind, message, help) = match code.code {
        ErrorCode::ConstraintViolation => match code.extended_code {
            ffi::SQLITE_CONSTRAINT_DATATYPE => (ErrorKind::InvalidInput, message, None),
            _ => (ErrorKind::Conflict, message, None),
        },
        ErrorCode::DatabaseBusy if code.extended_code == ffi::SQLITE_BUSY_SNAPSHOT => {
            (ErrorKind::Conflict, "another process wrote what this transaction has read".into(), None)
        }
        ErrorCode::DatabaseBusy => (
            ErrorKind::TimedOut,
            "another process kept on writing for longer than `busy_timeout`".into(),
            Some("keep transactions short, or raise `busy_timeout`"),
        ),
        ErrorCode::DatabaseLocked | ErrorCode::SchemaChanged => (ErrorKind::Conflict, message, None),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => {
            (ErrorKind::Denied, message, Some("the process must be able to write the file and its folder"))
        }
        ErrorCode::DatabaseCorrupt => (
            ErrorKind::Corrupt,
            message,
            Some("restore a backup; `pragma integrity_check` tells what is damaged"),
        ),
        ErrorCode::NotADatabase => {
            (ErrorKind::Corrupt, "the file is not a SQLite database".into(), Some("name another file"))
        }
        ErrorCode::DiskFull => {
            (ErrorKind::Limited, "the disk is full".into(), Some("make room for the database"))
        }
        ErrorCode::TooBig => {
            (ErrorKind::Limited, format!("{message}; the limit max-value-bytes is 1000000000"), None)
        }
        ErrorCode::OutOfMemory => (ErrorKind::Limited, "there is not enough memory".into(), None),
        ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed => {
            (ErrorKind::Unavailable, message, None)
        }
        ErrorCode::OperationInterrupted => {
            (ErrorKind::Unavailable, "the statement was stopped because its caller has gone".into(), None)
        }
        ErrorCode::InternalMalfunction | ErrorCode::ApiMisuse => (ErrorKind::Internal, message, None),
        _ => (kind_of_message(&message), message, None),
    };
    let classified = Error::new(kind, message).with_source(error);
    match help {
        Some(help) => classified.with_help(help),
        None => classified,
    }
}

/// SQLite has one code for everything that is wrong with a statement; only the words tell.
fn kind_of_message(message: &str) -> ErrorKind {
    const MISSING: [&str; 4] = ["no such table", "no such index", "no such view", "no such trigger"];
    if MISSING.iter().any(|missing| message.contains(missing)) {
        ErrorKind::NotFound
    } else if message.contains("already exists")
        || message.contains("already another table")
        || message.contains("duplicate column name")
    {
        ErrorKind::Conflict
    } else if message.contains("too many SQL variables") {
        ErrorKind::Limited
    } else {
        ErrorKind::InvalidInput
    }
}

fn classify_client(error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::MultipleStatement => {
            Error::invalid("the text has several statements, and one runs at a time")
                .with_help("run them one after another, or with `Transaction::script`")
        }
        rusqlite::Error::Utf8Error(..) => {
            Error::new(ErrorKind::Corrupt, "a text in the database is not UTF-8").with_source(error)
        }
        _ => Error::new(ErrorKind::Internal, error.to_string()).with_source(error),
    }
}

/// What everyone gets after the database was closed.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the database was closed").with_help("open it again")
}
