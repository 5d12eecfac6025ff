//! A lock between processes: an advisory lock of the server, on a connection of its own, so that it lives as long as its holder.

use std::time::Duration;

use bedplate_core::sql::SqlLock;
use bedplate_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use crate::connect::Link;
use crate::error::classify;

/// Keeps our locks apart from others' numbers in the same database.
const SEED: i64 = 0x6265_6470_6c61_7465;
/// The longest wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// A held lock. The server releases it when the connection closes.
pub(crate) struct AdvisoryLock(#[expect(dead_code, reason = "held until it is dropped")] Client);

impl SqlLock for AdvisoryLock {}

impl AdvisoryLock {
    /// Takes the lock of this name, and waits for it no longer than `wait`.
    ///
    /// It asks again and again: a server that waited itself would go on doing so for a caller who has long gone.
    pub(crate) async fn take(link: &Link, name: &str, wait: Duration) -> Result<Self> {
        let deadline = Instant::now() + wait;
        let client = link.connect().await?;
        let text = "select pg_try_advisory_lock(hashtextextended($1, $2))";
        let ask = client.prepare(text).await.map_err(classify)?;
        let mut pause = Duration::from_millis(2);
        loop {
            let row = client.query_one(&ask, &[&name, &SEED]).await.map_err(classify)?;
            if row.try_get(0).map_err(classify)? {
                return Ok(Self(client));
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
