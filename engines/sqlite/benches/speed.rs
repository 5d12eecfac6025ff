//! How much longer the handle takes than bare rusqlite, and what a writer costs the readers beside it; in one run, as ratios.
//!
//! `cargo bench -p bedplate-engine-sqlite`. The peers: `plain`, calls that block their thread; `blocking`, the same calls as they are made from
//! asynchronous code, a connection behind a lock in `tokio::task::spawn_blocking`, one for each statement, or one for a whole transaction.
#![allow(clippy::unwrap_used, reason = "a benchmark ends with its first surprise")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bedplate_core::sql::{Begin, Sql};
use bedplate_core::{Address, GuardOptions};
use bedplate_engine_sqlite::DRIVER;
use rusqlite::Connection;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(200);
const ROWS: i64 = 1_000;

const ONE: &str = "select id, name from items where id = $1";
const MANY: &str = "select id, name from items order by id limit 1000";
const INSERT: &str = "insert into log (line) values ($1)";
const UPDATE: &str = "update items set name = $1 where id = $2";

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` runs benchmarks too, and learns nothing from one.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    for synchronous in ["normal", "full"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let sql = open(&path, synchronous).await;
        fill(&sql).await;
        let bare = bare(&path, synchronous);
        println!("synchronous={synchronous:<20} handle      plain   blocking  handle/plain  handle/blocking");
        one_row(&sql, &bare).await;
        many_rows(&sql, &bare).await;
        insert(&sql, &bare).await;
        transaction(&sql, &bare).await;
        if synchronous == "full" {
            readers_beside_a_writer(&sql).await;
        }
    }
}

async fn open(path: &Path, synchronous: &str) -> Sql {
    let address = Address::parse("sqlite:").unwrap().with_path(path.display().to_string());
    let address = address.with_setting("synchronous", synchronous).with_setting("readers", "8");
    Sql::new("sqlite", DRIVER.sql.unwrap()(address).await.unwrap(), GuardOptions::default())
}

async fn fill(sql: &Sql) {
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script("create table items (id integer primary key, name text not null); create table log (line text not null)")
        .await
        .unwrap();
    for id in 1..=ROWS {
        let insert = "insert into items (id, name) values ($1, $2)";
        tx.query(insert).bind(id).bind(format!("item number {id}")).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
}

type Bare = Arc<Mutex<Connection>>;

fn bare(path: &Path, synchronous: &str) -> Bare {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection.pragma_update(None, "synchronous", synchronous).unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    Arc::new(Mutex::new(connection))
}

/// Calls that were made, and how long each took, the median of all rounds.
struct Times([Vec<Duration>; 3]);

impl Times {
    fn new() -> Self {
        Self([Vec::new(), Vec::new(), Vec::new()])
    }

    async fn round<F: Future<Output = ()>>(&mut self, which: usize, mut call: impl FnMut() -> F) {
        let (started, mut calls) = (Instant::now(), 0);
        while started.elapsed() < ROUND {
            call().await;
            calls += 1;
        }
        self.0[which].push(started.elapsed() / calls);
    }

    fn print(mut self, what: &str) {
        let [handle, plain, blocking] = self.0.each_mut().map(|times| {
            times.sort();
            times[times.len() / 2].as_secs_f64() * 1e6
        });
        let (to_plain, to_blocking) = (handle / plain, handle / blocking);
        println!(
            "{what:<32} {handle:>7.1} us {plain:>7.1} us {blocking:>7.1} us {to_plain:>12.2}x {to_blocking:>15.2}x"
        );
    }
}

async fn blocking<T: Send + 'static>(bare: &Bare, work: impl FnOnce(&Connection) -> T + Send + 'static) -> T {
    let bare = bare.clone();
    tokio::task::spawn_blocking(move || work(&bare.lock().unwrap())).await.unwrap()
}

fn read(connection: &Connection, text: &str, values: &[i64]) -> Vec<(i64, String)> {
    let mut prepared = connection.prepare_cached(text).unwrap();
    let values = rusqlite::params_from_iter(values);
    prepared.query_map(values, |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

async fn one_row(sql: &Sql, bare: &Bare) {
    let mut times = Times::new();
    for _ in 0..ROUNDS {
        times
            .round(0, || async {
                let row: (i64, String) = sql.query(ONE).bind(500).fetch_one().await.unwrap();
                std::hint::black_box(row);
            })
            .await;
        times
            .round(1, || async { drop(std::hint::black_box(read(&bare.lock().unwrap(), ONE, &[500]))) })
            .await;
        times.round(2, || async { drop(blocking(bare, |bare| read(bare, ONE, &[500])).await) }).await;
    }
    times.print("one row");
}

async fn many_rows(sql: &Sql, bare: &Bare) {
    let mut times = Times::new();
    for _ in 0..ROUNDS {
        times
            .round(0, || async {
                let rows: Vec<(i64, String)> = sql.query(MANY).fetch_all().await.unwrap();
                assert_eq!(rows.len(), 1000);
            })
            .await;
        times.round(1, || async { assert_eq!(read(&bare.lock().unwrap(), MANY, &[]).len(), 1000) }).await;
        times
            .round(2, || async { assert_eq!(blocking(bare, |bare| read(bare, MANY, &[])).await.len(), 1000) })
            .await;
    }
    times.print("1,000 rows");
}

fn write(connection: &Connection, text: &str, values: impl rusqlite::Params) {
    connection.prepare_cached(text).unwrap().execute(values).unwrap();
}

async fn insert(sql: &Sql, bare: &Bare) {
    let mut times = Times::new();
    for _ in 0..ROUNDS {
        times
            .round(0, || async { assert_eq!(sql.query(INSERT).bind("a line").execute().await.unwrap(), 1) })
            .await;
        times.round(1, || async { write(&bare.lock().unwrap(), INSERT, ["a line"]) }).await;
        times.round(2, || async { blocking(bare, |bare| write(bare, INSERT, ["a line"])).await }).await;
    }
    times.print("insert");
}

/// An insert, an update and a read.
fn three(connection: &Connection) {
    write(connection, "begin immediate", []);
    write(connection, INSERT, ["a line"]);
    write(connection, UPDATE, rusqlite::params!["another name", 7]);
    assert_eq!(read(connection, ONE, &[7]).len(), 1);
    write(connection, "commit", []);
}

async fn transaction(sql: &Sql, bare: &Bare) {
    let mut times = Times::new();
    for _ in 0..ROUNDS {
        times
            .round(0, || async {
                let mut tx = sql.begin(Begin::new()).await.unwrap();
                tx.query(INSERT).bind("a line").execute().await.unwrap();
                tx.query(UPDATE).bind("another name").bind(7).execute().await.unwrap();
                let _: (i64, String) = tx.query(ONE).bind(7).fetch_one().await.unwrap();
                tx.commit().await.unwrap();
            })
            .await;
        times.round(1, || async { three(&bare.lock().unwrap()) }).await;
        times.round(2, || async { blocking(bare, three).await }).await;
    }
    times.print("transaction of 3 statements");
}

/// Eight readers alone, and again beside a writer that commits a hundred times a second: so few that the processors, which the readers
/// use up, are hardly missed, and often enough that each reader meets it again and again. In turns, so that both see the same machine.
async fn readers_beside_a_writer(sql: &Sql) {
    const READERS: usize = 8;
    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS * 2 {
        let (ended, reads, writes) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), round % 2 == 1);
        let mut tasks = Vec::new();
        for reader in 0..READERS as i64 {
            let (sql, ended, reads) = (sql.clone(), ended.clone(), reads.clone());
            tasks.push(tokio::spawn(async move {
                let mut id = reader;
                while !ended.load(Ordering::Relaxed) {
                    id = id % ROWS + 1;
                    let _: (i64, String) = sql.query(ONE).bind(id).fetch_one().await.unwrap();
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        let started = Instant::now();
        while started.elapsed() < ROUND * 2 {
            if writes {
                sql.query(INSERT).bind("a line").execute().await.unwrap();
            }
            // waits: between two writes.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let elapsed = started.elapsed();
        ended.store(true, Ordering::Relaxed);
        for task in tasks {
            task.await.unwrap();
        }
        rates[usize::from(writes)].push(reads.load(Ordering::Relaxed) as f64 / elapsed.as_secs_f64());
    }
    let [alone, beside] = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    println!(
        "{READERS} readers: {alone:.0} reads/s alone, {beside:.0} beside a writer: {:.0} %",
        beside / alone * 100.0
    );
}
