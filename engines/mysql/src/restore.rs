//! Fills an empty database from a copy, with the product's own client.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bedplate_core::server::Command;
use bedplate_core::sql::{Dialect, Progress, RESTORING};
use bedplate_core::{Error, ErrorKind, Result};
use bedplate_programs::{failed, run_reading};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::connect::Link;
use crate::contents::{self, Made};
use crate::error::classify;
use crate::lock::NamedLock;
use crate::programs::{database, tool};
use crate::statement::read_all;

/// Whatever stands in the way: what is in the dump may have the same name. First of all, what an earlier restore left.
const FIRST: &str = "select kind, name from (select 'table' as kind, table_name as name from information_schema.tables where table_schema = database() \
                     union all select 'routine', routine_name from information_schema.routines where routine_schema = database() \
                     union all select 'event', event_name from information_schema.events where event_schema = database()) found \
                     order by name = 'bedplate_restoring' desc limit 1";

/// The lock that migrations take too, and how long it is waited for.
const LOCK: &str = "bedplate_migrations";
const LOCK_WAIT: Duration = Duration::from_secs(30);
/// How long the server may take to end what the client has begun.
const END_SECONDS: u32 = 30;
/// Between two looks at how far it has come.
const LOOK: Duration = Duration::from_millis(200);

/// What the tool writes at the beginning and at the end of a whole dump.
const HEADS: [&[u8]; 2] = [b"-- MariaDB dump ", b"-- MySQL dump "];
const TAIL: &[u8] = b"-- Dump completed";
/// How far from the ends of the file these may stand.
const ENDS_BYTES: u64 = 512;

/// Restores it. Every statement that makes a table commits, so what was made is removed again where a later one fails, or where
/// the caller goes away.
pub(crate) async fn read(link: &Arc<Link>, file: &Path, progress: Progress<'_>) -> Result<()> {
    let lock = NamedLock::take(link, LOCK, LOCK_WAIT).await?;
    if let Some((kind, name)) = read_all::<(String, String)>(&mut link.lease().await?, FIRST).await?.first() {
        let message = format!("the database has a {kind} already: `{name}`");
        let help = match name == RESTORING {
            true => "an earlier restore was cut off: remove the database, and make it anew",
            false => "restore into an empty database",
        };
        return Err(Error::new(ErrorKind::Conflict, message).with_help(help));
    }
    let mut input = File::open(file).map_err(|why| failed(file, why))?;
    if !is_whole(&mut input).map_err(|why| failed(file, why))? {
        return Err(Error::new(ErrorKind::Corrupt, "the file is no backup, or not a whole one"));
    }
    let shared = input.try_clone().map_err(|why| failed(file, why))?;
    let (caller, gone) = oneshot::channel();
    let mut work = link.runtime.spawn(Work::new(link, lock, shared)?.run(gone));
    let ended = loop {
        match timeout(LOOK, &mut work).await {
            Ok(ended) => break ended,
            Err(_) => progress(input.stream_position().unwrap_or_default()),
        }
    };
    drop(caller);
    progress(input.stream_position().unwrap_or_default());
    ended
        .map_err(|why| Error::new(ErrorKind::Internal, "the restore ended in its middle").with_source(why))?
}

/// A restore that goes on to its end, or clears up behind itself, whether or not somebody waits for it.
struct Work {
    link: Arc<Link>,
    /// Nobody else restores or migrates meanwhile.
    _lock: NamedLock,
    input: File,
    client: Command,
    /// The name of a lock of the server that the client's connection holds as long as it lives.
    mark: String,
}

impl Work {
    fn new(link: &Arc<Link>, lock: NamedLock, input: File) -> Result<Self> {
        let mark = format!("bedplate restore {}", uuid::Uuid::new_v4().simple());
        let hold = format!("--init-command=do get_lock('{mark}', 0)");
        let arguments = ["--batch", "--binary-mode", &hold, database(link)];
        let client = tool(link, ["mariadb", "mysql"], &arguments)?;
        Ok(Self { link: link.clone(), _lock: lock, input, client, mark })
    }

    async fn run(mut self, gone: oneshot::Receiver<()>) -> Result<()> {
        let link = self.link.clone();
        let _working = link.work();
        // Where this process is killed, the records of migrations may be there and rows not: nobody must take that for the whole.
        let since =
            format!("create table {RESTORING} (since datetime(6) not null default current_timestamp(6))");
        link.connect_anyway().await?.query_drop(since).await.map_err(classify)?;
        let ended = tokio::select! {
            ended = run_reading(&self.client, &self.input, &|| ()) => ended,
            _ = gone => Err(Error::new(ErrorKind::Unavailable, "nobody waited for it any more")),
        };
        let whole = format!("drop table {RESTORING}");
        let Err(error) = ended else {
            return link.connect_anyway().await?.query_drop(whole).await.map_err(classify);
        };
        let (error, line) = told(&error);
        Err(match self.clear(line).await {
            Ok(()) => error.with_help("nothing of it is left in the database"),
            Err(_) => error.with_help("half of it may be in the database: remove its tables, and try again"),
        })
    }

    /// Removes what the client has made: what the dump names before the line that failed, or else as far as the client has read.
    async fn clear(&mut self, line: Option<u64>) -> Result<()> {
        let mut conn = self.link.connect_anyway().await?;
        self.end_client(&mut conn).await?;
        let reached = self.input.stream_position().unwrap_or(u64::MAX);
        let input = self.input.try_clone().map_err(|why| failed(Path::new("the copy"), why))?;
        let found = tokio::task::spawn_blocking(move || contents::read(&input)).await;
        let mut made = found
            .unwrap_or_else(|why| Err(std::io::Error::other(why)))
            .map_err(|why| failed(Path::new("the copy"), why))?;
        made.retain(|made| line.map_or(made.at < reached, |line| made.line < line));
        conn.query_drop("set foreign_key_checks = 0").await.map_err(classify)?;
        for made in in_turn(made) {
            let drop = format!("drop {} if exists {}", made.kind, Dialect::Mysql.quote(&made.name));
            conn.query_drop(drop).await.map_err(classify)?;
        }
        conn.query_drop(format!("drop table {RESTORING}")).await.map_err(classify)
    }

    /// Makes sure that the server has ended what the client had begun: it may have been stopped in the middle of a statement.
    async fn end_client(&self, conn: &mut Conn) -> Result<()> {
        let id: Option<Option<u64>> =
            conn.exec_first("select is_used_lock(?)", (&self.mark,)).await.map_err(classify)?;
        if let Some(id) = id.flatten() {
            // One that has ended by itself is no error.
            let _ = conn.query_drop(format!("kill connection {id}")).await;
        }
        let ask = "select get_lock(?, ?)";
        let ended: Option<Option<i64>> =
            conn.exec_first(ask, (&self.mark, END_SECONDS)).await.map_err(classify)?;
        match ended {
            Some(Some(1)) => Ok(()),
            _ => Err(Error::new(ErrorKind::TimedOut, "the server did not end the restore's last statement")),
        }
    }
}

/// The order in which things are removed: events first, because they act by themselves, and the rest from the last to the first.
fn in_turn(mut made: Vec<Made>) -> Vec<Made> {
    made.reverse();
    made.sort_by_key(|made| made.kind != "event");
    made
}

/// Whether it is a dump from its first line to its last.
fn is_whole(file: &mut File) -> std::io::Result<bool> {
    let size = file.metadata()?.len();
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    file.by_ref().take(ENDS_BYTES).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(size.saturating_sub(ENDS_BYTES)))?;
    file.read_to_end(&mut tail)?;
    file.rewind()?;
    let has = |text: &[u8], part: &[u8]| text.windows(part.len()).any(|window| window == part);
    Ok(HEADS.iter().any(|part| has(&head, part)) && has(&tail, TAIL))
}

/// What the client said, as `ERROR 1064 (42000) at line 7: ...`, without its text: that repeats what stands in the file. With the line in
/// which the statement begins that was refused.
fn told(error: &Error) -> (Error, Option<u64>) {
    if error.kind() != ErrorKind::Internal {
        return (Error::new(error.kind(), error.message()), None);
    }
    let (_, said) = error.message().split_once(" failed: ").unwrap_or_default();
    let said = said.lines().rev().find_map(|line| line.trim().strip_prefix("ERROR "));
    let Some((number, rest)) = said.and_then(|said| said.split_once(' ')) else {
        return (Error::new(ErrorKind::Internal, "the client that restores failed"), None);
    };
    let kind = match number.parse::<u16>().unwrap_or_default() {
        1044 | 1045 | 1142 | 1227 | 1698 => ErrorKind::Denied,
        1021 | 1114 | 1153 => ErrorKind::Limited,
        // Somebody made something of the same name meanwhile.
        1050 | 1304 | 1537 => ErrorKind::Conflict,
        2000..=2999 => ErrorKind::Unavailable,
        _ => ErrorKind::Corrupt,
    };
    let place = rest.split_once(" at line ").and_then(|(_, rest)| rest.split_once(':')).map(|(line, _)| line);
    let line = place.and_then(|line| line.parse().ok());
    let place = line.map_or(String::new(), |line: u64| format!(" at line {line}"));
    (Error::new(kind, format!("the server refused it{place}, by its error {number}")), line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_without_what_stands_in_the_file() {
        let say = |text: &str| told(&Error::new(ErrorKind::Internal, text));
        let (error, line) = say(
            "`mariadb` failed: --------------\nINSERT ('secret')\n--------------\n\nERROR 1062 (23000) at line 7: Duplicate entry 'secret' for key 'x'",
        );
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert_eq!(error.message(), "the server refused it at line 7, by its error 1062");
        assert_eq!(line, Some(7));
        let (error, line) = say("`mariadb` failed: ERROR 2002 (HY000): Can't connect");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(line, None);
        assert_eq!(say("killed 'secret'").0.message(), "the client that restores failed");
    }
}
