//! A lock between processes: a locked file beside the database, which the operating system unlocks when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bedplate_core::address::percent_encode;
use bedplate_core::sql::SqlLock;
use bedplate_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep};

use crate::pool::Pool;

/// The longest wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(25);

/// A held lock. Closing the file unlocks it; the file stays, because one who removed it could not know who else has opened it.
pub(crate) struct FileLock {
    file: Option<File>,
    writer: Arc<Pool>,
}

impl SqlLock for FileLock {}

impl Drop for FileLock {
    /// What its holder has begun and not waited for, such as a commit, ends before the next holder begins.
    fn drop(&mut self) {
        let file = self.file.take();
        self.writer.behind(move || drop(file));
    }
}

impl FileLock {
    /// Takes the lock of this name, and waits for it no longer than `wait`.
    pub(crate) async fn take(
        database: &Path,
        name: &str,
        wait: Duration,
        writer: &Arc<Pool>,
    ) -> Result<Self> {
        let path = path(database, name);
        let unavailable = |why: std::io::Error| {
            Error::new(ErrorKind::Unavailable, format!("the lock file `{}`: {why}", path.display()))
                .with_source(why)
        };
        let mut options = OpenOptions::new();
        // A link in its place would lead whoever locks to another file.
        let flags = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
        options.write(true).create(true).truncate(false).mode(0o600).custom_flags(flags);
        let file = options.open(&path).map_err(unavailable)?;
        let deadline = Instant::now() + wait;
        let mut pause = Duration::from_millis(1);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file: Some(file), writer: writer.clone() }),
                Err(TryLockError::Error(why)) => return Err(unavailable(why)),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(Error::new(
                        ErrorKind::TimedOut,
                        format!("the lock `{name}` was not free for {wait:?}"),
                    ));
                }
                Err(TryLockError::WouldBlock) => {
                    sleep(pause.min(deadline - Instant::now())).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }
}

fn path(database: &Path, name: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(format!(".{}.lock", percent_encode(name)));
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_the_database_s_folder() {
        assert_eq!(path(Path::new("a/b.db"), "../x"), Path::new("a/b.db...%2Fx.lock"));
    }
}
