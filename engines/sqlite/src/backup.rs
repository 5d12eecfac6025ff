//! A consistent copy of the database into a new file, while others go on writing.

use std::path::Path;
use std::thread;

use bedplate_core::Result;
use bedplate_core::sql::Tally;
use bedplate_programs::Growing;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::aside::{self, Caller};
use crate::error::classify;
use crate::tally;

/// Pages between two looks at whether anyone still wants the copy: about a megabyte.
pub(crate) const PAGES_AT_ONCE: i32 = 256;

/// Writes the copy, which is on its way to its name, and counts it. Whoever writes it removes it: who stops waiting would do so too early.
pub(crate) fn write(database: &Path, growing: Growing, caller: &Caller) -> Result<(Tally, Growing)> {
    let part = growing.file();
    let from = aside::open(database)?;
    // A transaction that reads: without it the copy would begin again with every commit of another connection, and might never end.
    from.execute_batch("begin; select count(*) from sqlite_schema").map_err(classify)?;
    let mut to = Connection::open(part).map_err(classify)?;
    copy_pages(&mut Backup::new(&from, &mut to).map_err(classify)?, page_size(&from)?, caller)?;
    drop(from);
    to.close().map_err(|(_, error)| classify(error))?;
    let copy = aside::open_still(part)?;
    caller.watch(&copy)?;
    let tally = tally::read(&copy)?;
    drop(copy);
    Ok((tally, growing))
}

/// How large a database's pages are.
pub(crate) fn page_size(connection: &Connection) -> Result<u64> {
    connection
        .pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0))
        .map(u64::from)
        .map_err(classify)
}

/// Copies what is left, and tells how many bytes were copied.
pub(crate) fn copy_pages(copying: &mut Backup<'_, '_>, page_size: u64, caller: &Caller) -> Result<()> {
    loop {
        caller.check()?;
        let step = copying.step(PAGES_AT_ONCE).map_err(classify)?;
        let progress = copying.progress();
        let pages = u64::try_from(progress.pagecount - progress.remaining).unwrap_or_default();
        caller.tell(pages * page_size);
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => thread::yield_now(),
            // The reading transaction holds what it needs; only a checkpoint at this very moment gets in the way.
            _ => thread::sleep(std::time::Duration::from_millis(1)),
        }
    }
}
