//! SQLite: the handle beside rusqlite, on the caller's thread and as async services call it.

use std::sync::{Arc, Mutex};

use bedplate::sql::{Begin, Sql, Value};
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;

use super::measure::{Work, compare};
use super::{ALL, FILL, INSERT, Item, ONE, ROWS, UPDATE, head, item, line};

pub(crate) const TABLES: &str = "create table items (id integer primary key, name text not null, price real not null, note text); \
     create table log (id integer primary key, what text not null, count integer not null);";

pub(crate) fn run(runtime: &Runtime) {
    let folder = tempfile::tempdir().unwrap();
    let bare = open(&folder.path().join("bare.db"));
    let shared = Arc::new(Mutex::new(open(&folder.path().join("shared.db"))));
    let url = format!("sqlite:{}", folder.path().join("handle.db").display());
    let sql = runtime.block_on(filled(&url));
    head("SQLite", &["rusqlite", "spawn_blocking", "bedplate"]);
    let compare_in = |case: &str, bare_work: fn(&Connection, i64), handle: Work<'_>| {
        let mut id = 0;
        let mut direct = |n: u64| (0..n).for_each(|_| bare_work(&bare, next(&mut id)));
        let mut at = 0;
        let mut blocking = |n: u64| {
            runtime.block_on(async {
                for _ in 0..n {
                    let (shared, id) = (shared.clone(), next(&mut at));
                    tokio::task::spawn_blocking(move || bare_work(&shared.lock().unwrap(), id))
                        .await
                        .unwrap();
                }
            });
        };
        line(case, &compare(&mut [&mut direct, &mut blocking, handle]));
    };
    let mut id = 0;
    compare_in("one row", one, &mut |n| {
        runtime.block_on(async {
            for _ in 0..n {
                let row: Item = sql.query(ONE).bind(next(&mut id)).fetch_one().await.unwrap();
                std::hint::black_box(row);
            }
        });
    });
    compare_in("1,000 rows", all, &mut |n| {
        runtime.block_on(async {
            for _ in 0..n {
                let rows: Vec<Item> = sql.query(ALL).fetch_all().await.unwrap();
                assert_eq!(rows.len() as i64, ROWS);
            }
        });
    });
    compare_in("insert", insert, &mut |n| {
        runtime.block_on(async {
            for _ in 0..n {
                sql.query(INSERT).bind("something happened").bind(7).execute().await.unwrap();
            }
        });
    });
    compare_in("transaction", transaction, &mut |n| {
        runtime.block_on(async {
            for _ in 0..n {
                transact(&sql, next(&mut id)).await;
            }
        });
    });
    compare_in("100 inserts as one", inserts, &mut |n| {
        runtime.block_on(async {
            for _ in 0..n {
                assert_eq!(sql.query(INSERT).execute_each(sets()).await.unwrap(), SETS);
            }
        });
    });
    runtime.block_on(sql.close());
}

/// Sets of values that are written at once.
pub(crate) const SETS: u64 = 100;

pub(crate) fn sets() -> impl Iterator<Item = Vec<Value>> + Send {
    (0..SETS as i64).map(|count| vec!["something happened".into(), count.into()])
}

/// The ids of the rows in turn.
pub(crate) fn next(id: &mut i64) -> i64 {
    *id = *id % ROWS + 1;
    *id
}

/// A database with the tables and their rows, through the handle.
pub(crate) async fn filled(url: &str) -> Sql {
    let sql = bedplate::sql(url).await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script(TABLES).await.unwrap();
    for id in 1..=ROWS {
        let (id, name, price, note) = item(id);
        tx.query(FILL).bind(id).bind(name).bind(price).bind(note).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    sql
}

/// Reads a row, changes it and writes another one.
pub(crate) async fn transact(sql: &Sql, id: i64) {
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    let (_, name, ..): Item = tx.query(ONE).bind(id).fetch_one().await.unwrap();
    tx.query(UPDATE).bind("changed").bind(id).execute().await.unwrap();
    tx.query(INSERT).bind(name).bind(id).execute().await.unwrap();
    tx.commit().await.unwrap();
}

/// The same file as the engine makes it: a write-ahead log, and every commit on the disk.
fn open(path: &std::path::Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;")
        .unwrap();
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(&format!("begin; {TABLES}")).unwrap();
    for id in 1..=ROWS {
        let (id, name, price, note) = item(id);
        connection.execute(FILL, params![id, name, price, note]).unwrap();
    }
    connection.execute_batch("commit").unwrap();
    connection
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Item> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn one(connection: &Connection, id: i64) {
    let row = connection.prepare_cached(ONE).unwrap().query_row([id], read).unwrap();
    std::hint::black_box(row);
}

fn all(connection: &Connection, _: i64) {
    let mut statement = connection.prepare_cached(ALL).unwrap();
    let rows: Vec<Item> = statement.query_map([], read).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len() as i64, ROWS);
}

fn insert(connection: &Connection, _: i64) {
    connection.prepare_cached(INSERT).unwrap().execute(params!["something happened", 7]).unwrap();
}

fn inserts(connection: &Connection, _: i64) {
    connection.prepare_cached("begin immediate").unwrap().execute([]).unwrap();
    for count in 0..SETS {
        connection
            .prepare_cached(INSERT)
            .unwrap()
            .execute(params!["something happened", count as i64])
            .unwrap();
    }
    connection.prepare_cached("commit").unwrap().execute([]).unwrap();
}

fn transaction(connection: &Connection, id: i64) {
    connection.prepare_cached("begin immediate").unwrap().execute([]).unwrap();
    let (_, name, ..) = connection.prepare_cached(ONE).unwrap().query_row([id], read).unwrap();
    connection.prepare_cached(UPDATE).unwrap().execute(params!["changed", id]).unwrap();
    connection.prepare_cached(INSERT).unwrap().execute(params![name, id]).unwrap();
    connection.prepare_cached("commit").unwrap().execute([]).unwrap();
}
