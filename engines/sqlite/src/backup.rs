//! A consistent copy of the database into a new file, while others go on writing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;

use bedplate_core::{Error, ErrorKind, Result};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use crate::error::{classify, closed};

/// Pages between two looks at whether anyone still wants the copy: about a megabyte.
const PAGES_AT_ONCE: i32 = 256;

/// Writes the copy on a thread of its own. Where this future is dropped, the copy ends and leaves nothing.
pub(crate) async fn write(database: PathBuf, file: PathBuf) -> Result<()> {
    let (answer, answered) = oneshot::channel();
    let run = move || {
        let result = copy(&database, &file, || answer.is_closed());
        let _ = answer.send(result);
    };
    thread::Builder::new()
        .name("sqlite-backup".into())
        .spawn(run)
        .map_err(|why| Error::new(ErrorKind::Limited, "no thread could be started").with_source(why))?;
    answered.await.map_err(|_| closed())?
}

/// The copy grows under another name and gets its own when it is complete and on the disk.
fn copy(database: &Path, file: &Path, abandoned: impl Fn() -> bool) -> Result<()> {
    let io = |why: std::io::Error| {
        let kind = match why.kind() {
            std::io::ErrorKind::AlreadyExists => ErrorKind::Conflict,
            std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            std::io::ErrorKind::StorageFull => ErrorKind::Limited,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, format!("the backup `{}`: {why}", file.display())).with_source(why)
    };
    if file.exists() {
        return Err(Error::new(ErrorKind::Conflict, format!("`{}` exists already", file.display()))
            .with_help("name a new file"));
    }
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Its own folder, so that it is removed with whatever SQLite lays beside the file.
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let growing = folder.join(format!(".{name}.{}.partial", std::process::id()));
    fs::create_dir(&growing).map_err(io)?;
    let growing = Growing(growing);
    let part = growing.0.join("copy.db");
    copy_pages(database, &part, abandoned)?;
    #[cfg(unix)]
    fs::set_permissions(&part, std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(io)?;
    File::open(&part).and_then(|part| part.sync_all()).map_err(io)?;
    // A link, unlike a rename, never replaces a file that has appeared meanwhile.
    fs::hard_link(&part, file).map_err(io)?;
    drop(growing);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
}

/// The folder in which the copy grows; it goes when the copy is complete and when it fails.
struct Growing(PathBuf);

impl Drop for Growing {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy_pages(database: &Path, part: &Path, abandoned: impl Fn() -> bool) -> Result<()> {
    let from = Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(classify)?;
    // A transaction that reads: without it the copy would begin again with every commit of another connection, and might never end.
    from.execute_batch("begin; select count(*) from sqlite_schema").map_err(classify)?;
    let mut to = Connection::open(part).map_err(classify)?;
    {
        let backup = Backup::new(&from, &mut to).map_err(classify)?;
        loop {
            if abandoned() {
                return Err(closed());
            }
            match backup.step(PAGES_AT_ONCE).map_err(classify)? {
                StepResult::Done => break,
                StepResult::More => thread::yield_now(),
                // The reading transaction holds what it needs; only a checkpoint at this very moment gets in the way.
                _ => thread::sleep(std::time::Duration::from_millis(1)),
            }
        }
    }
    to.close().map_err(|(_, error)| classify(error))
}
