//! What many cases begin with: tables, and statements that run in the background.

use std::sync::PoisonError;

use bedplate_core::sql::{Begin, Sql, Value, ValueKind};
use bedplate_core::{Error, Result};

use crate::case::{Failure, Subject, Verdict};

impl Subject<Sql> {
    /// Creates a table in the namespace and returns its name.
    pub(super) async fn table(&self, what: &str, columns: &str) -> Result<String> {
        let name = self.name(what);
        self.handle.query(format!("create table {name} ({columns})")).execute().await?;
        Ok(name)
    }

    /// Creates a table of numbered counters that are all 0, and returns its name.
    pub(super) async fn counters(&self, count: i64) -> Result<String> {
        let name = self.table("counters", "id bigint not null primary key, n bigint not null").await?;
        for id in 0..count {
            self.handle
                .query(format!("insert into {name} (id, n) values ($1, 0)"))
                .bind(id)
                .execute()
                .await?;
        }
        Ok(name)
    }

    /// An empty database beside the one that is tested, which is removed after the case.
    pub(super) async fn fresh(&self) -> Result<Sql> {
        let make = self.make.as_ref().ok_or_else(|| Error::unsupported("making databases"))?;
        let fresh = make().await?;
        let sql = fresh.sql.clone();
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(fresh);
        Ok(sql)
    }

    /// Creates a table `id, v` whose `v` keeps values of a kind, and returns its name.
    pub(super) async fn table_of(&self, kind: ValueKind) -> Result<String> {
        let column = self.handle.dialect().column_type(kind).unwrap_or("text");
        let what = format!("{kind:?}").to_lowercase();
        self.table(&what, &format!("id bigint not null primary key, v {column}")).await
    }
}

/// Stores values and reads each of them back as a `T`, which must be equal.
pub(super) async fn keeps<T>(subject: &Subject<Sql>, kind: ValueKind, values: Vec<T>) -> Verdict
where
    T: Clone + Into<Value> + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let table = subject.table_of(kind).await?;
    for (id, value) in values.iter().enumerate() {
        let insert = format!("insert into {table} (id, v) values ($1, $2)");
        subject.handle.query(insert).bind(id as i64).bind(value.clone()).execute().await?;
    }
    let found: Vec<T> =
        subject.handle.query(format!("select v from {table} order by id")).fetch_all().await?;
    crate::ensure_eq!(found.len(), values.len(), "rows");
    for (found, value) in found.iter().zip(&values) {
        crate::ensure_eq!(*found, *value, "{} came back otherwise", kind.as_str());
    }
    // What is stored can also be found by its value.
    for (id, value) in values.iter().enumerate().filter(|_| kind != ValueKind::Json) {
        let select = format!("select count(*) from {table} where id = $1 and v = $2");
        let count: i64 = subject.handle.query(select).bind(id as i64).bind(value.clone()).fetch_one().await?;
        crate::ensure_eq!(count, 1, "rows with the value {value:?}");
    }
    Ok(())
}

/// How many rows a table has, as its own connection sees it.
pub(super) async fn count(sql: &Sql, table: &str) -> Result<i64> {
    sql.query(format!("select count(*) from {table}")).fetch_one().await
}

/// Adds one to a counter in a transaction of its own, which is run again where it lost a race.
pub(super) async fn increment(sql: &Sql, table: &str, id: i64) -> Result<()> {
    let table = table.to_string();
    sql.transaction(Begin::new(), 100, |tx| {
        let table = table.clone();
        Box::pin(async move {
            let n: i64 =
                tx.query(format!("select n from {table} where id = $1")).bind(id).fetch_one().await?;
            tx.query(format!("update {table} set n = $1 where id = $2"))
                .bind(n + 1)
                .bind(id)
                .execute()
                .await
                .map(drop)
        })
    })
    .await
}

/// Waits for a task that was spawned.
pub(super) async fn joined<T>(
    task: impl Future<Output = Result<Result<T, Error>, tokio::task::JoinError>>,
) -> Result<T, Failure> {
    match task.await {
        Ok(result) => result.map_err(Failure::from),
        Err(panic) => Err(Failure(format!("a task panicked: {panic}"))),
    }
}
