//! Writes a copy of the database with the product's own tool, and tallies the same snapshot.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bedplate_core::sql::{Dialect, Progress, Tally};
use bedplate_core::{Error, ErrorKind, Result};
use bedplate_programs::{Growing, failed, run};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::time::{Instant, sleep};

use crate::connect::Link;
use crate::definer;
use crate::error::classify;
use crate::programs::{database, tool};
use crate::tally;

/// How long writers may be held up at a time, and how often it is tried.
const HOLD_SECONDS: u32 = 2;
const TRIES: u32 = 10;
/// How long writers are let through between two tries.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the tool may take to begin.
const BEGIN: Duration = Duration::from_secs(30);
/// Between two looks at what the tool has written.
const LOOK: Duration = Duration::from_millis(5);
/// What the tool writes only when its snapshot has begun.
const BEGUN: &[u8] = b"\n-- Table structure for table";

/// Writes the copy to a new file, which isn't there where this fails.
pub(crate) async fn write(link: &Arc<Link>, file: &Path, progress: Progress<'_>) -> Result<Tally> {
    let mut snapshot = link.lease().await?;
    let growing = Growing::beside(file)?;
    let part = growing.file().to_path_buf();
    let result = format!("--result-file={}", part.display());
    let arguments = [
        "--single-transaction",
        "--quick",
        "--routines",
        "--triggers",
        "--events",
        "--hex-blob",
        "--no-tablespaces",
        // A copy that is restored makes tables, and never replaces one.
        "--skip-add-drop-table",
        &result,
        database(link),
    ];
    let command = tool(link, ["mariadb-dump", "mysqldump"], &arguments)?;

    // Nobody writes between the two snapshots, so that they are the same.
    let writers = stop_writers(link, &tally::tables(&mut snapshot).await?).await?;
    tally::begin(&mut snapshot).await?;
    let watch = || progress(part.metadata().map_or(0, |metadata| metadata.len()));
    let dump = run(&command, &watch);
    let tally = async {
        let begun = begun(&part, writers.is_some()).await;
        drop(writers);
        begun?;
        tally::finish(&mut snapshot).await
    };
    let ((), tally) = tokio::try_join!(dump, tally)?;
    let written = OpenOptions::new().read(true).write(true).open(&part).map_err(|why| failed(&part, why))?;
    let removed = tokio::task::spawn_blocking(move || definer::remove(&written));
    removed.await.unwrap_or_else(|why| Err(std::io::Error::other(why))).map_err(|why| failed(&part, why))?;
    growing.finish().await?;
    Ok(tally)
}
/// Holds writers up until the connection is dropped. Those who have written already are waited for, but only for a moment, because
/// everyone else waits behind this.
async fn stop_writers(link: &Link, tables: &[String]) -> Result<Option<Conn>> {
    if tables.is_empty() {
        return Ok(None);
    }
    let mut conn = link.connect_aside().await?;
    let locks: Vec<String> =
        tables.iter().map(|table| format!("{} read", Dialect::Mysql.quote(table))).collect();
    conn.query_drop(format!("set session lock_wait_timeout = {HOLD_SECONDS}")).await.map_err(classify)?;
    let lock = format!("lock tables {}", locks.join(", "));
    for _ in 1..TRIES {
        match conn.query_drop(&lock).await.map_err(classify) {
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Conflict) => {
                sleep(PAUSE).await
            }
            result => return result.map(|()| Some(conn)),
        }
    }
    conn.query_drop(&lock).await.map_err(|error| {
        classify(error)
            .with_help("a transaction that stays open keeps a backup from beginning: end it, and try again")
    })?;
    Ok(Some(conn))
}

/// Waits until the tool has begun to write what is in the tables.
async fn begun(file: &Path, has_tables: bool) -> Result<()> {
    if !has_tables {
        return Ok(());
    }
    let deadline = Instant::now() + BEGIN;
    loop {
        let mut start = Vec::new();
        let read = File::open(file).and_then(|file| file.take(1 << 16).read_to_end(&mut start));
        read.map_err(|why| failed(file, why))?;
        if start.windows(BEGUN.len()).any(|part| part == BEGUN) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(Error::new(ErrorKind::TimedOut, format!("the copy did not begin within {BEGIN:?}")));
        }
        sleep(LOOK).await;
    }
}
