//! The file and its neighbours: rights, other processes, locks, and what is no database.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_engine_sqlite::Sqlite;

use super::child::{lines, said, spawn};
use super::{halves, open, open_with};

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
    lines(&mut child).find_map(|line| said(&line.unwrap())).expect("the child ended by itself");
    let error =
        sql.lock("shared", Duration::from_millis(50)).await.err().expect("two processes have one lock");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    child.kill().unwrap();
    child.wait().unwrap();
    sql.lock("shared", Duration::from_secs(5)).await.unwrap();
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
async fn a_lock_is_free_only_when_what_its_holder_left_behind_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    halves(&sql).await;
    for round in 0..200 {
        let lock = sql.lock("x", Duration::from_secs(10)).await.unwrap();
        let mut writing = Box::pin(sql.query(format!("insert into left_half values ({round})")).execute());
        let _ = futures_util::poll!(&mut writing);
        // Another round leaves it a little later, in the middle of its commit perhaps.
        let started = std::time::Instant::now();
        while started.elapsed() < Duration::from_micros(round * 2) {}
        drop(writing);
        drop(lock);
        let _lock = sql.lock("x", Duration::from_secs(10)).await.unwrap();
        let count = async || sql.query("select count(*) from left_half").fetch_one::<i64>().await.unwrap();
        let before = count().await;
        sql.query("delete from right_half").execute().await.unwrap();
        assert_eq!(count().await, before, "an insert from before the lock was taken came late");
    }
}
