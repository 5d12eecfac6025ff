//! What the errors of MySQL and MariaDB mean to a caller.

use std::fmt;
use std::time::Duration;

use bedplate_core::{Error, ErrorKind};
use mysql_async::{DriverError, ServerError};

/// Classifies a failure of the client or of the server.
pub(crate) fn classify(error: mysql_async::Error) -> Error {
    match error {
        mysql_async::Error::Server(server) => {
            let answer = Error::new(kind(&server), message(&server)).with_source(Refusal::of(&server));
            match help(server.code) {
                Some(help) => answer.with_help(help),
                None => answer,
            }
        }
        mysql_async::Error::Driver(driver) => classify_driver(driver),
        mysql_async::Error::Url(url) => Error::invalid(url.to_string()),
        other => unreachable_server(&other).with_source(other),
    }
}

/// What the server said, without its message: that repeats values of the row.
#[derive(Debug)]
pub struct Refusal {
    /// The number, for example 1062.
    pub code: u16,
    /// The five-letter state, for example `23000`.
    pub state: String,
}

impl Refusal {
    fn of(error: &ServerError) -> Self {
        Self { code: error.code, state: error.state.clone() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error {} (SQLSTATE {})", self.code, self.state)
    }
}

impl std::error::Error for Refusal {}

fn unreachable_server(error: &mysql_async::Error) -> Error {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // The client's own texts repeat their causes.
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    if text.contains("TLS") || text.contains("certificate") {
        return Error::new(ErrorKind::Unavailable, format!("no encrypted connection: {text}"))
            .with_help("`sslmode` says whether the connection is encrypted and what certificate is trusted");
    }
    Error::new(ErrorKind::Unavailable, format!("the server cannot be reached: {text}"))
        .with_help("is it running, and are the host and the port right?")
}

fn classify_driver(error: DriverError) -> Error {
    let kind = match &error {
        DriverError::PoolDisconnected => return closed(),
        // Their `Display` and `Debug` may hold values.
        DriverError::FromValue { .. } | DriverError::FromRow { .. } => {
            return Error::new(ErrorKind::Internal, "the server answered in a form that wasn't expected");
        }
        DriverError::NoClientSslFlagFromServer => {
            return Error::new(ErrorKind::Unavailable, "no encrypted connection: the server can't encrypt")
                .with_help("give the server a certificate, or write `sslmode=prefer`");
        }
        DriverError::StmtParamsMismatch { .. } | DriverError::Params(_) | DriverError::MixedParams => {
            ErrorKind::InvalidInput
        }
        DriverError::StmtParamsNumberExceedsLimit { .. } | DriverError::PacketTooLarge => ErrorKind::Limited,
        DriverError::UnknownAuthPlugin { .. }
        | DriverError::MysqlOldPasswordDisabled
        | DriverError::CleartextPluginDisabled => ErrorKind::Denied,
        DriverError::LocalInfile(_) => ErrorKind::Unsupported,
        _ => ErrorKind::Unavailable,
    };
    let message = error.to_string();
    match error {
        // It holds what came over the wire.
        DriverError::UnexpectedPacket { .. } => Error::new(kind, message),
        error => Error::new(kind, message).with_source(error),
    }
}

/// The kind of a server's error by its number: <https://mariadb.com/kb/en/mariadb-error-code-reference/>.
fn kind(error: &ServerError) -> ErrorKind {
    match error.code {
        // A lost race: a lock cycle, a row that is newer than the snapshot, a plan that no longer fits.
        1020 | 1180 | 1213 | 1412 | 1614 | 1615 => ErrorKind::Conflict,
        1305 if error.message.starts_with("SAVEPOINT") => ErrorKind::Conflict,
        // A row that breaks a constraint, and a name that is taken.
        1022 | 1048 | 1062 | 1169 | 1216 | 1217 | 1364 | 1451 | 1452 | 1557 | 1586 | 1644 | 1761 | 1762
        | 3819 | 4025 => ErrorKind::Conflict,
        1007 | 1050 | 1060 | 1061 | 1304 | 1359 | 1396 | 1826 => ErrorKind::Conflict,
        1008 | 1049 | 1051 | 1091 | 1146 | 1305 | 1360 | 1735 => ErrorKind::NotFound,
        1044 | 1045 | 1095 | 1142 | 1143 | 1227 | 1290 | 1370 | 1410 | 1419 | 1698 => ErrorKind::Denied,
        1205 | 1907 | 1969 | 3024 => ErrorKind::TimedOut,
        1021 | 1037 | 1038 | 1040 | 1041 | 1114 | 1153 | 1203 | 1206 | 1226 | 1301 | 1390 | 1461 => {
            ErrorKind::Limited
        }
        1053 | 1077 | 1079 | 1158..=1161 | 1184 | 1317 | 1836 | 1927 | 1930 => ErrorKind::Unavailable,
        1026 | 1030 | 1105 => ErrorKind::Internal,
        1034 | 1035 | 1194 | 1195 | 1712 | 1877 | 1932 => ErrorKind::Corrupt,
        1235 | 1295 => ErrorKind::Unsupported,
        _ => match error.state.get(..2).unwrap_or_default() {
            "08" => ErrorKind::Unavailable,
            "23" | "40" | "45" => ErrorKind::Conflict,
            "28" => ErrorKind::Denied,
            _ => ErrorKind::InvalidInput,
        },
    }
}

/// The server's message without the values that it repeats.
fn message(error: &ServerError) -> String {
    let said = &error.message;
    match error.code {
        // Duplicate entry 'x' for key 'y'
        1022 | 1062 | 1169 | 1557 | 1586 | 1761 | 1762 => match said.rfind(" for key ") {
            Some(at) => format!("a row with the same value exists already{}", &said[at..]),
            None => "a row with the same value exists already".into(),
        },
        // Incorrect integer value: 'x' for column `a`.`b`.`c` at row 1
        1292 | 1366 | 1367 | 1411 | 1525 | 1526 | 1690 => {
            let what = said.find(['\'', ':', '"']).map_or(said.as_str(), |at| said[..at].trim_end());
            let column = said.rfind(" for column ").map_or("", |at| &said[at..]);
            format!("{what}{column}")
        }
        _ => said.clone(),
    }
}

fn help(code: u16) -> Option<&'static str> {
    match code {
        1045 | 1698 => Some("the user or the password in the URL is wrong"),
        1049 => Some("create the database, or name another one in the URL"),
        1040 | 1203 | 1226 => Some("lower `connection_limit`, or raise the server's `max_connections`"),
        1153 | 1301 => Some("raise the server's `max_allowed_packet`"),
        1205 => Some("another transaction holds the row; keep transactions short"),
        1305 => Some("a statement that changes tables commits, and ends every savepoint"),
        _ => None,
    }
}

/// Nobody gave a connection back in time.
pub(crate) fn late_lease(wait: Duration) -> Error {
    Error::new(
        ErrorKind::TimedOut,
        format!("no connection was free for {wait:?}, which `pool_timeout` allows"),
    )
    .with_help("keep transactions short, drop rows that nobody reads on, or raise `connection_limit`")
}

/// The server was not there in time.
pub(crate) fn late_connection(limit: Duration) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("the server did not take a connection within {limit:?}, which `connect_timeout` allows"),
    )
    .with_help("is it running, and are the host and the port right?")
}

/// What everyone gets after the database was closed.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the database was closed").with_help("open it again")
}

/// What a transaction gets whose connection had to be given up.
pub(crate) fn given_up() -> Error {
    Error::new(ErrorKind::Conflict, "an abandoned statement did not end, and its transaction was given up")
        .with_help("begin the transaction again")
}
