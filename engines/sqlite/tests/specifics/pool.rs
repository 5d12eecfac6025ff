//! Connections that are taken and waited for, and which thread a statement keeps.

use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Sql};
use bedplate_engine_sqlite::Sqlite;
use futures_util::poll;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::{halves, open, open_with};

/// Keeps what was recorded in the histogram of waits.
#[derive(Default)]
struct Waits(Arc<Mutex<Vec<f64>>>);

impl metrics::HistogramFn for Waits {
    fn record(&self, seconds: f64) {
        self.0.lock().unwrap().push(seconds);
    }
}

impl Recorder for Waits {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let labels: Vec<_> = key.labels().map(|label| (label.key(), label.value())).collect();
        if key.name() != "bedplate_pool_wait_seconds" {
            return Histogram::noop();
        }
        assert_eq!(labels, [("engine", "sqlite")]);
        Histogram::from_arc(Arc::new(Self(self.0.clone())))
    }
}

#[test]
fn waits_for_a_connection_are_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let waits = Waits::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let work = async {
        let sql = open_with(&folder.path().join("a.db"), &[("readers", "1"), ("pool_timeout", "50ms")])
            .await
            .unwrap();
        sql.query("select 1").fetch_one::<i64>().await.unwrap();
        let _reading = sql.begin(Begin::new().read_only()).await.unwrap();
        sql.query("select 1").fetch_one::<i64>().await.unwrap_err();
    };
    metrics::with_local_recorder(&waits, || runtime.block_on(work));
    let waits = waits.0.lock().unwrap();
    assert_eq!(waits.len(), 3);
    assert!(waits[..2].iter().all(|wait| *wait == 0.0) && waits[2] >= 0.05, "{waits:?}");
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

/// Tells on which threads the connection that writes has changed rows and committed, and forgets it.
type Threads = Arc<Mutex<Vec<ThreadId>>>;

async fn watch_writes(sql: &Sql) -> Threads {
    let threads = Threads::default();
    let (changes, commits) = (threads.clone(), threads.clone());
    let native: &Sqlite = sql.native().unwrap();
    native
        .call(move |connection| {
            connection.update_hook(Some(move |_, _: &str, _: &str, _| {
                changes.lock().unwrap().push(std::thread::current().id());
            }))?;
            connection.commit_hook(Some(move || {
                commits.lock().unwrap().push(std::thread::current().id());
                false
            }))
        })
        .await
        .unwrap();
    threads
}

const LONG: &str =
    "with recursive n (n) as (select 1 union all select n + 1 from n where n < 500000) select sum(n) from n";
const SUM: i64 = 125_000_250_000;

#[tokio::test]
async fn a_long_read_leaves_its_caller_s_thread_and_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    let mut short = Box::pin(sql.query("select 1").fetch_one::<i64>());
    assert!(poll!(&mut short).is_ready(), "a short read took the long way");
    let mut reading = Box::pin(sql.query(LONG).fetch_one::<i64>());
    assert!(poll!(&mut reading).is_pending(), "a long read kept its caller's thread");
    assert_eq!(reading.await.unwrap(), SUM);
    // One inside of a transaction leaves it as it was.
    halves(&sql).await;
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.query("insert into left_half values (1)").execute().await.unwrap();
    {
        let mut reading = Box::pin(tx.query(LONG).fetch_one::<i64>());
        assert!(poll!(&mut reading).is_pending(), "a long read kept its caller's thread");
        assert_eq!(reading.await.unwrap(), SUM);
    }
    let many = LONG.replace("500000", "20000").replace("sum(n)", "n");
    tx.query(format!("insert into right_half {many}")).execute().await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sql.query("select id from left_half").fetch_all::<i64>().await.unwrap(), [1]);
    // So many rows come in several parts, none of them twice.
    let rows = sql.query("select id from right_half order by id").fetch_all::<i64>().await.unwrap();
    assert!(rows.iter().copied().eq(1..=20_000));
}

#[tokio::test]
async fn only_short_writes_keep_their_caller_s_thread_and_no_commit_does() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    halves(&sql).await;
    let threads = watch_writes(&sql).await;
    let here = std::thread::current().id();
    let were_here =
        || -> Vec<bool> { threads.lock().unwrap().drain(..).map(|thread| thread == here).collect() };
    sql.query("insert into left_half (id) values (1)").execute().await.unwrap();
    assert_eq!(were_here(), [false, false]);
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.query("insert into left_half (id) values (2), (3)").execute().await.unwrap();
    assert_eq!(were_here(), [true, true]);
    tx.query("insert into right_half select id from left_half where id < 3").execute().await.unwrap();
    assert_eq!(were_here(), [false, false]);
    // The one row that it finds by its key, once it is known to be one.
    for (id, expected) in [(2, false), (3, true)] {
        let one = "update left_half set id = id + 10 where id = $1";
        assert_eq!(tx.query(one).bind(id).execute().await.unwrap(), 1);
        assert_eq!(were_here(), [expected]);
    }
    for _ in 0..2 {
        tx.query("update left_half set id = id + 100 where id > 10").execute().await.unwrap();
        assert_eq!(were_here(), [false, false]);
        tx.query("delete from right_half where id = (select min(id) from right_half)")
            .execute()
            .await
            .unwrap();
        assert_eq!(were_here(), [false]);
    }
    tx.commit().await.unwrap();
    assert_eq!(were_here(), [false]);
    assert_eq!(
        sql.query("select id from left_half order by id").fetch_all::<i64>().await.unwrap(),
        [1, 212, 213]
    );
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
            assert!(reads < 1_000, "another task waits for too long");
        }
    };
    local.run_until(reading).await;
}
