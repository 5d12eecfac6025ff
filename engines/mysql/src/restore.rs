//! Fills an empty database from a copy, with the product's own client.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use bedplate_core::sql::{Dialect, Progress};
use bedplate_core::{Error, ErrorKind, Result};
use bedplate_programs::run_reading;
use mysql_async::prelude::Queryable;

use crate::connect::Link;
use crate::dump::failed;
use crate::error::classify;
use crate::programs::{database, tool};
use crate::statement::read_all;

const RELATIONS: &str = "select table_name, table_type from information_schema.tables \
                         where table_schema = database() order by table_name";

/// What the tool writes at the beginning and at the end of a whole dump.
const HEADS: [&[u8]; 2] = [b"-- MariaDB dump ", b"-- MySQL dump "];
const TAIL: &[u8] = b"-- Dump completed";
/// How far from the ends of the file these may stand.
const ENDS_BYTES: u64 = 512;

/// Restores it. Every statement that makes a table commits, so what was made is removed again where a later one fails.
pub(crate) async fn read(link: &Arc<Link>, file: &Path, progress: Progress<'_>) -> Result<()> {
    if let Some((name, _)) = relations(link).await?.first() {
        let message = format!("the database has a table already: `{name}`");
        return Err(Error::new(ErrorKind::Conflict, message).with_help("restore into an empty database"));
    }
    let mut input = File::open(file).map_err(|why| failed(file, why))?;
    if !is_whole(&mut input).map_err(|why| failed(file, why))? {
        return Err(Error::new(ErrorKind::Corrupt, "the file is no backup, or not a whole one"));
    }
    let command = tool(link, ["mariadb", "mysql"], &["--batch", "--binary-mode", database(link)])?;
    let watch = || progress((&input).stream_position().unwrap_or_default());
    let Err(error) = run_reading(&command, &input, &watch).await else { return Ok(()) };
    let error = told(&error);
    Err(match clear(link).await {
        Ok(()) => error.with_help("nothing of it is left in the database"),
        Err(_) => error.with_help("half of it may be in the database: remove its tables, and try again"),
    })
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

/// What the client said, as `ERROR 1064 (42000) at line 7: ...`, without its text: that repeats what stands in the file.
fn told(error: &Error) -> Error {
    let (_, said) = error.message().split_once(" failed: ").unwrap_or_default();
    let said = said.lines().rev().find_map(|line| line.trim().strip_prefix("ERROR "));
    let Some((number, rest)) = said.and_then(|said| said.split_once(' ')) else {
        return Error::new(ErrorKind::Internal, "the client that restores failed");
    };
    let kind = match number.parse::<u16>().unwrap_or_default() {
        1044 | 1045 | 1142 | 1227 | 1698 => ErrorKind::Denied,
        1021 | 1114 | 1153 => ErrorKind::Limited,
        2000..=2999 => ErrorKind::Unavailable,
        _ => ErrorKind::Corrupt,
    };
    let place = rest.split_once(" at line ").and_then(|(_, rest)| rest.split_once(':')).map(|(line, _)| line);
    let place = place.map_or(String::new(), |line| format!(" at line {line}"));
    Error::new(kind, format!("the server refused it{place}, by its error {number}"))
}

/// The tables and views with what they are.
async fn relations(link: &Arc<Link>) -> Result<Vec<(String, String)>> {
    read_all(&mut link.lease().await?, RELATIONS).await
}

/// Removes every table and view of a database that had none.
async fn clear(link: &Arc<Link>) -> Result<()> {
    let mut conn = link.connect_aside().await?;
    conn.query_drop("set foreign_key_checks = 0").await.map_err(classify)?;
    for (name, kind) in relations(link).await? {
        let what = if kind == "VIEW" { "view" } else { "table" };
        let drop = format!("drop {what} if exists {}", Dialect::Mysql.quote(&name));
        conn.query_drop(drop).await.map_err(classify)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_without_what_stands_in_the_file() {
        let say = |text: &str| told(&Error::new(ErrorKind::Internal, text));
        let error = say(
            "`mariadb` failed: --------------\nINSERT ('secret')\n--------------\n\nERROR 1062 (23000) at line 7: Duplicate entry 'secret' for key 'x'",
        );
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert_eq!(error.message(), "the server refused it at line 7, by its error 1062");
        let error = say("`mariadb` failed: ERROR 2002 (HY000): Can't connect");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(say("killed 'secret'").message(), "the client that restores failed");
    }
}
