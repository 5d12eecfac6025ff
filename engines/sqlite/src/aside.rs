//! Long work on a thread and connections of its own, beside whatever the pools do: it tells how far it is, and ends where nobody waits for it.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use bedplate_core::address::percent_encode;
use bedplate_core::sql::Progress;
use bedplate_core::{Error, ErrorKind, Result};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{oneshot, watch};

use crate::error::{classify, closed};

/// How many steps of its machine a statement makes between two looks at whether anyone still wants it.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// Whoever waits for the work.
#[derive(Clone)]
pub(crate) struct Caller(Arc<watch::Sender<u64>>);

impl Caller {
    /// Says how many bytes are done.
    pub(crate) fn tell(&self, bytes: u64) {
        self.0.send_replace(bytes);
    }

    /// An error where nobody waits any more.
    pub(crate) fn check(&self) -> Result<()> {
        if self.0.is_closed() { Err(closed()) } else { Ok(()) }
    }

    /// Ends the statements of this connection where nobody waits any more.
    pub(crate) fn watch(&self, connection: &Connection) -> Result<()> {
        let caller = self.clone();
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || caller.0.is_closed())).map_err(classify)
    }
}

/// Runs `work` on a thread of its own. Where this future is dropped, [`Caller::check`] says so.
pub(crate) async fn run<T: Send + 'static>(
    progress: Progress<'_>,
    work: impl FnOnce(&Caller) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (answer, mut answered) = oneshot::channel();
    let (told, mut heard) = watch::channel(0);
    let caller = Caller(Arc::new(told));
    let run = move || {
        let _ = answer.send(work(&caller));
    };
    thread::Builder::new()
        .name("sqlite-aside".into())
        .spawn(run)
        .map_err(|why| Error::new(ErrorKind::Limited, "no thread could be started").with_source(why))?;
    loop {
        tokio::select! {
            result = &mut answered => {
                if heard.has_changed().unwrap_or(true) {
                    progress(*heard.borrow());
                }
                return result.map_err(|_| closed())?;
            }
            Ok(()) = heard.changed() => progress(*heard.borrow_and_update()),
        }
    }
}

/// Opens a database that others use at the same time.
pub(crate) fn open(database: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(database, flags).map_err(classify)
}

/// Opens a file that nobody writes, and leaves it and its folder as they are.
pub(crate) fn open_still(file: &Path) -> Result<Connection> {
    let text = file.to_str().ok_or_else(|| Error::invalid("the file's name is not UTF-8"))?;
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    // What another process has left in its log is a part of the database.
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        return Connection::open_with_flags(file, flags).map_err(classify);
    }
    let path: Vec<_> = text.split('/').map(percent_encode).collect();
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{}?immutable=1", path.join("/")), flags).map_err(classify)
}
