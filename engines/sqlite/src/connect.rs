//! From an address to open connections: the file, its folder, its rights, and what each connection is told first.

use std::fs;
use std::io::ErrorKind as IoKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bedplate_catalogue::SQLITE;
use bedplate_catalogue::engines::sqlite::{
    BUSY_TIMEOUT, POOL_TIMEOUT, READERS, STATEMENT_CACHE, SYNCHRONOUS,
};
use bedplate_core::sql::{Features, SqlEngine};
use bedplate_core::{Address, BoxFuture, Error, ErrorKind, Result};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::classify;
use crate::litefs::Mount;
use crate::pool::Pool;
use crate::sql::Sqlite;
use crate::worker::{Worker, wait_for_others};

/// Connections that read; a number above it is a mistake, not a wish.
const MAX_READERS: usize = 64;
/// The write-ahead log is cut down to this size after it has been merged into the file.
const LOG_SIZE_LIMIT: i64 = 64 * 1024 * 1024;

/// Opens the SQL database of an address.
pub(crate) fn open(address: Address) -> BoxFuture<Result<Arc<dyn SqlEngine>>> {
    Box::pin(async move {
        let mut options = Options::read(&address)?;
        let path = options.path.clone();
        let prepared = path.clone();
        // A mount can stand still, and a thread of the caller's must not wait for it.
        let (mount, on_replica) =
            tokio::task::spawn_blocking(move || prepare(&prepared)).await.map_err(|why| {
                Error::new(ErrorKind::Internal, "the file was not looked at").with_source(why)
            })??;
        options.on_replica = on_replica;
        let writer = {
            let options = options.clone();
            Worker::start("sqlite-writer", options.busy_timeout, move || connect(&options, false)).await?
        };
        let mut readers = Vec::with_capacity(options.readers);
        for _ in 0..options.readers {
            let of = options.clone();
            readers.push(
                Worker::start("sqlite-reader", options.busy_timeout, move || connect(&of, true)).await?,
            );
        }
        let features = SQLITE.sql.map_or(Features::NONE, |offer| offer.features);
        Ok(Arc::new(Sqlite {
            path,
            writer: Pool::new(vec![writer], options.busy_timeout, BUSY_TIMEOUT.name),
            readers: Pool::new(readers, options.pool_timeout, POOL_TIMEOUT.name),
            features,
            pool_timeout: options.pool_timeout,
            busy_timeout: options.busy_timeout,
            mount: mount.map(Arc::new),
        }) as Arc<dyn SqlEngine>)
    })
}

/// An address, read.
#[derive(Debug, Clone)]
struct Options {
    path: PathBuf,
    busy_timeout: Duration,
    pool_timeout: Duration,
    readers: usize,
    synchronous: String,
    statement_cache: usize,
    on_replica: bool,
}

impl Options {
    fn read(address: &Address) -> Result<Self> {
        const EXAMPLE: &str = "write `sqlite:./orders.db` or `sqlite:/var/lib/orders.db`";
        address.check_settings(SQLITE.settings)?;
        if let Some((host, _)) = address.hosts().first() {
            return Err(Error::invalid(format!(
                "SQLite is a file and has no host, and the URL names `{host}`"
            ))
            .with_help(EXAMPLE));
        }
        if address.user().is_some() || address.password().is_some() {
            return Err(Error::invalid("SQLite is a file and has no users").with_help(EXAMPLE));
        }
        match address.path() {
            "" | "/" => return Err(Error::invalid("the URL names no file").with_help(EXAMPLE)),
            ":memory:" => {
                return Err(Error::invalid("a database in memory would be another one for each connection")
                    .with_help("name a file; one in a temporary folder is as quick"));
            }
            _ => {}
        }
        let readers = address.count(&READERS)?;
        if !(1..=MAX_READERS).contains(&readers) {
            return Err(Error::invalid(format!("`readers` is from 1 to {MAX_READERS}, not {readers}")));
        }
        Ok(Self {
            path: PathBuf::from(address.path()),
            busy_timeout: address.duration(&BUSY_TIMEOUT)?,
            pool_timeout: address.duration(&POOL_TIMEOUT)?,
            readers,
            synchronous: address.setting(&SYNCHRONOUS).to_string(),
            statement_cache: address.count(&STATEMENT_CACHE)?,
            on_replica: false,
        })
    }
}

/// Makes what isn't there, and tells on which mount the file lies and whether this machine is a replica.
fn prepare(path: &Path) -> Result<(Option<Mount>, bool)> {
    let mount = prepare_file(path)?;
    let on_replica = match &mount {
        Some(mount) => mount.primary()?.is_some(),
        None => false,
    };
    Ok((mount, on_replica))
}

/// Makes the folder and the file where they don't exist, the file for its owner only, and tells whether it lies on a LiteFS mount. On a replica
/// nothing is made: the database comes from its primary.
fn prepare_file(path: &Path) -> Result<Option<Mount>> {
    let fail = |what: &str, why: std::io::Error| {
        let kind = match why.kind() {
            IoKind::PermissionDenied | IoKind::ReadOnlyFilesystem => ErrorKind::Denied,
            IoKind::StorageFull => ErrorKind::Limited,
            IoKind::NotADirectory
            | IoKind::IsADirectory
            | IoKind::InvalidFilename
            | IoKind::AlreadyExists => ErrorKind::InvalidInput,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, format!("{what} `{}`: {why}", path.display())).with_source(why)
    };
    if path.is_dir() {
        return Err(Error::invalid(format!("`{}` is a folder, not a file", path.display()))
            .with_help("name a file in it, such as `orders.db`"));
    }
    let mount = Mount::of(path);
    if let Some(primary) = mount.as_ref().map(Mount::primary).transpose()?.flatten() {
        return if path.is_file() { Ok(mount) } else { Err(primary.not_arrived(path)) };
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|why| fail("no folder could be made for", why))?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(why) if why.kind() != IoKind::AlreadyExists => Err(fail("cannot create", why)),
        // A new database has its position only now.
        _ => Ok(mount.or_else(|| Mount::of(path))),
    }
}

fn connect(options: &Options, reads_only: bool) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&options.path, flags).map_err(classify)?;
    connection.busy_handler(Some(wait_for_others)).map_err(classify)?;
    // A replica cannot change its file, and reads it in whatever mode it is.
    if !options.on_replica {
        use_write_ahead_log(&connection)
            .map_err(|error| error.with_subject(options.path.display().to_string()))?;
    }
    tell(&connection, options, reads_only).map_err(classify)?;
    // A build of SQLite may be without this one, and passes over what it doesn't know without a word.
    if connection.query_row("select 'a' like 'A'", [], |row| row.get(0)).map_err(classify)? {
        return Err(Error::unsupported("a `like` that tells upper from lower case, in this build of SQLite")
            .with_help("build it without `SQLITE_OMIT_CASE_SENSITIVE_LIKE_PRAGMA`"));
    }
    Ok(connection)
}

/// Two processes that open a new database at the same time get in each other's way here, and SQLite doesn't wait by itself.
fn use_write_ahead_log(connection: &Connection) -> Result<()> {
    let mut tries = 0;
    loop {
        let mode =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(Error::unsupported(format!(
                    "a write-ahead log in this place (SQLite stays with `{mode}`)"
                ))
                .with_help("put the file on a local disk"));
            }
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && wait_for_others(tries) =>
            {
                tries += 1;
            }
            Err(error) => return Err(classify(error)),
        }
    }
}

fn tell(connection: &Connection, options: &Options, reads_only: bool) -> rusqlite::Result<()> {
    // Otherwise a column that doesn't exist, in double quotes, is a text, which no other engine would say.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // `like` tells upper from lower case, as every other comparison does and as other engines do.
    connection.pragma_update(None, "case_sensitive_like", true)?;
    connection.pragma_update(None, "synchronous", &options.synchronous)?;
    connection.pragma_update(None, "journal_size_limit", LOG_SIZE_LIMIT)?;
    connection.pragma_update(None, "query_only", reads_only)?;
    connection.set_prepared_statement_cache_capacity(options.statement_cache);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_address_is_refused_with_the_right_one() {
        for url in [
            "sqlite:",
            "sqlite:///",
            "sqlite::memory:",
            "sqlite://./orders.db",
            "sqlite://user@/orders.db",
            "sqlite:a.db?readers=0",
            "sqlite:a.db?readers=1000",
            "sqlite:a.db?reader=1",
        ] {
            let error = Options::read(&Address::parse(url).unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
        }
        assert_eq!(
            Options::read(&Address::parse("sqlite:///var/a.db").unwrap()).unwrap().path,
            Path::new("/var/a.db")
        );
    }
}
