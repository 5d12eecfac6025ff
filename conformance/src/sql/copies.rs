//! Backups, and what is restored from them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bedplate_core::sql::{Sql, Value, ValueKind};
use bedplate_core::{ErrorKind, Result};
use bytes::Bytes;
use rust_decimal::Decimal;
use serde_json::json;

use super::scene::count;
use super::tallies::{MOVED, Mover};
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// A folder for backups, which goes with it.
struct Shelf(tempfile::TempDir);

impl Shelf {
    fn new() -> std::result::Result<Self, Failure> {
        tempfile::tempdir().map(Self).map_err(|why| Failure(format!("there is no temporary folder: {why}")))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn read(file: &Path) -> std::result::Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|why| Failure(format!("`{}`: {why}", file.display())))
}

fn write(file: &Path, content: &[u8]) -> Verdict {
    std::fs::write(file, content).map_err(|why| Failure(format!("`{}`: {why}", file.display())))
}

/// Values of every kind, of which none is simple.
fn values() -> Vec<Value> {
    let time = jiff::civil::date(1969, 12, 31).at(23, 59, 59, 123_456_000);
    vec![
        true.into(),
        i64::MIN.into(),
        (1.0 / 3.0).into(),
        Decimal::new(-1, 28).into(),
        "Grüße\t日本 'x' \"y\" \\ \r\n\\N\\.".into(),
        Bytes::from((0..=255).collect::<Vec<u8>>()).into(),
        uuid::Uuid::max().into(),
        time.date().into(),
        time.time().into(),
        time.into(),
        jiff::Timestamp::UNIX_EPOCH.into(),
        json!({ "a": [1, null, { "b": "ü\n" }] }).into(),
    ]
}

/// Tables with values of every kind, keys, an index, constraints, an odd name, and a view.
async fn furnish(sql: &Sql) -> Result<()> {
    let run = async |text: String| sql.query(text).execute().await.map(drop);
    let values = values();
    let columns: Vec<String> = values
        .iter()
        .enumerate()
        .filter_map(|(at, value)| Some(format!("v{at} {}", sql.dialect().column_type(value.kind())?)))
        .collect();
    run(format!("create table kinds (id bigint not null primary key, {})", columns.join(", "))).await?;
    let places: Vec<String> = (1..=values.len() + 1).map(|place| format!("${place}")).collect();
    let insert = format!("insert into kinds values ({})", places.join(", "));
    sql.query(&insert).bind(1).bind_all(values.clone()).execute().await?;
    sql.query(&insert).bind(2).bind_all(values.iter().map(|_| Value::Null)).execute().await?;
    run("create table parents (id bigint not null primary key, name varchar(40) not null unique)".into())
        .await?;
    run("create table children (id bigint not null primary key, parent bigint not null references parents (id), \
         n bigint not null default 7 check (n > 0))"
        .into())
    .await?;
    run("create index children_by_parent on children (parent)".into()).await?;
    run("insert into parents (id, name) values (1, 'a'), (2, 'b')".into()).await?;
    run("insert into children (id, parent) values (1, 1), (2, 1), (3, 2)".into()).await?;
    let odd = sql.dialect().quote("Grüße; \"it's\"");
    run(format!("create table {odd} (n bigint)")).await?;
    run(format!("insert into {odd} (n) values (1), (1)")).await?;
    run("create view names as select name from parents".into()).await
}

pub(super) async fn a_restored_backup_is_the_same_database(subject: &Subject<Sql>) -> Verdict {
    let (source, copy, shelf) = (subject.fresh().await?, subject.fresh().await?, Shelf::new()?);
    furnish(&source).await?;
    let (file, told) = (shelf.file("a.backup"), AtomicU64::new(0));
    let progress = |bytes: u64| {
        told.fetch_max(bytes, Ordering::Relaxed);
    };
    let tally = source.backup(&file, &progress).await?;
    ensure_eq!(tally, source.tally().await?, "the tally of the copy");
    ensure_eq!(tally.tables.len(), 4, "tables in {tally:?}");
    ensure!(told.swap(0, Ordering::Relaxed) > 0, "a backup told nothing of its progress");
    copy.restore(&file, &progress).await?;
    ensure!(told.load(Ordering::Relaxed) > 0, "a restore told nothing of its progress");
    ensure_eq!(tally.differences(&copy.tally().await?).join("; "), "", "what is different");
    ensure_eq!(copy.schema().await?, source.schema().await?, "the schema");
    for sql in [&source, &copy] {
        let rows = sql.query("select * from kinds order by id").fetch_rows().await?;
        let of_source = source.query("select * from kinds order by id").fetch_rows().await?;
        ensure!(rows.len() == 2 && rows == of_source, "values came back otherwise");
        let names: Vec<String> = sql.query("select name from names order by name").fetch_all().await?;
        ensure_eq!(names, ["a", "b"], "what a view shows");
    }
    // It isn't a heap of rows: what was refused is refused.
    for insert in [
        "insert into parents (id, name) values (3, 'a')",
        "insert into children (id, parent) values (4, 9)",
        "insert into children (id, parent, n) values (4, 1, 0)",
    ] {
        refused(copy.query(insert).execute().await, ErrorKind::Conflict, insert)?;
    }
    copy.query("insert into children (id, parent) values (4, 2)").execute().await?;
    ensure_eq!(count(&source, "children").await?, 3, "rows of the source afterwards");
    Ok(())
}

pub(super) async fn a_backup_is_of_one_moment_while_others_write(subject: &Subject<Sql>) -> Verdict {
    let (source, shelf) = (subject.fresh().await?, Shelf::new()?);
    let mover = Mover::start(&source).await?;
    for round in 0..2 {
        let (file, copy) = (shelf.file(&round.to_string()), subject.fresh().await?);
        let tally = source.backup(&file, &|_| ()).await?;
        ensure_eq!(tally.rows(), MOVED, "rows of both tables in the tally");
        copy.restore(&file, &|_| ()).await?;
        ensure_eq!(tally.differences(&copy.tally().await?).join("; "), "", "what is different");
    }
    mover.stop().await
}

pub(super) async fn a_backup_replaces_no_file(subject: &Subject<Sql>) -> Verdict {
    let (source, shelf) = (subject.fresh().await?, Shelf::new()?);
    source.query("create table t (a bigint)").execute().await?;
    let file = shelf.file("a.backup");
    write(&file, b"precious")?;
    refused(source.backup(&file, &|_| ()).await, ErrorKind::Conflict, "a file that is there")?;
    ensure_eq!(read(&file)?, b"precious", "what is in the file");
    let nowhere = shelf.file("missing").join("a.backup");
    ensure!(source.backup(&nowhere, &|_| ()).await.is_err(), "a backup went into a folder that isn't there");
    let left = std::fs::read_dir(shelf.0.path()).map(|entries| entries.count());
    ensure_eq!(left.unwrap_or_default(), 1, "files that are left");
    Ok(())
}

pub(super) async fn a_restore_leaves_a_database_with_tables_as_it_is(subject: &Subject<Sql>) -> Verdict {
    let (source, shelf) = (subject.fresh().await?, Shelf::new()?);
    furnish(&source).await?;
    let file = shelf.file("a.backup");
    source.backup(&file, &|_| ()).await?;
    let target = subject.fresh().await?;
    target.query("create table mine (a bigint)").execute().await?;
    for (sql, what) in [(&target, "a database with a table"), (&source, "its own source")] {
        let before = (sql.tally().await?, sql.schema().await?);
        refused(sql.restore(&file, &|_| ()).await, ErrorKind::Conflict, what)?;
        ensure_eq!((sql.tally().await?, sql.schema().await?), before, "what is in {what} afterwards");
    }
    Ok(())
}

pub(super) async fn a_restore_of_what_is_no_backup_leaves_nothing(subject: &Subject<Sql>) -> Verdict {
    let (source, target, shelf) = (subject.fresh().await?, subject.fresh().await?, Shelf::new()?);
    furnish(&source).await?;
    // So much that it can't all lie in the half that stays.
    let text = source.dialect().column_type(ValueKind::Text).unwrap_or_default();
    source.query(format!("create table large (v {text})")).execute().await?;
    for part in 0..50 {
        let line = format!("{part} {}", uuid::Uuid::new_v4()).repeat(200);
        source.query("insert into large (v) values ($1)").bind(line).execute().await?;
    }
    let whole = shelf.file("whole");
    source.backup(&whole, &|_| ()).await?;
    let bytes = read(&whole)?;
    let broken: [(&str, &[u8]); 3] =
        [("empty", b""), ("text", b"this is no backup of anything"), ("half", &bytes[..bytes.len() / 2])];
    for (name, content) in broken {
        let file = shelf.file(name);
        write(&file, content)?;
        match target.restore(&file, &|_| ()).await {
            Err(error) => ensure!(
                matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::InvalidInput),
                "a file that is {name}: {error:?}"
            ),
            Ok(()) => return Err(Failure(format!("a file that is {name} was restored"))),
        }
        ensure_eq!(target.schema().await?.tables, [], "tables after a restore of a file that is {name}");
    }
    refused(target.restore(&shelf.file("missing"), &|_| ()).await, ErrorKind::NotFound, "a missing file")?;
    // And it can still be filled.
    target.restore(&whole, &|_| ()).await?;
    ensure_eq!(count(&target, "large").await?, 50, "rows");
    Ok(())
}
