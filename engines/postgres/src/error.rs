//! What PostgreSQL's errors mean to a caller.

use std::fmt;
use std::time::Duration;

use bedplate_core::{Error, ErrorKind};
use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::DbError;

/// Classifies a failure of the client or of the server.
pub(crate) fn classify(error: tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(server) => {
            let message = words(server.code().code(), server.message());
            let answer = Error::new(kind(server), message).with_source(Refusal::of(server));
            match help(server) {
                Some(help) => answer.with_help(help),
                None => answer,
            }
        }
        None => classify_client(&error).with_source(error),
    }
}

/// What the server said of an error, without the values in it: they are quoted where a text could not be read as another type, and bytes
/// that are no text stand there as they are.
fn words(code: &str, message: &str) -> String {
    match code {
        "22021" | "22P05" => "bytes that are no text in the encoding of the server or the client".into(),
        _ if code.starts_with("22") => without_quoted(message),
        _ => message.into(),
    }
}

/// A message with everything left out from its first quotation mark to its last: what is quoted may have any of them in it.
pub(crate) fn without_quoted(message: &str) -> String {
    // Those of every language that servers speak.
    let is_mark = |char: char| "\"«»„“”‚‘’「」『』".contains(char);
    let last =
        message.char_indices().rfind(|(_, char)| is_mark(*char)).map(|(at, char)| at + char.len_utf8());
    match (message.find(is_mark), last) {
        (Some(first), Some(last)) => format!("{}..{}", &message[..first], &message[last..]),
        _ => message.into(),
    }
}

/// What the server said, without its detail: that repeats values of the row.
#[derive(Debug)]
pub struct Refusal {
    /// The five-letter code, for example `23505`.
    pub code: String,
    /// The constraint that didn't hold.
    pub constraint: Option<String>,
}

impl Refusal {
    fn of(error: &DbError) -> Self {
        Self { code: error.code().code().into(), constraint: error.constraint().map(str::to_string) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SQLSTATE {}", self.code)?;
        match &self.constraint {
            Some(constraint) => write!(f, " of the constraint `{constraint}`"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

fn classify_client(error: &tokio_postgres::Error) -> Error {
    let text = causes(error);
    if text.contains("password missing") {
        return Error::new(ErrorKind::Denied, "the server wants a password, and the URL has none");
    }
    if text.starts_with("invalid configuration") {
        return Error::invalid(text);
    }
    if text.contains("TLS") {
        return Error::new(ErrorKind::Unavailable, format!("no encrypted connection: {text}"))
            .with_help("`sslmode` says whether the connection is encrypted and what certificate is trusted");
    }
    Error::new(ErrorKind::Unavailable, format!("the server cannot be reached: {text}"))
        .with_help("is it running, and are the host and the port right?")
}

/// A failure with everything beneath it: the client's own text says little without its cause.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// The kind of a server's error, by its five-letter code: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn kind(error: &DbError) -> ErrorKind {
    let code = error.code().code();
    match code {
        "0A000" | "26000" if is_stale_plan(error) => ErrorKind::Conflict,
        "40003" => ErrorKind::Unavailable,
        "25P02" | "55006" => ErrorKind::Conflict,
        "42501" => ErrorKind::Denied,
        "42P01" | "42704" => ErrorKind::NotFound,
        "42P04" | "42P06" | "42P07" | "42701" | "42710" | "42723" => ErrorKind::Conflict,
        "55P03" => ErrorKind::TimedOut,
        "57014" if error.message().contains("timeout") => ErrorKind::TimedOut,
        "XX001" | "XX002" => ErrorKind::Corrupt,
        _ => match code.get(..2).unwrap_or_default() {
            "23" | "40" | "44" | "P0" => ErrorKind::Conflict,
            "28" => ErrorKind::Denied,
            "3D" | "3F" => ErrorKind::NotFound,
            "53" | "54" => ErrorKind::Limited,
            "08" | "57" => ErrorKind::Unavailable,
            "0A" => ErrorKind::Unsupported,
            "03" | "20" | "21" | "22" | "25" | "2B" | "2D" | "2F" | "34" | "38" | "39" | "3B" | "42" => {
                ErrorKind::InvalidInput
            }
            _ => ErrorKind::Internal,
        },
    }
}

fn help(error: &DbError) -> Option<String> {
    let own = match error.code().code() {
        "28P01" => Some("the user or the password in the URL is wrong"),
        "3D000" => Some("create the database, or name another one in the URL"),
        "53300" => Some("lower `connection_limit`, or raise the server's `max_connections`"),
        "42P18" => Some("cast the value, as in `$1::text`, so that the server knows its type"),
        _ => None,
    };
    own.or(error.hint()).map(String::from)
}

/// Whether a prepared statement doesn't fit the schema any more, or is gone. Preparing it again helps.
pub(crate) fn is_stale_plan(error: &DbError) -> bool {
    match error.code().code() {
        "0A000" => error.message().contains("cached plan must not change result type"),
        code => code == "26000",
    }
}

/// Classifies a failure to get a connection.
pub(crate) fn classify_pool(error: PoolError, wait: Duration, connect: Duration) -> Error {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => Error::new(
            ErrorKind::TimedOut,
            format!("no connection was free for {wait:?}, which `pool_timeout` allows"),
        )
        .with_help("keep transactions short, drop rows that nobody reads on, or raise `connection_limit`"),
        PoolError::Timeout(_) => slow_connect(connect),
        PoolError::Backend(error) => classify(error),
        PoolError::Closed => closed(),
        other => Error::new(ErrorKind::Internal, other.to_string()).with_source(other),
    }
}

/// What a caller gets for whom no connection could be made in time.
pub(crate) fn slow_connect(connect: Duration) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("the server did not take a connection within {connect:?}, which `connect_timeout` allows"),
    )
    .with_help("is it running, and are the host and the port right?")
}

/// What everyone gets after the database was closed.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the database was closed").with_help("open it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_quotes_of_a_value_is_left_out() {
        for (message, expected) in [
            ("invalid input syntax for type uuid: \"hidden\"", "invalid input syntax for type uuid: .."),
            (
                "value \"hid\"den\" is out of range for type integer",
                "value .. is out of range for type integer",
            ),
            ("ungültige Eingabesyntax für Typ uuid: »hidden«", "ungültige Eingabesyntax für Typ uuid: .."),
            ("division by zero", "division by zero"),
            ("a single \"", "a single .."),
        ] {
            assert_eq!(words("22P02", message), expected);
        }
        assert!(!words("22021", "invalid byte sequence for encoding \"UTF8\": 0x68").contains("0x68"));
        assert_eq!(words("42P01", "relation \"t\" does not exist"), "relation \"t\" does not exist");
    }
}
