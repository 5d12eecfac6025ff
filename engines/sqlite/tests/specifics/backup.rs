//! Copies, what is counted in them, and databases that are filled from them.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Sql};
use rusqlite::Connection;

use super::{halves, open, open_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let sql = open_with(&path, &[("synchronous", "normal")]).await.unwrap();
    halves(&sql).await;
    sql.query(
        "insert into left_half (id) with recursive n (n) as (select -1 union all select n - 1 from n where n > -50000) select n from n",
    )
    .execute()
    .await
    .unwrap();
    let writing = tokio::spawn({
        let sql = sql.clone();
        async move {
            for id in 0.. {
                let mut tx = sql.begin(Begin::new()).await.unwrap();
                tx.query("insert into left_half (id) values ($1)").bind(id).execute().await.unwrap();
                tx.query("insert into right_half (id) values ($1)").bind(id).execute().await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    });
    for round in 0..3 {
        let copy = folder.path().join(format!("copy{round}.db"));
        sql.backup(&copy, &|_| ()).await.unwrap();
        let restored = open(&copy).await;
        let check: String = restored.query("pragma integrity_check").fetch_one().await.unwrap();
        assert_eq!(check, "ok");
        let halves: (i64, i64) = restored
            .query("select (select count(*) from left_half where id >= 0), (select count(*) from right_half)")
            .fetch_one()
            .await
            .unwrap();
        assert_eq!(halves.0, halves.1, "a half of a transaction in a backup");
        restored.close().await;
        let error = sql.backup(&copy, &|_| ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "a backup over a file");
    }
    writing.abort();
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("partial")), "{left:?}");
    let error = sql.backup(&folder.path().join("missing/copy.db"), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

/// A database with every sort of table and value.
async fn fill(sql: &Sql, rows: u32) {
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script(&format!(
        "create table plain (id integer primary key autoincrement, v, twice int generated always as (id * 2) stored);
         create table keyed (k text primary key, v blob) without rowid;
         create index plain_v on plain (v);
         create view seen as select * from plain;
         create virtual table words using fts5(body);
         insert into plain (v) values (null), (1), (1.5), ('1'), (x'31'), ('');
         insert into keyed with recursive n (n) as (select 1 union all select n + 1 from n where n < {rows}) select 'k' || n, randomblob(100) from n;
         insert into words values ('some words'), ('other words');
         pragma user_version = 7;"
    ))
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_backup_restores_into_an_open_database_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    fill(&sql, 20_000).await;
    let told = Mutex::new(Vec::new());
    let copy = folder.path().join("copy.db");
    let tally = sql.backup(&copy, &|bytes| told.lock().unwrap().push(bytes)).await.unwrap();
    assert_eq!(tally, sql.tally().await.unwrap());
    let size = std::fs::metadata(&copy).unwrap().len();
    let told = told.into_inner().unwrap();
    assert!(told.is_sorted() && told.last() == Some(&size), "{told:?} of {size}");
    sql.query("insert into plain (v) values ('later')").execute().await.unwrap();
    let later = sql.tally().await.unwrap();
    assert_eq!(tally.differences(&later), ["`plain` has 7 rows instead of 6"]);

    let restored = open(&folder.path().join("b.db")).await;
    // Every connection has looked at the empty database, and none is opened again.
    let mut snapshot = restored.begin(Begin::new().read_only()).await.unwrap();
    assert_eq!(snapshot.query("select count(*) from sqlite_schema").fetch_one::<i64>().await.unwrap(), 0);
    let told = Mutex::new(0);
    restored.restore(&copy, &|bytes| *told.lock().unwrap() = bytes).await.unwrap();
    assert_eq!(told.into_inner().unwrap(), size);
    assert_eq!(snapshot.query("select count(*) from sqlite_schema").fetch_one::<i64>().await.unwrap(), 0);
    snapshot.rollback().await.unwrap();
    assert_eq!(restored.tally().await.unwrap(), tally);
    assert_eq!(restored.query("pragma user_version").fetch_one::<i64>().await.unwrap(), 7);
    let found: String =
        restored.query("select body from words where words match 'some'").fetch_one().await.unwrap();
    assert_eq!(found, "some words");
    let next: i64 =
        restored.query("insert into plain (v) values ('new') returning id").fetch_one().await.unwrap();
    assert_eq!(next, 7);
    assert_eq!(restored.query("pragma journal_mode").fetch_one::<String>().await.unwrap(), "wal");
    // The copy is as it was, and nothing was laid beside it.
    let beside: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!beside.iter().any(|name| name.to_string_lossy().starts_with("copy.db-")), "{beside:?}");
    restored.close().await;
    let again = open(&folder.path().join("b.db")).await;
    assert_eq!(tally.differences(&again.tally().await.unwrap()), ["`plain` has 7 rows instead of 6"]);
    assert_eq!(again.query("pragma integrity_check").fetch_one::<String>().await.unwrap(), "ok");
}

#[tokio::test]
async fn a_database_with_a_table_is_not_restored_over() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    fill(&sql, 10).await;
    let copy = folder.path().join("copy.db");
    sql.backup(&copy, &|_| ()).await.unwrap();
    let other = open(&folder.path().join("b.db")).await;
    halves(&other).await;
    let error = other.restore(&copy, &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    assert!(error.message().contains("left_half"), "{error:?}");
    assert_eq!(other.tally().await.unwrap().tables.len(), 2);
    // One whose tables were removed again is empty, though its file isn't.
    let mut tx = other.begin(Begin::new()).await.unwrap();
    tx.script("drop table left_half; drop table right_half").await.unwrap();
    tx.commit().await.unwrap();
    other.restore(&copy, &|_| ()).await.unwrap();
    assert_eq!(other.tally().await.unwrap(), sql.tally().await.unwrap());
}

#[tokio::test]
async fn what_another_process_writes_is_not_restored_over() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    fill(&sql, 10).await;
    let copy = folder.path().join("copy.db");
    sql.backup(&copy, &|_| ()).await.unwrap();
    let path = folder.path().join("b.db");
    let restoring = open_with(&path, &[("busy_timeout", "100ms")]).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("begin immediate; create table theirs (a)").unwrap();
    let error = restoring.restore(&copy, &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    other.execute_batch("commit").unwrap();
    let error = restoring.restore(&copy, &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    assert!(error.message().contains("theirs"), "{error:?}");
}

#[tokio::test]
async fn a_damaged_copy_is_refused_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    fill(&sql, 2_000).await;
    let copy = folder.path().join("copy.db");
    sql.backup(&copy, &|_| ()).await.unwrap();
    let whole = std::fs::read(&copy).unwrap();
    let empty = open(&folder.path().join("b.db")).await;
    let damaged = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let mut overwritten = whole.clone();
    overwritten[8192..20_480].fill(0xAA);
    let mut bit = whole.clone();
    bit[4096 * 20] ^= 0x08;
    for path in [
        damaged("notes", "these are notes, and more of them than a header has bytes ".repeat(40).as_bytes()),
        damaged("short", &whole[..whole.len() / 2 / 4096 * 4096]),
        damaged("cut", &whole[..10_000]),
        damaged("overwritten", &overwritten),
        damaged("bit", &bit),
        damaged("empty", &[]),
    ] {
        let error = empty.restore(&path, &|_| ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{}: {error:?}", path.display());
        assert_eq!(empty.tally().await.unwrap().tables.len(), 0);
    }
    let error = empty.restore(&folder.path().join("missing"), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    let error = empty.restore(folder.path(), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    empty.restore(&copy, &|_| ()).await.unwrap();
}

/// Makes a database that isn't one of ours.
fn foreign(path: &Path, pragmas: &str) {
    let connection = Connection::open(path).unwrap();
    let fill = "create table t (a); insert into t values (1), ('é'), (x'00')";
    connection.execute_batch(&format!("{pragmas}; {fill}")).unwrap();
}

#[tokio::test]
async fn a_copy_with_other_pages_is_rewritten_and_one_with_another_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("with space%20 and ?.db");
    foreign(&copy, "pragma page_size = 8192");
    let sql = open(&folder.path().join("a.db")).await;
    sql.restore(&copy, &|_| ()).await.unwrap();
    assert_eq!(sql.tally().await.unwrap().rows(), 3);
    assert_eq!(sql.query("pragma page_size").fetch_one::<i64>().await.unwrap(), 4096);
    let copy = folder.path().join("utf16.db");
    foreign(&copy, "pragma encoding = 'UTF-16le'");
    let sql = open(&folder.path().join("b.db")).await;
    let error = sql.restore(&copy, &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("partial")), "{left:?}");
}

#[tokio::test]
async fn a_report_tells_what_is_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let sql = open(&path).await;
    fill(&sql, 5_000).await;
    let report = sql.report().await.unwrap();
    assert!(report.version.starts_with("3."), "{report:?}");
    let disk = |name| std::fs::metadata(folder.path().join(name)).unwrap().len();
    assert!(report.bytes >= disk("a.db") && report.bytes > disk("a.db-wal"), "{report:?}");
    let table = |name: &str| report.tables.iter().find(|table| table.name == name).unwrap();
    assert_eq!((table("plain").rows, table("keyed").rows), (Some(6), Some(5_000)));
    let index = &table("plain").indexes;
    assert_eq!((index.len(), index[0].name.as_str(), index[0].bytes), (1, "plain_v", Some(4096)));
    assert_eq!(table("plain").bytes, Some(8192));
    assert!(table("keyed").bytes > Some(500_000) && table("keyed").indexes.is_empty(), "{report:?}");
    assert!(report.replicas.is_empty() && report.connections.is_none());
    // Too many rows to count are estimated, where there are statistics.
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    let many = "create table many (a); insert into many with recursive n (n) as (select 1 union all select n + 1 from n where n < 100002) select n from n";
    tx.script(many).await.unwrap();
    tx.commit().await.unwrap();
    let rows = async || {
        let report = sql.report().await.unwrap();
        report.tables.into_iter().find(|table| table.name == "many").unwrap().rows
    };
    assert_eq!(rows().await, None);
    sql.query("analyze").execute().await.unwrap();
    assert_eq!(rows().await, Some(100_002));
}

#[tokio::test]
async fn a_growing_copy_is_private_and_what_a_killed_one_has_left_is_not_in_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    fill(&sql, 20_000).await;
    let copy = folder.path().join("copy.db");
    // As a process with the number of this one would leave it.
    let left = folder.path().join(format!(".copy.db.{}.partial", std::process::id()));
    std::fs::create_dir(&left).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let seen = Mutex::new(0);
    let look = |_| {
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        for growing in entries.filter(|path| path.is_dir() && *path != left) {
            assert_eq!(mode(&growing), 0o700);
            if let Ok(files) = std::fs::read_dir(&growing) {
                assert!(files.into_iter().all(|file| mode(&file.unwrap().path()) == 0o600));
                *seen.lock().unwrap() += 1;
            }
        }
    };
    sql.backup(&copy, &look).await.unwrap();
    assert!(*seen.lock().unwrap() > 0);
    assert_eq!(mode(&copy), 0o600);
}
