//! A consistent copy of the database into a new file, while others go on writing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;

use bedplate_core::sql::Tally;
use bedplate_core::{Error, ErrorKind, Result};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::aside::{self, Caller};
use crate::error::classify;
use crate::tally;

/// Pages between two looks at whether anyone still wants the copy: about a megabyte.
pub(crate) const PAGES_AT_ONCE: i32 = 256;

/// The copy grows under another name and gets its own when it is complete, counted and on the disk.
pub(crate) fn write(database: &Path, file: &Path, caller: &Caller) -> Result<Tally> {
    let fail = |why| failed("backup", file, why);
    if file.exists() {
        return Err(Error::new(ErrorKind::Conflict, format!("`{}` exists already", file.display()))
            .with_help("name a new file"));
    }
    let folder = folder_of(file);
    let growing = Growing::beside(file).map_err(fail)?;
    let part = growing.file();
    let from = aside::open(database)?;
    // A transaction that reads: without it the copy would begin again with every commit of another connection, and might never end.
    from.execute_batch("begin; select count(*) from sqlite_schema").map_err(classify)?;
    let mut to = Connection::open(&part).map_err(classify)?;
    copy_pages(&mut Backup::new(&from, &mut to).map_err(classify)?, page_size(&from)?, caller)?;
    drop(from);
    to.close().map_err(|(_, error)| classify(error))?;
    let copy = aside::open_still(&part)?;
    caller.watch(&copy)?;
    let tally = tally::read(&copy)?;
    drop(copy);
    #[cfg(unix)]
    fs::set_permissions(&part, std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(fail)?;
    File::open(&part).and_then(|part| part.sync_all()).map_err(fail)?;
    // A link, unlike a rename, never replaces a file that has appeared meanwhile.
    fs::hard_link(&part, file).map_err(fail)?;
    drop(growing);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)?;
    Ok(tally)
}

/// What a failure of the operating system over a file means.
pub(crate) fn failed(what: &str, file: &Path, why: std::io::Error) -> Error {
    let kind = match why.kind() {
        std::io::ErrorKind::AlreadyExists => ErrorKind::Conflict,
        std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::StorageFull => ErrorKind::Limited,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("the {what} `{}`: {why}", file.display())).with_source(why)
}

/// The folder in which a file lies.
pub(crate) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
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

/// The folder in which a file grows, with whatever SQLite lays beside it; it goes when the file is complete and when it fails.
pub(crate) struct Growing(PathBuf);

impl Growing {
    /// Makes it beside the file.
    pub(crate) fn beside(file: &Path) -> std::io::Result<Self> {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let folder = folder_of(file).join(format!(".{name}.{}.partial", std::process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    /// The file that grows.
    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("copy.db")
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
