//! What an operator wants to know: sizes of the file, its tables and their indexes.

use std::collections::BTreeMap;
use std::path::Path;

use bedplate_core::Result;
use bedplate_core::sql::{Dialect, IndexReport, Report, TableReport};
use rusqlite::{Connection, OptionalExtension};

use crate::error::classify;

/// Rows are counted up to here; what is larger is estimated by `analyze` or not told.
const MAX_COUNTED: u64 = 100_000;
/// To tell the sizes of tables apart, all pages are read: only of a database up to this size.
const MAX_MEASURED_BYTES: u64 = 512 * 1024 * 1024;

/// Reads it in one snapshot; `log_bytes` is the size of the write-ahead log.
pub(crate) fn read(connection: &Connection, log_bytes: u64) -> Result<Report> {
    let snapshot = connection.unchecked_transaction().map_err(classify)?;
    let mut report = of(&snapshot).map_err(classify)?;
    report.bytes += log_bytes;
    snapshot.rollback().map_err(classify)?;
    Ok(report)
}

/// The size of a database's write-ahead log.
pub(crate) fn log_bytes(database: &Path) -> u64 {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).map_or(0, |log| log.len())
}

fn of(connection: &Connection) -> rusqlite::Result<Report> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0).map(u64::from));
    let bytes = pragma("page_count")? * pragma("page_size")?;
    let sizes = if bytes <= MAX_MEASURED_BYTES { Some(sizes(connection)?) } else { None };
    let mut listed = connection.prepare_cached(
        "select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite\\_%' escape '\\' \
         order by name",
    )?;
    let names = listed.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let tables = names
        .into_iter()
        .map(|name| table(connection, name, sizes.as_ref()))
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Report { version: rusqlite::version().into(), bytes, tables, ..Report::default() })
}

type Sizes = BTreeMap<String, u64>;

fn sizes(connection: &Connection) -> rusqlite::Result<Sizes> {
    let mut listed = connection.prepare_cached("select name, pgsize from dbstat where aggregate = true")?;
    let sizes = listed.query_map([], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
    sizes.collect()
}

/// A count as SQLite gives it, which has no sign.
fn unsigned(count: i64) -> u64 {
    count.max(0) as u64
}

fn table(connection: &Connection, name: String, sizes: Option<&Sizes>) -> rusqlite::Result<TableReport> {
    let mut listed =
        connection.prepare_cached("select name, \"unique\" from pragma_index_list($1) order by name")?;
    let indexes: Vec<(String, bool)> =
        listed.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let size = |name: &str| sizes.map(|sizes| sizes.get(name).copied().unwrap_or_default());
    let bytes = size(&name).map(|own| own + indexes.iter().filter_map(|(index, _)| size(index)).sum::<u64>());
    let indexes = indexes
        .into_iter()
        .filter(|(_, unique)| !unique)
        .map(|(name, _)| IndexReport { bytes: size(&name), name, uses: None })
        .collect();
    Ok(TableReport { rows: rows(connection, &name)?, bytes, full_scans: None, indexes, name })
}

fn rows(connection: &Connection, table: &str) -> rusqlite::Result<Option<u64>> {
    let quoted = Dialect::Sqlite.quote(table);
    let counted: u64 = connection.query_row(
        &format!("select count(*) from (select 1 from {quoted} limit {})", MAX_COUNTED + 1),
        [],
        |row| row.get(0).map(unsigned),
    )?;
    if counted <= MAX_COUNTED {
        return Ok(Some(counted));
    }
    let has_statistics: bool = connection.query_row(
        "select exists (select 1 from sqlite_schema where name = 'sqlite_stat1')",
        [],
        |row| row.get(0),
    )?;
    if !has_statistics {
        return Ok(None);
    }
    let text = "select stat from sqlite_stat1 where tbl = $1 limit 1";
    let estimate: Option<String> =
        connection.query_row(text, [table], |row| row.get(0)).optional()?.flatten();
    Ok(estimate.and_then(|text| text.split(' ').next().and_then(|rows| rows.parse().ok())))
}
