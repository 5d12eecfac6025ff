//! How far a server's log has come, and on a standby how much of it has arrived.

use std::time::Duration;

use bedplate_core::sql::Position;
use bedplate_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep};
use tokio_postgres::types::PgLsn;

use crate::connect::Link;
use crate::error::classify;
use crate::lease::Lease;
use crate::statement::prepare;

/// A standby tells what it has replayed; a primary, what it has written, whether that is on its disk or not.
const HERE: &str =
    "select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end";

/// The log is written in pages, each of which begins with a header of up to so many bytes.
const PAGE: u64 = 8 * 1024;
const HEADER: u64 = 40;

/// The longest pause between two questions whether a position was reached.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(20);
/// The first one.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// How far the server at the other end of a connection has come.
pub(crate) async fn here(lease: &mut Lease, statement_cache: usize) -> Result<u64> {
    lease.running = true;
    let client = lease.client()?;
    let ask = prepare(client, HERE, statement_cache).await?;
    let position: Option<PgLsn> =
        client.query_one(&ask, &[]).await.and_then(|row| row.try_get(0)).map_err(classify)?;
    lease.running = false;
    Ok(position.map_or(0, u64::from))
}

/// The same, on a connection that is taken for it.
pub(crate) async fn ask(link: &Link) -> Result<u64> {
    let mut lease = link.lease().await?;
    lease.reads = true;
    here(&mut lease, link.statement_cache).await.map(last_record)
}

/// Waits until a server has come so far, no longer than `wait`.
pub(crate) async fn reach(link: &Link, position: &Position, wait: Duration) -> Result<()> {
    let (wanted, deadline, mut pause) = (read(position)?, Instant::now() + wait, FIRST_PAUSE);
    loop {
        // Nobody else is kept from the connection while it waits.
        if ask(link).await? >= wanted {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(late(position, wait));
        }
        sleep(pause.min(deadline - Instant::now())).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What a caller gets for whom a position was not reached in time.
pub(crate) fn late(position: &Position, wait: Duration) -> Error {
    let message = format!("the position `{}` was not reached within {wait:?}", position.as_str());
    Error::new(ErrorKind::TimedOut, message).with_help("read from the primary, or wait for longer")
}

/// A position in the log, as other processes are told it.
pub(crate) fn write(position: u64) -> Position {
    Position::new(PgLsn::from(position).to_string())
}

/// A position in the log, from what a process was told.
pub(crate) fn read(position: &Position) -> Result<u64> {
    let told: Result<PgLsn, _> = position.as_str().parse();
    told.map(u64::from).map_err(|_| {
        Error::invalid("this is no position of a PostgreSQL server's log")
            .with_help("write it as the server does, for example `0/16B3748`")
    })
}

/// Where the last record ends at the latest. At the edge of a page a primary counts the next page's header in, which a standby that has everything
/// has not reached. Nothing that ends inside of a header began behind the edge.
fn last_record(position: u64) -> u64 {
    if position % PAGE <= HEADER { position - position % PAGE } else { position }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_the_way_to_another_process() {
        for position in [0, 0x16B_3748, 0x1_0000_0000, u64::MAX] {
            assert_eq!(read(&write(position)).unwrap(), position);
        }
        for text in ["", "1", "x/1", "0/1/2", "5-12"] {
            assert_eq!(read(&Position::new(text)).unwrap_err().kind(), ErrorKind::InvalidInput, "{text}");
        }
    }

    #[test]
    fn the_header_of_a_page_is_not_waited_for() {
        for (position, expected) in
            [(8192 + 24, 8192), (8192 + 40, 8192), (8192, 8192), (8192 + 48, 8192 + 48)]
        {
            assert_eq!(last_record(position), expected);
        }
    }
}
