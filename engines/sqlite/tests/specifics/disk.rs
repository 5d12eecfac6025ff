//! A disk without room, and a file that was damaged.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Sql};
use bedplate_engine_sqlite::Sqlite;

use super::child::{ARGUMENTS, lines, said, say, start};
use super::open;

/// Fills a small disk, makes room, and goes on.
pub(crate) async fn fill(path: &Path) {
    say(0);
    let ballast = path.with_file_name("ballast");
    std::fs::write(&ballast, vec![1; 512 * 1024]).unwrap();
    let sql = open(path).await;
    sql.query("create table t (id bigint not null primary key, v blob not null)").execute().await.unwrap();
    let mut written = 0;
    let insert = async |id: i64, count: i64| {
        let mut tx = sql.begin(Begin::new()).await?;
        for id in id..id + count {
            tx.query("insert into t (id, v) values ($1, randomblob(10000))").bind(id).execute().await?;
        }
        tx.commit().await
    };
    let error = loop {
        match insert(written, 3).await {
            Ok(()) => written += 3,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Limited, "{error:?}");
    assert!(error.message().contains("disk is full"), "{error:?}");
    let check = async |sql: &Sql, written: i64| {
        let (rows, last): (i64, i64) =
            sql.query("select count(*), max(id) from t").fetch_one().await.unwrap();
        assert_eq!((rows, last), (written, written - 1));
        assert_eq!(sql.query("pragma integrity_check").fetch_one::<String>().await.unwrap(), "ok");
    };
    check(&sql, written).await;
    let copy = path.with_file_name("copy.db");
    let error = sql.backup(&copy, &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limited, "{error:?}");
    assert!(!copy.exists());
    std::fs::remove_file(ballast).unwrap();
    insert(written, 3).await.unwrap();
    written += 3;
    check(&sql, written).await;
    sql.close().await;
    check(&open(path).await, written).await;
    say(written);
}

/// The disk is a small one in memory, which only the child sees and which goes with it.
#[test]
fn a_full_disk_is_limited_and_what_was_committed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=3m bedplate \"$0\" && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", mount]).arg(folder.path());
    command.arg(std::env::current_exe().unwrap()).args(ARGUMENTS).stderr(Stdio::piped());
    let mut child = start(command, "fill", &folder.path().join("a.db"));
    let heard: Vec<i64> = lines(&mut child).filter_map(|line| said(&line.unwrap())).collect();
    let output = child.wait_with_output().unwrap();
    let why = String::from_utf8_lossy(&output.stderr);
    if heard.is_empty() {
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        let required = is_root && std::env::var("BEDPLATE_TEST_REQUIRE").as_deref() == Ok("1");
        assert!(!required, "no small disk can be made here: {why}");
        return eprintln!("ignored: no small disk can be made here: {why}");
    }
    assert!(output.status.success() && heard.last() > Some(&0), "{heard:?}: {why}");
}

#[tokio::test]
async fn a_database_at_its_limit_is_limited_and_a_damaged_file_is_corrupt() {
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

#[tokio::test]
async fn a_stored_text_that_is_not_utf_8_is_corrupt_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    sql.query("create table t (id bigint not null primary key, v text)").execute().await.unwrap();
    let rows = "insert into t values (1, 'a'), (2, cast(x'c328' as text)), (3, cast(x'6100' as text))";
    sql.query(rows).execute().await.unwrap();
    let error = sql.query("select v from t order by id").fetch_all::<String>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
    assert!(error.message().contains("`v`"), "{error:?}");
    let mut tx = sql.begin(Begin::new().read_only()).await.unwrap();
    assert!(tx.query("select v from t where id = 2").fetch_one::<String>().await.is_err());
    tx.rollback().await.unwrap();
    assert_eq!(sql.query("select v from t where id = 3").fetch_one::<String>().await.unwrap(), "a\0");
    assert_eq!(
        sql.query("select cast(v as blob) from t where id = 2").fetch_one::<Vec<u8>>().await.unwrap(),
        [0xc3, 0x28]
    );
    assert_eq!(sql.tally().await.unwrap().rows(), 3);
}
