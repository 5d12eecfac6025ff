//! A folder that looks like a LiteFS mount: the test writes its files as LiteFS would, and replicates by hand.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bedplate_core::sql::{Begin, Position, Sql};
use bedplate_core::{Error, ErrorKind};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::{halves, open, open_with};

/// The folder of a node.
struct Node(TempDir);

impl Node {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("orders.db")
    }

    /// Where the locks of its database are.
    fn locks(&self) -> PathBuf {
        let folder = fs::canonicalize(self.0.path()).unwrap();
        let digest = Sha256::digest(folder.join("orders.db").as_os_str().as_encoded_bytes());
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Path::new("/dev/shm").join(format!("bedplate-{name}"))
    }

    /// The primary is another node.
    fn follow(&self, host: &str) {
        fs::write(self.0.path().join(".primary"), format!("{host}\n")).unwrap();
    }

    /// This node is the primary.
    fn lead(&self) {
        let _ = fs::remove_file(self.0.path().join(".primary"));
    }

    fn arrive(&self, transaction: u64, checksum: u64) {
        let text = format!("{transaction:016x}/{checksum:016x}\n");
        // As LiteFS shows it, it is never half there.
        let new = self.0.path().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.0.path().join("orders.db-pos")).unwrap();
    }

    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = names.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.locks());
    }
}

/// A replica with a database that has arrived, and its handle.
async fn replica() -> (Node, Sql) {
    let node = Node::new();
    node.arrive(1, 7);
    let sql = open(&node.database()).await;
    halves(&sql).await;
    sql.query("insert into left_half (id) values (1)").execute().await.unwrap();
    sql.close().await;
    node.follow("node-a.internal");
    let sql = open(&node.database()).await;
    (node, sql)
}

/// LiteFS writes the replica's file as another process.
fn replicate(database: &Path, statement: &str) {
    Connection::open(database).unwrap().execute_batch(statement).unwrap();
}

fn is_refused(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
    assert!(error.message().contains("`node-a.internal`"), "{error:?}");
    assert!(error.help().is_some_and(|help| help.contains("node-a.internal")), "{error:?}");
}

async fn count(sql: &Sql) -> i64 {
    sql.query("select count(*) from left_half").fetch_one().await.unwrap()
}

#[tokio::test]
async fn a_replica_reads_and_every_write_names_the_primary() {
    let (node, sql) = replica().await;
    let insert = "insert into left_half (id) values (2)";
    is_refused(&sql.query(insert).execute().await.unwrap_err());
    is_refused(&sql.query(format!("{insert} returning id")).fetch_all::<i64>().await.unwrap_err());
    let with = "with n (n) as (select 2) insert into left_half select n from n returning id";
    is_refused(&sql.query(with).fetch_all::<i64>().await.unwrap_err());
    is_refused(&sql.query("create table t (a)").execute().await.unwrap_err());
    is_refused(&sql.begin(Begin::new()).await.unwrap_err());
    is_refused(&sql.lock("x", Duration::ZERO).await.err().unwrap());
    let copy = tempfile::tempdir().unwrap();
    let tally = sql.backup(&copy.path().join("copy.db"), &|_| ()).await.unwrap();
    is_refused(&sql.restore(&copy.path().join("copy.db"), &|_| ()).await.unwrap_err());
    let scripts = [("0001_a.sql", "create table a (id bigint not null primary key)")];
    let error = bedplate_core::sql::Migrations::from_files(scripts).unwrap().apply(&sql).await.unwrap_err();
    is_refused(&error);

    assert_eq!(count(&sql).await, 1);
    assert_eq!(sql.tally().await.unwrap(), tally);
    assert_eq!(sql.query("select 1").execute().await.unwrap(), 0);
    let mut tx = sql.begin(Begin::new().read_only()).await.unwrap();
    assert_eq!(tx.query("select id from left_half").fetch_all::<i64>().await.unwrap(), [1]);
    tx.commit().await.unwrap();
    // What arrives is seen, and only the files that LiteFS knows are there.
    replicate(&node.database(), insert);
    assert_eq!(count(&sql).await, 2);
    let known = [".primary", "orders.db", "orders.db-pos", "orders.db-shm", "orders.db-wal"];
    assert_eq!(node.files(), known);
    fs::write(node.0.path().join(".lag"), "+000000250\n").unwrap();
    let replicas = sql.report().await.unwrap().replicas;
    assert_eq!((replicas.len(), replicas[0].behind_ms), (1, Some(250)), "{replicas:?}");
    assert!(replicas[0].name.contains("node-a.internal"), "{replicas:?}");
}

#[tokio::test]
async fn a_database_that_has_not_arrived_is_not_made() {
    let node = Node::new();
    node.follow("node-a.internal");
    let error = open_with(&node.database(), &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(error.message().contains("`node-a.internal`") && error.help().is_some(), "{error:?}");
    assert_eq!(node.files(), [".primary"]);
}

#[tokio::test]
async fn a_replica_whose_file_has_no_write_ahead_log_is_left_as_it_is() {
    let node = Node::new();
    replicate(&node.database(), "create table left_half (id); insert into left_half values (1)");
    node.follow("node-a.internal");
    let before = fs::read(node.database()).unwrap();
    let sql = open(&node.database()).await;
    assert_eq!(count(&sql).await, 1);
    is_refused(&sql.query("delete from left_half").execute().await.unwrap_err());
    sql.close().await;
    assert_eq!((fs::read(node.database()).unwrap(), node.files().len()), (before, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_waits_for_a_position_and_then_has_what_was_written() {
    let (node, sql) = replica().await;
    let primary = Position::new("00000000000000ff/0000000000000009");
    let started = Instant::now();
    let error = sql.reach(&primary, Duration::from_millis(60)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    assert!(started.elapsed() >= Duration::from_millis(60));
    let reading = tokio::spawn({
        let sql = sql.clone();
        async move {
            sql.reach(&primary, Duration::from_secs(20)).await.unwrap();
            count(&sql).await
        }
    });
    for transaction in 2..=0xff {
        let row = format!("insert into left_half (id) values ({transaction})");
        replicate(&node.database(), &row);
        node.arrive(transaction, 9);
    }
    assert_eq!(reading.await.unwrap(), 255);
    assert_eq!(sql.position().await.unwrap().as_str(), "00000000000000ff/0000000000000009");
    // What is behind is there already; what has another checksum never comes.
    sql.reach(&Position::new("0000000000000003/0000000000000001"), Duration::ZERO).await.unwrap();
    let other = Position::new("00000000000000ff/000000000000000a");
    let error = sql.reach(&other, Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    let error = sql.reach(&Position::new("0/1A2B"), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
}

#[tokio::test]
async fn a_database_elsewhere_has_no_positions() {
    let folder = tempfile::tempdir().unwrap();
    let sql = open(&folder.path().join("a.db")).await;
    assert_eq!(sql.position().await.unwrap_err().kind(), ErrorKind::Unsupported);
    let error = sql.reach(&Position::new("x"), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
}

#[tokio::test]
async fn a_replica_that_becomes_the_primary_writes() {
    let (node, sql) = replica().await;
    let mut reading = sql.begin(Begin::new().read_only()).await.unwrap();
    let before: i64 = reading.query("select count(*) from left_half").fetch_one().await.unwrap();
    node.lead();
    sql.query("insert into left_half (id) values (2)").execute().await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.query("insert into left_half (id) values (3)").execute().await.unwrap();
    tx.commit().await.unwrap();
    let after: i64 = reading.query("select count(*) from left_half").fetch_one().await.unwrap();
    assert_eq!((before, after), (1, 1));
    drop(reading);
    assert_eq!(count(&sql).await, 3);
    // A lock leaves no file on the mount, where LiteFS would take it for a database.
    let files = node.files();
    let held = sql.lock("x", Duration::ZERO).await.unwrap();
    let error = sql.lock("x", Duration::ZERO).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    assert_eq!(node.files(), files);
    drop(held);
}

#[tokio::test]
async fn a_primary_that_becomes_a_replica_commits_nothing_any_more() {
    let node = Node::new();
    node.arrive(1, 7);
    let sql = open(&node.database()).await;
    halves(&sql).await;
    let insert = "insert into left_half (id) values (1)";
    let mut written = sql.begin(Begin::new()).await.unwrap();
    written.query(insert).execute().await.unwrap();
    node.follow("node-a.internal");
    is_refused(&written.commit().await.unwrap_err());
    is_refused(&sql.query(insert).execute().await.unwrap_err());
    node.lead();
    let mut writing = sql.begin(Begin::new()).await.unwrap();
    writing.query(insert).execute().await.unwrap();
    node.follow("node-a.internal");
    assert_eq!(writing.query("select count(*) from left_half").fetch_one::<i64>().await.unwrap(), 1);
    is_refused(&writing.query("insert into right_half (id) values (1)").execute().await.unwrap_err());
    drop(writing);
    assert_eq!(count(&sql).await, 0);
    node.lead();
    sql.query(insert).execute().await.unwrap();
    assert_eq!(count(&sql).await, 1);
}

/// A pipe in the place of one of the mount's files: whoever reads it waits until somebody writes. After the first reader it is a file.
struct StandsStill {
    file: PathBuf,
    others_ran: Arc<AtomicBool>,
    feeding: Option<JoinHandle<()>>,
}

impl StandsStill {
    fn new(file: PathBuf, text: &'static str) -> Self {
        let _ = fs::remove_file(&file);
        assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
        let others_ran = Arc::new(AtomicBool::new(false));
        let (pipe, ran) = (file.clone(), others_ran.clone());
        let feed = move || {
            let started = Instant::now();
            while !ran.load(Ordering::Relaxed) && started.elapsed() < Duration::from_secs(5) {
                // waits: for the other task, or for so long that it can't be running.
                std::thread::sleep(Duration::from_millis(1));
            }
            let mut opened = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
            let new = pipe.with_extension("new");
            fs::write(&new, text).unwrap();
            fs::rename(new, &pipe).unwrap();
            let _ = opened.write_all(text.as_bytes());
        };
        Self { file, others_ran, feeding: Some(std::thread::spawn(feed)) }
    }

    /// Whether another task of this thread runs while `work` waits for the mount.
    async fn lets_others_run<T>(&self, work: impl Future<Output = T>) -> (T, bool) {
        let started = Instant::now();
        let ran = self.others_ran.clone();
        let (result, ()) = tokio::join!(work, async move { ran.store(true, Ordering::Relaxed) });
        (result, started.elapsed() < Duration::from_secs(4))
    }
}

impl Drop for StandsStill {
    fn drop(&mut self) {
        // Where nobody has read it, whoever waits to write goes on with this.
        let flags = rustix::fs::OFlags::NONBLOCK.bits() as i32;
        let reader = fs::OpenOptions::new().read(true).custom_flags(flags).open(&self.file);
        let _ = self.feeding.take().unwrap().join();
        drop(reader);
        let _ = fs::remove_file(&self.file);
    }
}

#[tokio::test]
async fn a_mount_that_stands_still_keeps_no_thread_of_its_callers() {
    let node = Node::new();
    node.arrive(1, 7);
    let sql = open(&node.database()).await;
    halves(&sql).await;
    let primary = node.0.path().join(".primary");
    let stands = || StandsStill::new(primary.clone(), "node-a.internal");
    let insert = "insert into left_half (id) values (1)";

    for operation in ["execute", "returning", "begin", "lock", "restore"] {
        let pipe = stands();
        let work = async {
            match operation {
                "execute" => sql.query(insert).execute().await.map(|_| ()),
                "returning" => {
                    sql.query(format!("{insert} returning id")).fetch_one::<i64>().await.map(|_| ())
                }
                "begin" => sql.begin(Begin::new()).await.map(|_| ()),
                "lock" => sql.lock("x", Duration::ZERO).await.map(|_| ()),
                _ => sql.restore(Path::new("missing"), &|_| ()).await,
            }
        };
        let (result, others_ran) = pipe.lets_others_run(work).await;
        drop(pipe);
        assert!(others_ran, "{operation} kept its caller's thread");
        is_refused(&result.unwrap_err());
    }
    node.lead();
    for operation in ["execute", "script", "commit"] {
        let mut tx = sql.begin(Begin::new()).await.unwrap();
        let pipe = stands();
        let work = async {
            match operation {
                "execute" => tx.query(insert).execute().await.map(|_| ()),
                "script" => tx.script(insert).await,
                _ => tx.commit().await,
            }
        };
        let (result, others_ran) = pipe.lets_others_run(work).await;
        drop(pipe);
        assert!(others_ran, "{operation} in a transaction kept its caller's thread");
        is_refused(&result.unwrap_err());
    }
    let pipe = StandsStill::new(node.0.path().join("orders.db-pos"), "0000000000000001/0000000000000007");
    let (position, others_ran) = pipe.lets_others_run(sql.position()).await;
    assert!(others_ran, "a position kept its caller's thread");
    let reaching = sql.reach(position.as_ref().unwrap(), Duration::from_secs(20));
    reaching.await.unwrap();
}

#[tokio::test]
async fn a_lock_on_a_mount_is_where_no_variable_leads() {
    let node = Node::new();
    node.arrive(1, 7);
    let sql = open(&node.database()).await;
    let held = sql.lock("x", Duration::ZERO).await.unwrap();
    let lock = node.locks().join("db.x.lock");
    assert!(lock.is_file());
    drop(held);
    // A link in its place is not followed.
    fs::remove_file(&lock).unwrap();
    let elsewhere = node.0.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, &lock).unwrap();
    let error = sql.lock("x", Duration::ZERO).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(!elsewhere.exists());
}
