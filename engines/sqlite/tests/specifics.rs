//! What is peculiar to SQLite: a file, other processes, and kill -9 in the middle of everything.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

#[path = "specifics/backup.rs"]
mod backup;
#[path = "specifics/child.rs"]
mod child;
#[path = "specifics/crash.rs"]
mod crash;
#[path = "specifics/disk.rs"]
mod disk;
#[path = "specifics/file.rs"]
mod file;
#[path = "specifics/litefs.rs"]
mod litefs;
#[path = "specifics/pool.rs"]
mod pool;
#[path = "specifics/session.rs"]
mod session;
#[path = "specifics/threads.rs"]
mod threads;

use std::path::Path;

use bedplate_core::sql::Sql;
use bedplate_core::{Address, GuardOptions, Result};
use bedplate_engine_sqlite::DRIVER;

async fn open_with(path: &Path, settings: &[(&str, &str)]) -> Result<Sql> {
    let mut address = Address::parse("sqlite:").unwrap().with_path(path.display().to_string());
    for (name, value) in settings {
        address = address.with_setting(name, *value);
    }
    let engine = DRIVER.sql.unwrap()(address).await?;
    Ok(Sql::new("sqlite", engine, GuardOptions::default()))
}

async fn open(path: &Path) -> Sql {
    open_with(path, &[]).await.unwrap()
}

/// Makes two tables that always have as many rows as each other.
async fn halves(sql: &Sql) {
    for table in ["left_half", "right_half"] {
        sql.query(format!("create table {table} (id bigint not null primary key)")).execute().await.unwrap();
    }
}
