//! What is left on a server when a command fails or is interrupted in its middle: nothing.

use std::io::Read;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use bedplate::sql::{Begin, Sql};

use crate::count;
use crate::platform::Platform;

const MADE: &str = "select (select count(*) from pg_database where datname like 'bedplate_fresh%') + \
                    (select count(*) from pg_roles where rolname like 'bedplate_fresh%')";

/// Waits until a query counts so many.
async fn counted(sql: &Sql, text: &str, wanted: i64) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found = count(sql, text).await;
        if found == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "{found} instead of {wanted} after 20 s: {text}");
        // waits: until the server is at it, or done with it.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// As a person does it who types Ctrl-C, a supervisor that stops it, or a terminal that goes away.
fn signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

fn end(mut child: Child) -> (Option<i32>, String) {
    let mut words = String::new();
    child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    (child.wait().unwrap().code(), words)
}

/// A platform with a backup of the service `orders`.
async fn backed_up() -> Option<Platform> {
    let platform = Platform::start("postgres").await?;
    for arguments in
        [&["create", "orders", "--admin", &platform.admin][..], &["migrate", "orders"], &["backup", "orders"]]
    {
        let ended = platform.db(arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.words);
    }
    Some(platform)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_is_interrupted_while_it_makes_its_database_removes_it() {
    let Some(platform) = backed_up().await else { return };
    let admin = bedplate::sql(&platform.admin).await.unwrap();
    let mut holding = admin.begin(Begin::new()).await.unwrap();
    holding.query("lock table pg_database in share row exclusive mode").execute().await.unwrap();
    let child = platform.begin(&["verify", "orders", "--admin", &platform.admin]);
    let making = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query ilike 'create database%'";
    counted(&admin, making, 1).await;
    signal(&child, "-INT");
    holding.rollback().await.unwrap();
    let (code, words) = end(child);
    assert_eq!((code, words.as_str()), (Some(1), "error: orders: interrupted\n"));
    counted(&admin, "select count(*) from pg_stat_activity where query ilike 'create database%'", 0).await;
    assert_eq!(count(&admin, MADE).await, 0, "an interrupted proof left its database or its role behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_whose_database_can_not_be_made_as_a_whole_leaves_no_part_of_it() {
    let Some(platform) = backed_up().await else { return };
    let path = platform.path("bedplate.toml");
    let manifest = std::fs::read_to_string(&path).unwrap();
    let needy = manifest.replacen("sql = true", "sql = { extensions = [\"nobody_has_this\"] }", 1);
    std::fs::write(path, needy).unwrap();
    let refused = platform.db(&["verify", "orders", "--admin", &platform.admin]);
    assert_eq!(refused.code, 1, "{}", refused.words);
    assert!(refused.words.contains("nobody_has_this"), "{}", refused.words);
    let admin = bedplate::sql(&platform.admin).await.unwrap();
    assert_eq!(count(&admin, MADE).await, 0, "a database or a role was left behind");
}

/// A statement of a migration that takes long, and what counts it on the server.
async fn cut_off(engine: &str, slow: &str, running: &str, stop: &str) {
    let Some(platform) = Platform::start(engine).await else { return };
    let made = platform.db(&["create", "orders", "--admin", &platform.admin]);
    assert_eq!(made.code, 0, "{}", made.words);
    platform.script("orders", "0002_slow.sql", slow);
    let admin = bedplate::sql(&platform.admin).await.unwrap();
    let child = platform.begin(&["migrate", "orders"]);
    counted(&admin, running, 1).await;
    signal(&child, stop);
    let (code, words) = end(child);
    assert_eq!((code, words.as_str()), (Some(1), "error: orders: interrupted\n"));
    // It would take minutes by itself.
    counted(&admin, running, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_migration_ends_on_postgres_too() {
    let running = "select count(*) from pg_stat_activity where state = 'active' and query like 'insert into customers%'";
    for stop in ["-INT", "-TERM", "-HUP"] {
        cut_off("postgres", "insert into customers select 1, 'x' from pg_sleep(300);", running, stop).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_migration_ends_on_mysql_too() {
    let running =
        "select count(*) from information_schema.processlist where info like 'insert into customers%'";
    // A sleep would notice that its client has gone, and end by itself.
    let slow = "insert into customers select 1, benchmark(5000000000, md5('x'));";
    cut_off("mysql", slow, running, "-INT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_that_reaches_the_products_own_program_too_is_an_interruption() {
    let Some(platform) = Platform::start("mysql").await else { return };
    for arguments in [&["create", "orders", "--admin", &platform.admin][..], &["migrate", "orders"]] {
        let ended = platform.db(arguments);
        assert_eq!(ended.code, 0, "{}", ended.words);
    }
    let sql = platform.open("orders").await;
    sql.query("insert into customers values (0, repeat('x', 80))").execute().await.unwrap();
    // Enough for the program to be at it when it is found.
    for power in 0..18 {
        let double = format!("insert into customers select id + {}, name from customers", 1 << power);
        sql.query(double).execute().await.unwrap();
    }
    let child = platform.begin(&["backup", "orders"]);
    let deadline = Instant::now() + Duration::from_secs(20);
    let programs = loop {
        let found = programs_of(&child);
        if !found.is_empty() {
            break found;
        }
        assert!(Instant::now() < deadline, "the product's own program was not begun within 20 s");
        // waits: until the copy is on its way.
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    for process in programs.iter().chain([&child.id().to_string()]) {
        assert!(Command::new("kill").args(["-INT", process]).status().unwrap().success());
    }
    let (code, words) = end(child);
    assert_eq!((code, words.as_str()), (Some(1), "error: orders: interrupted\n"));
}

/// The processes that a process has started.
fn programs_of(child: &Child) -> Vec<String> {
    let threads = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    let of = |thread: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(thread.unwrap().path().join("children")).unwrap()
    };
    let children: Vec<String> = threads.map(of).collect();
    children.iter().flat_map(|line| line.split_whitespace().map(String::from)).collect()
}
