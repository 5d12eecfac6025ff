//! What is peculiar to SQLite: a file, other processes, and kill -9 in the middle of everything.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bedplate_core::sql::{Begin, Sql};
use bedplate_core::{Address, ErrorKind, GuardOptions, Result};
use bedplate_engine_sqlite::{DRIVER, Sqlite};

/// Says to this test binary that it is a child, and what it is to do.
const TASK: &str = "BEDPLATE_TEST_SQLITE_TASK";

async fn open_with(path: &Path, settings: &[(&str, &str)]) -> Result<Sql> {
    let mut address = Address::parse("sqlite:").unwrap().with_path(path.display().to_string());
    for (name, value) in settings {
        address = address.with_setting(name, *value);
    }
    let engine = DRIVER.sql.unwrap()(address).await?;
    Ok(Sql::new("sqlite", engine, GuardOptions::default()))
}

async fn open(path: &Path) -> Sql {
    open_with(path, &[]).await.unwrap()
}

/// Runs this binary again, as another process that does `task` with the database.
fn spawn(task: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_child_does_its_task", "--ignored", "--nocapture", "--test-threads=1"])
        .env(TASK, format!("{task} {}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Reads what a child says: `@` and a number. The rest is the test runner's.
fn said(line: &str) -> Option<i64> {
    line.rsplit_once('@')?.1.trim().parse().ok()
}

fn say(number: i64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "@{number}").and_then(|()| out.flush()).unwrap();
}

#[tokio::test]
#[ignore = "it is what the other tests' child processes run"]
async fn a_child_does_its_task() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (task, path) = task.split_once(' ').unwrap();
    let sql = open(Path::new(path)).await;
    match task {
        "write" => loop {
            let mut tx = sql.begin(Begin::new()).await.unwrap();
            let next: i64 = tx.query("select count(*) from left_half").fetch_one().await.unwrap();
            tx.query("insert into left_half (id) values ($1)").bind(next).execute().await.unwrap();
            tx.query("insert into right_half (id) values ($1)").bind(next).execute().await.unwrap();
            tx.commit().await.unwrap();
            say(next);
        },
        "lock" => {
            let _lock = sql.lock("shared", Duration::from_secs(10)).await.unwrap();
            say(0);
            std::future::pending::<()>().await;
        }
        "count" => say(sql.query("select count(*) from left_half").fetch_one().await.unwrap()),
        other => panic!("`{other}` is no task"),
    }
}

async fn halves(sql: &Sql) {
    for table in ["left_half", "right_half"] {
        sql.query(format!("create table {table} (id bigint not null primary key)")).execute().await.unwrap();
    }
}

#[tokio::test]
async fn kill_9_loses_no_committed_row_and_keeps_no_half() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    halves(&open(&path).await).await;
    for round in 0..20 {
        let mut child = spawn("write", &path);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut last = -1;
        // Each round ends after another number of commits, in the middle of the next one.
        for _ in 0..=round % 7 {
            last = lines.by_ref().find_map(|line| said(&line.unwrap())).expect("the child ended by itself");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        last = lines.filter_map(|line| said(&line.unwrap())).last().unwrap_or(last);
        let sql = open(&path).await;
        let halves: (i64, i64) = sql
            .query("select (select count(*) from left_half), (select count(*) from right_half)")
            .fetch_one()
            .await
            .unwrap();
        assert_eq!(halves.0, halves.1, "a half of a transaction in round {round}");
        assert!(
            halves.0 > last,
            "round {round}: {last} was told to be committed, and there are {} rows",
            halves.0
        );
        let check: String = sql.query("pragma integrity_check").fetch_one().await.unwrap();
        assert_eq!(check, "ok");
        sql.close().await;
    }
}

#[tokio::test]
async fn another_process_sees_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let sql = open(&path).await;
    halves(&sql).await;
    sql.query("insert into left_half (id) values (1), (2)").execute().await.unwrap();
    let output = spawn("count", &path).wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().find_map(said), Some(2));
}

#[tokio::test]
async fn a_lock_excludes_another_process_and_dies_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let sql = open(&path).await;
    let mut child = spawn("lock", &path);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.find_map(|line| said(&line.unwrap())).expect("the child ended by itself");
    let error =
        sql.lock("shared", Duration::from_millis(50)).await.err().expect("two processes have one lock");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    child.kill().unwrap();
    child.wait().unwrap();
    sql.lock("shared", Duration::from_secs(5)).await.unwrap();
}

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

#[tokio::test]
async fn a_file_that_is_no_database_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "these are notes, and more of them than a header has bytes ".repeat(40)).unwrap();
    let error = open_with(&path, &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("these are notes"));
    let error = open_with(folder.path(), &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    let error = open_with(&path.join("a.db"), &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_its_owner_s_alone_and_its_folder_is_made() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/a.db");
    let sql = open(&path).await;
    halves(&sql).await;
    let _lock = sql.lock("x", Duration::ZERO).await.unwrap();
    let copy = folder.path().join("copy.db");
    sql.backup(&copy, &|_| ()).await.unwrap();
    let beside = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = beside.chain([copy]).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_writer_that_waits_too_long_is_told_which_setting_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let short = [("busy_timeout", "80ms"), ("pool_timeout", "80ms"), ("readers", "1")];
    let sql = open_with(&path, &short).await.unwrap();
    halves(&sql).await;
    let writing = sql.begin(Begin::new()).await.unwrap();
    let elsewhere = open_with(&path, &short).await.unwrap();
    for (sql, setting) in [(&sql, "busy_timeout"), (&elsewhere, "busy_timeout")] {
        let error = sql.begin(Begin::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
        assert!(error.message().contains(setting), "{error:?}");
        let error = sql.query("insert into left_half (id) values (1)").execute().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    }
    let reading = sql.begin(Begin::new().read_only()).await.unwrap();
    let error = sql.query("select 1").fetch_one::<i64>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    assert!(error.message().contains("pool_timeout"), "{error:?}");
    drop((writing, reading));
    sql.query("insert into left_half (id) values (1)").execute().await.unwrap();
    elsewhere.ping().await.unwrap();
}

#[tokio::test]
async fn the_client_underneath_is_the_writing_connection() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    let native: &Sqlite = sql.native().expect("the client underneath");
    let mode: String = native
        .call(|connection| connection.pragma_query_value(None, "journal_mode", |row| row.get(0)))
        .await
        .unwrap();
    assert_eq!(mode, "wal");
    // 2 is `full`: nothing less outlasts a power cut, which no test can make.
    let synchronous: i64 = native
        .call(|connection| connection.pragma_query_value(None, "synchronous", |row| row.get(0)))
        .await
        .unwrap();
    assert_eq!(synchronous, 2);
    // What it leaves open is rolled back.
    native.call(|connection| connection.execute_batch("begin; create table t (a)")).await.unwrap();
    assert!(sql.schema().await.unwrap().table("t").is_none());
}

#[tokio::test]
async fn a_full_disk_is_limited_and_a_damaged_file_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let sql = open(&path).await;
    sql.query("create table t (id bigint not null primary key, v blob)").execute().await.unwrap();
    let native: &Sqlite = sql.native().expect("the client underneath");
    let pages = |count: u32| {
        native.call(move |connection| connection.execute_batch(&format!("pragma max_page_count = {count}")))
    };
    pages(20).await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.query("insert into t (id, v) values (1, zeroblob(10))").execute().await.unwrap();
    let error =
        tx.query("insert into t (id, v) values (2, randomblob(1000000))").execute().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limited, "{error:?}");
    assert_eq!(tx.commit().await.unwrap_err().kind(), ErrorKind::Conflict);
    pages(1_000_000).await.unwrap();
    sql.query("insert into t (id, v) values (3, randomblob(1000000))").execute().await.unwrap();
    assert_eq!(sql.query("select id from t").fetch_all::<i64>().await.unwrap(), [3]);
    sql.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096..40_960].fill(0xAA);
    std::fs::write(&path, bytes).unwrap();
    let error = open(&path).await.query("select count(*) from t").fetch_one::<i64>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
}
