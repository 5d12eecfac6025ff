//! The databases of a platform on real servers, from their making to a proven restore, through the program alone.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

#[path = "databases/interrupting.rs"]
mod interrupting;
#[path = "databases/platform.rs"]
mod platform;
#[path = "databases/secrets.rs"]
mod secrets;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bedplate::sql::Sql;
use serde_json::Value;

use platform::Platform;

pub(crate) async fn count(sql: &Sql, text: &str) -> i64 {
    sql.query(text).fetch_one().await.unwrap()
}

/// The content of the only backup in a folder: the largest file of it.
fn content(folder: &Path) -> PathBuf {
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let contents = files.filter(|path| path.to_string_lossy().contains(".backup.zst~"));
    contents.max_by_key(|path| path.metadata().unwrap().len()).unwrap()
}

async fn story(engine: &str, databases: &str) {
    let Some(platform) = Platform::start(engine).await else { return };
    created(&platform).await;
    migrated(&platform).await;
    restored(&platform).await;
    verified(&platform, databases).await;
    stopped(platform).await;
}

/// Databases and roles are made once, passwords go to `.env` and nowhere else, and no role opens another's database.
async fn created(platform: &Platform) {
    let refused = platform.db(&["create"]);
    assert_eq!(refused.code, 1, "{}", refused.words);
    assert!(refused.words.contains("--admin"), "{}", refused.words);
    assert!(!platform.path(".env").exists(), "a refusal wrote passwords");
    let planned = platform.db(&["create", "--admin", &platform.admin, "--dry-run", "--json"]).json();
    assert_eq!(planned["secrets"].as_array().unwrap().len(), 3);
    assert!(!platform.path(".env").exists(), "a dry run wrote passwords");
    let made = platform.db(&["create", "--admin", &platform.admin, "--json"]).json();
    for database in made["databases"].as_array().unwrap() {
        assert_eq!(
            (&database["database_made"], &database["role_made"]),
            (&true.into(), &true.into()),
            "{made}"
        );
    }
    let mode = std::fs::metadata(platform.path(".env")).unwrap().permissions().mode();
    assert_eq!((mode & 0o777, platform.passwords().len()), (0o600, 3));
    let again = platform.db(&["create", "--admin", &platform.admin, "--json"]).json();
    assert_eq!(
        (&again["databases"][0]["database_made"], again["secrets"].as_array().unwrap().len()),
        (&false.into(), 0)
    );
    let foreign = async || bedplate::sql(&platform.url("users", "orders")).await?.ping().await;
    let error = foreign().await.unwrap_err();
    assert_eq!(error.kind(), bedplate::ErrorKind::Denied, "{error:?}");
}

/// Migrations are applied, checked and reported, and a failed one explains itself.
async fn migrated(platform: &Platform) {
    assert_eq!(platform.db(&["check"]).code, 3);
    let applied = platform.db(&["migrate", "--json"]).json();
    assert_eq!(applied[0]["applied"][0]["state"], "applied", "{applied}");
    assert_eq!(platform.db(&["check"]).code, 0);
    let sql = platform.open("orders").await;
    sql.query("insert into customers (id, name) values (1, 'Ada'), (2, 'Bob')").execute().await.unwrap();
    let rows: Vec<String> = (1..=300).map(|id| format!("({id}, {}, '{id}.50')", id % 2 + 1)).collect();
    let insert = format!("insert into orders (id, customer_id, total) values {}", rows.join(", "));
    assert_eq!(sql.query(insert).execute().await.unwrap(), 300);
    let status = platform.db(&["status", "orders", "--json"]).json();
    let names: Vec<&str> =
        status[0]["tables"].as_array().unwrap().iter().filter_map(|t| t["name"].as_str()).collect();
    assert!(names.contains(&"orders") && names.contains(&"customers"), "{status}");
    assert!(
        status[0]["bytes"].as_u64().unwrap() > 0 && status[0]["connections"]["allowed"].as_u64().unwrap() > 0
    );
    assert_eq!(status[0]["migrations"][0]["state"], "applied");
    platform.script("orders", "0002_broken.sql", "create table broken (id bigint primary key, id bigint);");
    let failed = platform.db(&["migrate", "orders"]);
    assert_eq!(failed.code, 1);
    assert!(failed.words.contains("0002_broken"), "{}", failed.words);
    let why = platform.db(&["check", "orders"]);
    assert_eq!(why.code, 3);
    assert!(why.words.contains("0002_broken") && why.words.contains("help:"), "{}", why.words);
    platform.script("orders", "0002_broken.sql", "create table notes (id bigint primary key);");
    platform.script("orders", "0002_broken.down.sql", "drop table notes;");
    platform.db(&["migrate", "orders", "--json"]).json();
    assert_eq!(platform.db(&["rollback", "orders"]).code, 2, "it was undone without being asked for");
    let undone = platform.db(&["rollback", "orders", "--yes", "--json"]).json();
    assert_eq!(undone["undone"][0]["number"], 2);
    assert_eq!(platform.db(&["check", "orders"]).code, 3);
    platform.db(&["migrate", "orders", "--json"]).json();
}

/// A backup goes into another, empty database, and only there.
async fn restored(platform: &Platform) {
    let taken = platform.db(&["backup", "--json"]).json();
    assert!(taken[0]["rows"].as_u64().unwrap() >= 302, "{taken}");
    assert!(platform.db(&["backups", "--json"]).json()["backups"].as_array().unwrap().len() == 3);
    let spare = platform.url("spare", "spare");
    let restored = platform.db(&["restore", "orders", "--url", &spare, "--json"]).json();
    assert_eq!(restored["rows"], taken[0]["rows"]);
    let (here, there) = (platform.open("orders").await, platform.open("spare").await);
    for text in ["select count(*) from orders", "select cast(sum(id) as char(20)) from orders"] {
        let [here, there] = [&here, &there].map(|sql| sql.query(text));
        let (here, there) = (here.fetch_one::<Value>().await, there.fetch_one::<Value>().await);
        assert_eq!(here.unwrap(), there.unwrap());
    }
    // Only where a restore is one transaction do equal rows prove that nothing behind them is missing.
    let again = platform.db(&["restore", "orders", "--url", &spare, "--json"]);
    assert_eq!(again.code, if platform.admin.starts_with("postgres") { 0 } else { 1 }, "{}", again.words);
    there.query("insert into customers (id, name) values (99, 'Eve')").execute().await.unwrap();
    let refused = platform.db(&["restore", "orders", "--url", &spare]);
    assert_eq!(refused.code, 1);
    assert!(refused.words.contains("empty database"), "{}", refused.words);
    assert_eq!(count(&there, "select count(*) from orders").await, 300);
}

/// A proof restores into a database that is gone afterwards; a damaged backup is found and never restored.
async fn verified(platform: &Platform, databases: &str) {
    let checked = platform.db(&["verify", "orders", "--json"]).json();
    assert_eq!((&checked[0]["checksums"], &checked[0]["restored"]), (&true.into(), &false.into()));
    let proven = platform.db(&["verify", "--admin", &platform.admin, "--json"]).json();
    assert!(proven.as_array().unwrap().iter().all(|one| one["restored"] == true), "{proven}");
    let spare = platform.url("spare", "spare");
    platform.db(&["backup", "--url", &spare, "--to", "alone", "--json"]).json();
    let alone = ["verify", "--url", &spare, "--in", "alone", "--admin", &platform.admin, "--json"];
    assert_eq!(platform.db(&alone).json()[0]["restored"], true);
    let admin = bedplate::sql(&platform.admin).await.unwrap();
    assert_eq!(count(&admin, databases).await, 0, "a scratch database was left behind");
    let content = content(&platform.path(".bedplate/backups/shop/dev/orders"));
    let mut bytes = std::fs::read(&content).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&content, bytes).unwrap();
    let damaged = platform.db(&["verify", "orders", "--admin", &platform.admin]);
    assert_eq!(damaged.code, 1);
    assert!(damaged.words.contains("damaged"), "{}", damaged.words);
    assert_eq!(count(&admin, databases).await, 0, "a failed proof left its database behind");
    platform.db(&["create", "users", "--admin", &platform.admin, "--json"]).json();
}

/// A server that is gone is told with its place and what to do.
async fn stopped(platform: Platform) {
    let Platform { folder, server, .. } = platform;
    server.stop().await.unwrap();
    let started = std::time::Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_bedplate"))
        .args(["db", "status", "orders"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("help: start "), "{words}");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_everything_from_the_making_to_a_proven_restore() {
    story("postgres", "select count(*) from pg_database where datname like 'bedplate_fresh%'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_mysql_everything_from_the_making_to_a_proven_restore() {
    story(
        "mysql",
        "select count(*) from information_schema.schemata where schema_name like 'bedplate_fresh%'",
    )
    .await;
}
