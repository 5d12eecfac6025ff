//! A database on a LiteFS mount: which machine writes it, and how far its writes have come.
//!
//! LiteFS copies the transactions of one machine, the primary, to the others. On those the mount has a file `.primary` with the primary's
//! name, which comes and goes while the database is open; beside each database the file `<name>-pos` says the last transaction that is in it.
//! See <https://fly.io/docs/litefs/primary/> and <https://fly.io/docs/litefs/position>.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bedplate_core::sql::{Position, ReplicaReport};
use bedplate_core::{Error, ErrorKind, Result};
use bedplate_programs::folder_of;
use tokio::time::{Instant, sleep};

/// The longest wait between two looks at the position.
const LONGEST_PAUSE: Duration = Duration::from_millis(16);

/// The files of a LiteFS mount that concern one database.
#[derive(Debug)]
pub(crate) struct Mount {
    primary: PathBuf,
    position: PathBuf,
    lag: PathBuf,
}

/// The name of the machine that writes.
#[derive(Debug, Clone)]
pub(crate) struct Primary(Arc<str>);

impl Primary {
    /// The error of a write on another machine.
    pub(crate) fn refuse(&self) -> Error {
        let host = &self.0;
        Error::new(ErrorKind::Denied, format!("this is a replica; the primary is `{host}`"))
            .with_help(format!("send what writes to `{host}`; what only reads can go on here"))
    }

    /// The error of opening a database that is not here yet.
    pub(crate) fn not_arrived(&self, database: &Path) -> Error {
        let (path, host) = (database.display(), &self.0);
        Error::new(
            ErrorKind::Unavailable,
            format!("`{path}` has not arrived at this replica; the primary is `{host}`"),
        )
        .with_help("wait for it, or make it on the primary")
    }
}

impl Mount {
    /// The mount on which a database lies, if it lies on one.
    pub(crate) fn of(database: &Path) -> Option<Self> {
        let folder = folder_of(database);
        let mut position = database.as_os_str().to_owned();
        position.push("-pos");
        let mount =
            Self { primary: folder.join(".primary"), position: position.into(), lag: folder.join(".lag") };
        (mount.primary.is_file() || mount.read_position().is_ok()).then_some(mount)
    }

    /// Looks at the mount's files from an asynchronous thread, which must not wait for them: a mount can stand still.
    pub(crate) async fn look<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T> {
        let mount = self.clone();
        tokio::task::spawn_blocking(move || work(&mount))
            .await
            .map_err(|why| Error::new(ErrorKind::Internal, "the mount was not looked at").with_source(why))
    }

    /// The primary, where this machine is a replica at the moment.
    pub(crate) fn primary(&self) -> Result<Option<Primary>> {
        match fs::read_to_string(&self.primary) {
            Ok(host) => Ok(Some(Primary(host.trim().into()))),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(unreadable(&self.primary, why)),
        }
    }

    /// An error where this machine is a replica at the moment.
    pub(crate) fn check_primary(&self) -> Result<()> {
        self.primary()?.map_or(Ok(()), |primary| Err(primary.refuse()))
    }

    /// What a failed write means: LiteFS has no better error for one on a replica than that the file can't be written.
    pub(crate) async fn explain(self: &Arc<Self>, error: Error) -> Error {
        if !matches!(error.kind(), ErrorKind::Denied | ErrorKind::Unavailable) {
            return error;
        }
        match self.look(Self::primary).await {
            Ok(Ok(Some(primary))) => primary.refuse().with_source(error),
            _ => error,
        }
    }

    /// How far the writes have come.
    pub(crate) fn position(&self) -> Result<Position> {
        let text = self.read_position()?;
        parse(&text)?;
        Ok(Position::new(text))
    }

    fn read_position(&self) -> Result<String> {
        let text = fs::read_to_string(&self.position).map_err(|why| unreadable(&self.position, why))?;
        Ok(text.trim().to_string())
    }

    /// Waits until the writes up to a position have arrived.
    pub(crate) async fn reach(self: &Arc<Self>, position: &Position, wait: Duration) -> Result<()> {
        let wanted = parse(position.as_str())?;
        let deadline = Instant::now() + wait;
        let mut pause = Duration::from_millis(1);
        loop {
            let text = self.look(Self::read_position).await??;
            // The file may be read while it is written.
            match parse(&text) {
                Ok(found) if found.0 == wanted.0 && found.1 != wanted.1 => {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        format!("transaction {:x} is another one here", wanted.0),
                    )
                    .with_help("the primary was lost before it had sent its last writes: make them again"));
                }
                Ok(found) if found.0 >= wanted.0 => return Ok(()),
                _ if Instant::now() >= deadline => {
                    let message = format!("transaction {:x} has not arrived within {wait:?}", wanted.0);
                    return Err(Error::new(ErrorKind::TimedOut, message));
                }
                _ => sleep(pause.min(deadline - Instant::now())).await,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// How far a replica is behind, on the replica itself. Older versions of LiteFS don't tell.
    pub(crate) fn lag(&self) -> Result<Option<ReplicaReport>> {
        let Some(Primary(host)) = self.primary()? else { return Ok(None) };
        let lag = fs::read_to_string(&self.lag).ok();
        let behind_ms = lag.and_then(|text| text.trim().parse::<i64>().ok()).map(|ms| ms.max(0) as u64);
        Ok(Some(ReplicaReport { name: format!("this replica of {host}"), behind_bytes: None, behind_ms }))
    }
}

/// The number of a transaction and the checksum of the database after it.
fn parse(text: &str) -> Result<(u64, u64)> {
    let hex = |text: &str| {
        Some(text)
            .filter(|text| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|text| u64::from_str_radix(text, 16).ok())
    };
    text.split_once('/').and_then(|(number, checksum)| Some((hex(number)?, hex(checksum)?))).ok_or_else(
        || {
            Error::invalid(
                "a position on LiteFS is two numbers of 16 hexadecimal digits with a `/` between them",
            )
        },
    )
}

fn unreadable(file: &Path, why: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, format!("the file `{}` of LiteFS: {why}", file.display()))
        .with_source(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_exactly_or_refused() {
        assert_eq!(parse("000000000002df17/ce552e44f23fbbdd").unwrap(), (0x2_df17, 0xce55_2e44_f23f_bbdd));
        for text in [
            "",
            "/",
            "1/2",
            "000000000002df17",
            "+00000000002df17/ce552e44f23fbbdd",
            "000000000002df17/ce552e44f23fbbdd0",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
