//! Fills an empty database from a copy, in one transaction, while its connections stay open.

use std::path::Path;
use std::time::Duration;

use bedplate_core::{Error, ErrorKind, Result};
use bedplate_programs::{PrivateFolder, failed};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension};

use crate::aside::{self, Caller};
use crate::backup::{copy_pages, page_size};
use crate::error::classify;
use crate::litefs::Mount;

/// Restores `file` into `database`; waits no longer than `busy_timeout` for other writers.
pub(crate) fn run(
    database: &Path,
    file: &Path,
    mount: Option<&Mount>,
    busy_timeout: Duration,
    caller: &Caller,
) -> Result<()> {
    mount.map_or(Ok(()), Mount::check_primary)?;
    let mut from = check(file, caller)?;
    let watching = aside::open(database)?;
    // The first look saves the work; the one that counts comes when nobody else can write.
    refuse_tables(&watching)?;
    let mut to = aside::open(database)?;
    to.busy_timeout(busy_timeout).map_err(classify)?;
    let size = page_size(&to)?;
    let folder;
    if page_size(&from)? != size {
        // Nothing but a database can be made on a mount.
        folder = match mount {
            Some(_) => PrivateFolder::temporary("bedplate-restore"),
            None => PrivateFolder::beside(database),
        }
        .map_err(|why| failed(database, why))?;
        from = rewrite(&from, &folder.path().join("rewritten"), size, caller)?;
    }
    {
        let mut copying = Backup::new(&from, &mut to).map_err(classify)?;
        // Copies nothing yet, and takes the lock without which nobody writes. Until the last page nobody sees anything of it.
        match copying.step(0).map_err(classify)? {
            StepResult::Busy | StepResult::Locked => {
                return Err(Error::new(
                    ErrorKind::TimedOut,
                    "another process kept on writing for longer than `busy_timeout`",
                )
                .with_help("stop what writes to a database before it is restored"));
            }
            _ => refuse_tables(&watching)?,
        }
        copy_pages(&mut copying, size, caller)?;
    }
    // The log has grown by the whole database. Where somebody reads, it shrinks another time.
    let _ = to.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
    Ok(())
}

/// Opens the copy and reads all of it once.
fn check(file: &Path, caller: &Caller) -> Result<Connection> {
    let found = std::fs::metadata(file).map_err(|why| failed(file, why))?;
    if !found.is_file() {
        return Err(Error::invalid(format!("`{}` is not a file", file.display())));
    }
    let corrupt = |what: &str| {
        Error::new(ErrorKind::Corrupt, format!("the backup `{}` {what}", file.display()))
            .with_help("restore another backup; nothing was changed")
    };
    if found.len() == 0 {
        return Err(corrupt("is empty"));
    }
    let from = aside::open_still(file)?;
    caller.watch(&from)?;
    let answer = from
        .query_row("pragma integrity_check(1)", [], |row| row.get::<_, String>(0))
        .map_err(classify)
        .map_err(|error| match error.kind() {
            ErrorKind::Corrupt => corrupt(&format!("is damaged: {}", error.message())),
            _ => error,
        })?;
    if answer != "ok" {
        return Err(corrupt(&format!("is damaged: {answer}")));
    }
    let encoding: String = from.pragma_query_value(None, "encoding", |row| row.get(0)).map_err(classify)?;
    if encoding != "UTF-8" {
        return Err(Error::unsupported(format!("databases whose text is {encoding}"))
            .with_help("dump it with `sqlite3` and read the dump into a new database"));
    }
    Ok(from)
}

fn refuse_tables(database: &Connection) -> Result<()> {
    let found: Option<String> = database
        .query_row(
            "select name from sqlite_schema where name not like 'sqlite\\_%' escape '\\' limit 1",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(classify)?;
    match found {
        None => Ok(()),
        Some(name) => {
            Err(Error::new(ErrorKind::Conflict, format!("the database has the table `{name}` already"))
                .with_help("restore into a new database"))
        }
    }
}

/// The same database with pages of another size, which those of an open one cannot become.
fn rewrite(from: &Connection, into: &Path, size: u64, caller: &Caller) -> Result<Connection> {
    let mut to = Connection::open(into).map_err(classify)?;
    copy_pages(&mut Backup::new(from, &mut to).map_err(classify)?, page_size(from)?, caller)?;
    caller.watch(&to)?;
    let text = format!("pragma journal_mode = delete; pragma page_size = {size}; vacuum");
    to.execute_batch(&text).map_err(classify)?;
    to.close().map_err(|(_, error)| classify(error))?;
    aside::open_still(into)
}
