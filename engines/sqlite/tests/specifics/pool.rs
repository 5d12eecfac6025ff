//! Connections that are taken and waited for, and which thread a statement keeps.

use bedplate_core::ErrorKind;
use bedplate_core::sql::Begin;
use futures_util::poll;

use super::{halves, open, open_with};

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
async fn what_is_short_is_done_at_once_and_what_may_be_long_leaves_its_caller_s_thread() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    halves(&sql).await;
    let mut short = Box::pin(sql.query("select 1").fetch_one::<i64>());
    assert!(poll!(&mut short).is_ready(), "a short read took the long way");
    let long = "with recursive n (n) as (select 1 union all select n + 1 from n where n < 300000) select sum(n) from n";
    let mut reading = Box::pin(sql.query(long).fetch_one::<i64>());
    assert!(poll!(&mut reading).is_pending(), "a long read kept its caller's thread");
    assert_eq!(reading.await.unwrap(), 45_000_150_000);
    let mut writing = Box::pin(sql.query("insert into left_half (id) values (1)").execute());
    assert!(poll!(&mut writing).is_pending(), "a commit kept its caller's thread");
    assert_eq!(writing.await.unwrap(), 1);
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    let rows = "insert into left_half (id) values (2), (3)";
    assert!(poll!(Box::pin(tx.query(rows).execute())).is_ready(), "a short write took the long way");
    // The one row that it finds by its key, once it is known to be one.
    let one = "update left_half set id = id + 10 where id = $1";
    assert!(poll!(Box::pin(tx.query(one).bind(9).execute())).is_pending(), "nothing was known of it yet");
    drop(tx);
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.query(rows).execute().await.unwrap();
    tx.query(one).bind(9).execute().await.unwrap();
    assert!(poll!(Box::pin(tx.query(one).bind(3).execute())).is_ready(), "a short write took the long way");
    {
        let mut reading = Box::pin(tx.query(long).fetch_one::<i64>());
        assert!(poll!(&mut reading).is_pending(), "a long read kept its caller's thread");
        assert_eq!(reading.await.unwrap(), 45_000_150_000);
    }
    // A read that was ended and began again has left the transaction as it was.
    let many = format!("insert into right_half (id) {}", long.replace("sum(n)", "n"));
    {
        let mut writing = Box::pin(tx.query(many).execute());
        assert!(poll!(&mut writing).is_pending(), "a long write kept its caller's thread");
        assert_eq!(writing.await.unwrap(), 300_000);
    }
    assert_eq!(tx.query("select count(*) from left_half").fetch_one::<i64>().await.unwrap(), 3);
    tx.commit().await.unwrap();
    assert_eq!(sql.query("select count(*) from right_half").fetch_one::<i64>().await.unwrap(), 300_000);
    let rows = sql.query("select id from right_half order by id").fetch_all::<i64>().await.unwrap();
    assert!(rows.iter().copied().eq(1..=300_000));
}

#[tokio::test]
async fn a_task_that_only_makes_short_reads_lets_others_run() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    let ran = std::rc::Rc::new(std::cell::Cell::new(false));
    let other = {
        let ran = ran.clone();
        async move { ran.set(true) }
    };
    let local = tokio::task::LocalSet::new();
    local.spawn_local(other);
    let reading = async {
        let mut reads = 0;
        while !ran.get() {
            sql.query("select 1").fetch_one::<i64>().await.unwrap();
            reads += 1;
            assert!(reads < 100_000, "another task waits for ever");
        }
    };
    local.run_until(reading).await;
}
