//! Which thread a statement keeps, and what becomes of it where it takes longer than it looked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use bedplate_core::sql::{Begin, Sql};
use bedplate_engine_sqlite::Sqlite;
use futures_util::poll;

use super::{halves, open, open_with};

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

#[tokio::test]
async fn a_long_insert_on_its_caller_s_thread_is_not_ended() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    sql.query("create table t (v)").execute().await.unwrap();
    let threads = watch_writes(&sql).await;
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.query("insert into t values (0)").execute().await.unwrap();
    // Some milliseconds in one step of SQLite's machine, and then enough of them that it asks whether to go on.
    let rows: String = (1..=400).map(|row| format!(", ({row})")).collect();
    let long = format!("insert into t values (length(hex(zeroblob(5000000)))){rows}");
    for _ in 0..2 {
        assert_eq!(tx.query(&long).execute().await.unwrap(), 401);
    }
    tx.commit().await.unwrap();
    assert_eq!(sql.query("select count(*) from t").fetch_one::<i64>().await.unwrap(), 803);
    // The second one went to the connection's thread at once, as the first one was long.
    let here = std::thread::current().id();
    assert_eq!(threads.lock().unwrap().iter().filter(|thread| **thread == here).count(), 402);
}

/// Keeps every processor busy until it is dropped, so that threads are interrupted at any step.
struct Load(Arc<AtomicBool>);

impl Load {
    fn new() -> Self {
        let go_on = Arc::new(AtomicBool::new(true));
        for _ in 0..2 * std::thread::available_parallelism().unwrap().get() {
            let go_on = go_on.clone();
            std::thread::spawn(move || {
                while go_on.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self(go_on)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_transaction_of_many_inserts_survives_a_busy_machine() {
    const ROWS: i64 = 10_000;
    const COLUMNS: i64 = 100;
    let folder = tempfile::tempdir().unwrap();
    let sql = open_with(&folder.path().join("a.db"), &[("synchronous", "normal")]).await.unwrap();
    let columns: Vec<_> = (1..=COLUMNS).map(|column| format!("c{column}")).collect();
    sql.query(format!("create table wide ({})", columns.join(", "))).execute().await.unwrap();
    let values: Vec<_> = (1..=COLUMNS).map(|column| format!("${column}")).collect();
    let insert = format!("insert into wide values ({})", values.join(", "));
    let _load = Load::new();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    for row in 0..ROWS {
        let insert = (0..COLUMNS).fold(tx.query(&insert), |insert, column| insert.bind(row + column));
        insert.execute().await.unwrap_or_else(|error| panic!("row {row}: {error:?}"));
    }
    tx.commit().await.unwrap();
    assert_eq!(sql.query("select count(*) from wide").fetch_one::<i64>().await.unwrap(), ROWS);
}

#[tokio::test]
async fn an_insert_whose_trigger_or_foreign_keys_look_through_a_table_leaves_its_caller_s_thread() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    halves(&sql).await;
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script(
        "create table seen (n); create table lines (id integer primary key, of_left references left_half (id) on update cascade);
         insert into left_half with recursive n (n) as (select 1 union all select n + 1 from n where n < 20000) select n from n;
         insert into lines (of_left) select id from left_half;
         create trigger t after insert on right_half begin insert into seen select count(*) from lines a where a.id % 7 = 1; end",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let threads = watch_writes(&sql).await;
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    for id in 1..=20 {
        tx.query("insert into right_half (id) values ($1)").bind(id).execute().await.unwrap();
        let moved = tx.query("update left_half set id = id + 100000 where id = $1").bind(id);
        assert_eq!(moved.execute().await.unwrap(), 1);
    }
    tx.commit().await.unwrap();
    let here = std::thread::current().id();
    assert!(threads.lock().unwrap().iter().all(|thread| *thread != here));
    let counts: (i64, i64) = sql
        .query("select (select count(*) from seen), (select count(*) from lines where of_left > 100000)")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(counts, (20, 20));
}
