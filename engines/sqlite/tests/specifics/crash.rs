//! kill -9 a hundred times in the middle of everything.

use std::io::{BufReader, Lines};
use std::path::Path;
use std::process::ChildStdout;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bedplate_core::sql::{Begin, MigrationState, Migrations, Sql, Tally};

use super::child::{lines, said, say, spawn};
use super::open;

const ROUNDS: usize = 100;
/// Rounds at the same time: a child waits for the disk most of the time.
const AT_ONCE: usize = 8;
const MIGRATIONS: usize = 20;
const ROWS: i64 = 50;

/// Runs all rounds, `AT_ONCE` at a time; each lane has a folder of its own.
fn rounds(count: usize, round: impl Fn(&Path, usize) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let folder = tempfile::tempdir().unwrap();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    round(folder.path(), number);
                }
            });
        }
    });
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A moment that no two runs have in common.
fn random(limit: Duration) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    limit.mul_f64((RandomState::new().hash_one(0) % 10_000) as f64 / 10_000.0)
}

/// Runs a task, kills it at a random moment after its first word, and returns all that it said.
fn kill(task: &str, path: &Path, within: Duration) -> Vec<i64> {
    let mut child = spawn(task, path);
    let mut lines: Lines<BufReader<ChildStdout>> = lines(&mut child);
    let first = lines.by_ref().find_map(|line| said(&line.unwrap())).expect("the child ended by itself");
    // waits: for the child to be in the middle of anything, and nobody knows of what.
    thread::sleep(random(within));
    child.kill().unwrap();
    child.wait().unwrap();
    std::iter::once(first).chain(lines.filter_map(|line| said(&line.unwrap()))).collect()
}

async fn check_integrity(sql: &Sql) {
    let check: String = sql.query("pragma integrity_check").fetch_one().await.unwrap();
    assert_eq!(check, "ok");
}

const ACCOUNTS: i64 = 10;

/// Moves money from one account to another, for ever; says which transfers are committed.
pub(crate) async fn transfer(sql: &Sql) {
    let mut number: i64 =
        sql.query("select coalesce(max(transfer), 0) from entries").fetch_one().await.unwrap();
    loop {
        number += 1;
        let mut tx = sql.begin(Begin::new()).await.unwrap();
        for (account, amount) in [(number % ACCOUNTS, number), ((number * 7 + 1) % ACCOUNTS, -number)] {
            let entry = "insert into entries (transfer, account, amount) values ($1, $2, $3)";
            tx.query(entry).bind(number).bind(account).bind(amount).execute().await.unwrap();
            let balance = "update accounts set balance = balance + $1 where id = $2";
            tx.query(balance).bind(amount).bind(account).execute().await.unwrap();
        }
        tx.commit().await.unwrap();
        say(number);
    }
}

async fn make_accounts(sql: &Sql) {
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script(
        "create table if not exists accounts (id bigint not null primary key, balance bigint not null);
         create table if not exists entries (transfer bigint not null, account bigint not null, amount bigint not null);",
    )
    .await
    .unwrap();
    for account in 0..ACCOUNTS {
        let insert = "insert into accounts (id, balance) values ($1, 0) on conflict do nothing";
        tx.query(insert).bind(account).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Every transfer that was told of is there, and none is half there.
async fn check_accounts(sql: &Sql, committed: &[i64]) {
    let missing = "select count(*) from entries where transfer = $1";
    for transfer in committed {
        let entries: i64 = sql.query(missing).bind(*transfer).fetch_one().await.unwrap();
        assert_eq!(entries, 2, "the transfer {transfer} was told to be committed");
    }
    let halves = "select count(*) from (select transfer from entries group by transfer having count(*) <> 2 or sum(amount) <> 0)";
    assert_eq!(sql.query(halves).fetch_one::<i64>().await.unwrap(), 0, "transfers are half there");
    let wrong = "select count(*) from accounts where balance <> (select coalesce(sum(amount), 0) from entries where account = id)";
    assert_eq!(sql.query(wrong).fetch_one::<i64>().await.unwrap(), 0, "balances are wrong");
    check_integrity(sql).await;
}

#[test]
fn kill_9_in_the_middle_of_transactions_loses_no_committed_row_and_keeps_no_half() {
    let (told, started) = (AtomicUsize::new(0), Instant::now());
    rounds(ROUNDS, |folder, _| {
        let path = folder.join("a.db");
        block_on(async { make_accounts(&open(&path).await).await });
        let committed = kill("transfer", &path, Duration::from_millis(60));
        told.fetch_add(committed.len(), Ordering::Relaxed);
        block_on(async { check_accounts(&open(&path).await, &committed).await });
    });
    let told = told.into_inner();
    println!(
        "{ROUNDS} kills, {told} transactions told to be committed, none lost, in {:?}",
        started.elapsed()
    );
    assert!(told > ROUNDS, "the children had no time to do anything");
}

fn scripts() -> Migrations {
    Migrations::from_files((1..=MIGRATIONS).map(|number| {
        let script = format!(
            "create table if not exists applied (number bigint not null);
             create table m{number} (id bigint not null primary key, v text not null);
             insert into m{number} with recursive n (n) as (select 1 union all select n + 1 from n where n < {ROWS}) select n, 'row ' || n from n;
             insert into applied values ({number});"
        );
        (format!("{number:04}_m.sql"), script)
    }))
    .unwrap()
}

/// Applies all migrations.
pub(crate) async fn migrate(sql: &Sql) {
    say(0);
    scripts().apply(sql).await.unwrap();
}

/// How many migrations are applied, each of them wholly.
async fn check_migrations(sql: &Sql) -> usize {
    let status = scripts().status(sql).await.unwrap();
    let schema = sql.schema().await.unwrap();
    let mut applied = 0;
    for migration in &status {
        let table = format!("m{}", migration.number);
        let is_there = schema.table(&table).is_some();
        match migration.state {
            MigrationState::Applied => {
                applied += 1;
                let count = format!("select count(*) from {table}");
                assert_eq!(sql.query(count).fetch_one::<i64>().await.unwrap(), ROWS, "{table}");
            }
            MigrationState::Pending => assert!(!is_there, "{table} is half there"),
            state => panic!("{table} is {state:?}"),
        }
    }
    if applied > 0 {
        let twice = "select count(*), count(distinct number) from applied";
        let (all, distinct): (i64, i64) = sql.query(twice).fetch_one().await.unwrap();
        assert_eq!((all, distinct), (applied as i64, applied as i64), "a migration was applied twice");
    }
    applied
}

#[test]
fn kill_9_in_the_middle_of_migrations_is_made_good_by_the_next_start() {
    let (middle, started) = (AtomicUsize::new(0), Instant::now());
    // How long they take when nobody is killed, with as many at the same time.
    let whole = AtomicUsize::new(usize::MAX);
    rounds(AT_ONCE, |folder, _| {
        let started = Instant::now();
        block_on(async { scripts().apply(&open(&folder.join("a.db")).await).await.unwrap() });
        whole.fetch_min(started.elapsed().as_micros() as usize, Ordering::Relaxed);
    });
    let whole = Duration::from_micros(whole.into_inner() as u64);
    rounds(ROUNDS, |folder, number| {
        let path = folder.join(format!("{number}.db"));
        kill("migrate", &path, whole);
        block_on(async {
            let sql = open(&path).await;
            check_integrity(&sql).await;
            let applied = check_migrations(&sql).await;
            if applied > 0 && applied < MIGRATIONS {
                middle.fetch_add(1, Ordering::Relaxed);
            }
            assert_eq!(scripts().apply(&sql).await.unwrap().len(), MIGRATIONS - applied);
            assert_eq!(check_migrations(&sql).await, MIGRATIONS);
        });
    });
    let middle = middle.into_inner();
    println!("{ROUNDS} kills, {middle} of them between two migrations, in {:?}", started.elapsed());
    assert!(middle > ROUNDS / 20, "most children were killed before or after their work");
}

/// Fills the database from the copy beside it.
pub(crate) async fn restore(path: &Path) {
    let sql = open(path).await;
    say(0);
    sql.restore(&path.with_file_name("copy.db"), &|_| ()).await.unwrap();
}

#[test]
fn kill_9_in_the_middle_of_a_restore_leaves_all_or_nothing() {
    const RESTORES: usize = 30;
    let (whole, empty) = (AtomicUsize::new(0), AtomicUsize::new(0));
    rounds(RESTORES, |folder, number| {
        let copy = folder.join("copy.db");
        if !copy.exists() {
            block_on(make_copy(&folder.join("from.db"), &copy));
        }
        let path = folder.join(format!("{number}.db"));
        kill("restore", &path, Duration::from_millis(300));
        block_on(async {
            let sql = open(&path).await;
            check_integrity(&sql).await;
            let tally = sql.tally().await.unwrap();
            if tally == Tally::default() {
                empty.fetch_add(1, Ordering::Relaxed);
                sql.restore(&copy, &|_| ()).await.unwrap();
            } else {
                whole.fetch_add(1, Ordering::Relaxed);
            }
            assert_eq!(sql.tally().await.unwrap().tables[0].rows, 20_000);
        });
    });
    println!("{RESTORES} kills: {whole:?} restored, {empty:?} still empty");
}

async fn make_copy(from: &Path, copy: &Path) {
    let sql = open(from).await;
    sql.query("create table t (id bigint not null primary key, v blob)").execute().await.unwrap();
    let fill = "insert into t with recursive n (n) as (select 1 union all select n + 1 from n where n < 20000) select n, randomblob(100) from n";
    sql.query(fill).execute().await.unwrap();
    sql.backup(copy, &|_| ()).await.unwrap();
    sql.close().await;
}
