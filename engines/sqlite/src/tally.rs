//! Counts rows and sums their checksums.
//!
//! What is counted is what the file stores: the tables and the shadows in which full-text and other virtual tables keep theirs. A virtual table
//! itself isn't, because its shadows say the same and need no module to be read.

use bedplate_core::Result;
use bedplate_core::sql::{Dialect, RowSum, TableTally, Tally};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::error::classify;

const TABLES: &str = "select name from pragma_table_list where schema = 'main' and type in ('table', 'shadow') \
                      and name not like 'sqlite\\_%' escape '\\' order by name";

/// Tallies every table in one snapshot.
pub(crate) fn read(connection: &Connection) -> Result<Tally> {
    let snapshot = connection.unchecked_transaction().map_err(classify)?;
    let tables = tables(&snapshot).map_err(classify)?;
    snapshot.rollback().map_err(classify)?;
    Ok(Tally { tables })
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<TableTally>> {
    let mut listed = connection.prepare(TABLES)?;
    let names = listed.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    names.into_iter().map(|name| table(connection, name)).collect()
}

fn table(connection: &Connection, name: String) -> rusqlite::Result<TableTally> {
    let mut prepared = connection.prepare(&format!("select * from {}", Dialect::Sqlite.quote(&name)))?;
    let columns = prepared.column_count();
    let mut rows = prepared.query([])?;
    let (mut sum, mut written) = (RowSum::default(), Vec::new());
    while let Some(row) = rows.next()? {
        written.clear();
        for column in 0..columns {
            write(row.get_ref(column)?, &mut written);
        }
        sum.add(&written);
    }
    Ok(sum.of(name))
}

/// Writes a value with its type and its length before it, so that no two rows look alike.
fn write(value: ValueRef<'_>, written: &mut Vec<u8>) {
    let mut bytes = |kind: u8, bytes: &[u8]| {
        written.push(kind);
        written.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        written.extend_from_slice(bytes);
    };
    match value {
        ValueRef::Null => bytes(0, &[]),
        ValueRef::Integer(int) => bytes(1, &int.to_be_bytes()),
        ValueRef::Real(float) => bytes(2, &float.to_bits().to_be_bytes()),
        ValueRef::Text(text) => bytes(3, text),
        ValueRef::Blob(blob) => bytes(4, blob),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checksum(values: &str) -> TableTally {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&format!("create table t (a, b); insert into t values {values}")).unwrap();
        read(&connection).unwrap().tables.remove(0)
    }

    #[test]
    fn rows_that_only_look_alike_are_told_apart() {
        let rows = [
            "(1, 2)",
            "(2, 1)",
            "(1.0, 2)",
            "('1', 2)",
            "(x'31', 2)",
            "(null, 2)",
            "('', 2)",
            "(x'', 2)",
            "('12', '')",
            "('1', '2')",
            "('', '12')",
            "(1, 2), (1, 2)",
            "(cast(x'ff' as text), 2)",
            "(cast(x'fe' as text), 2)",
        ];
        for (at, one) in rows.iter().enumerate() {
            for other in &rows[at + 1..] {
                assert_ne!(checksum(one), checksum(other), "{one} and {other}");
            }
        }
        assert_eq!(checksum("(1, 2), (3, 4)"), checksum("(3, 4), (1, 2)"));
    }

    #[test]
    fn every_sort_of_table_is_counted_by_what_it_stores() {
        let connection = Connection::open_in_memory().unwrap();
        let script =
            "create table plain (a integer primary key autoincrement, twice int generated always as (a * 2));
            create table keyed (k text primary key, v) without rowid;
            create table \"q\"\"uoted\" (a);
            create view seen as select * from plain;
            create virtual table words using fts5(body);
            insert into plain values (1), (2);
            insert into keyed values ('a', 1);
            insert into words values ('some words');";
        connection.execute_batch(script).unwrap();
        let tally = read(&connection).unwrap();
        let rows = |name: &str| tally.tables.iter().find(|table| table.name == name).map(|table| table.rows);
        assert_eq!((rows("plain"), rows("keyed"), rows("q\"uoted")), (Some(2), Some(1), Some(0)));
        assert_eq!((rows("seen"), rows("words"), rows("sqlite_sequence")), (None, None, None));
        assert_eq!(rows("words_content"), Some(1));
        connection.execute_batch("update words set body = 'other words'").unwrap();
        assert_ne!(read(&connection).unwrap(), tally);
    }
}
