//! A lock between processes: a named lock of the server, on a connection of its own, so that it lives as long as its holder.

use std::time::Duration;

use bedplate_core::sql::SqlLock;
use bedplate_core::{Error, ErrorKind, Result};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::time::{Instant, sleep};

use crate::connect::Link;
use crate::error::classify;

/// Locks are the whole server's, their names have 64 characters at most, and case doesn't count in them: so it is a hash, of the
/// database too.
const ASK: &str = "select get_lock(sha2(concat(database(), char(0 using utf8mb4), 'bedplate', ?), 256), 0)";
/// A connection that says nothing would be closed after the server's own time, and the lock with it. The longest that it takes is a year.
const STAY: &str = "set session wait_timeout = 31536000";
/// The longest wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// A held lock. The server releases it when the connection closes.
pub(crate) struct NamedLock(#[expect(dead_code, reason = "held until it is dropped")] Conn);

impl SqlLock for NamedLock {}

impl NamedLock {
    /// Takes the lock of this name, and waits for it no longer than `wait`.
    ///
    /// It asks again and again: a server that waited itself would go on doing so for a caller who has long gone.
    pub(crate) async fn take(link: &Link, name: &str, wait: Duration) -> Result<Self> {
        let deadline = Instant::now() + wait;
        let mut conn = link.connect_aside().await?;
        conn.query_drop(STAY).await.map_err(classify)?;
        let mut pause = Duration::from_millis(2);
        loop {
            let taken: Option<Option<i64>> = conn.exec_first(ASK, (name,)).await.map_err(classify)?;
            if taken == Some(Some(1)) {
                return Ok(Self(conn));
            }
            if Instant::now() >= deadline {
                return Err(Error::new(
                    ErrorKind::TimedOut,
                    format!("the lock `{name}` was not free for {wait:?}"),
                ));
            }
            sleep(pause.min(deadline - Instant::now())).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
