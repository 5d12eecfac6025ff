//! The pool: many callers, few connections, and the end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Sql};
use tokio::sync::Notify;

use super::scene::joined;
use crate::case::{Subject, Verdict, eventually, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn a_closed_handle_is_unavailable(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    let sql = subject.open_another().await?;
    let clone = sql.clone();
    let mut open = sql.begin(Begin::new()).await?;
    open.query(format!("insert into {table} (id, n) values (1, 0)")).execute().await?;
    clone.close().await;
    let unavailable = ErrorKind::Unavailable;
    refused(sql.query("select 1").fetch_one::<i64>().await, unavailable, "a query")?;
    refused(sql.query(format!("delete from {table}")).execute().await, unavailable, "an execution")?;
    refused(sql.begin(Begin::new()).await, unavailable, "a transaction")?;
    refused(sql.begin(Begin::new().read_only()).await, unavailable, "a reading transaction")?;
    refused(sql.lock("x", Duration::ZERO).await, unavailable, "a lock")?;
    refused(sql.schema().await, unavailable, "the schema")?;
    refused(sql.tally().await, unavailable, "a tally")?;
    refused(sql.report().await, unavailable, "a report")?;
    refused(sql.restore(Path::new("never-read"), &|_| ()).await, unavailable, "a restore")?;
    refused(open.query("select 1").fetch_one::<i64>().await, unavailable, "a query of an open transaction")?;
    drop(open);
    refused(sql.backup(Path::new("never-written"), &|_| ()).await, unavailable, "a backup")?;
    sql.close().await;
    // What was open is gone, and other handles know nothing of it.
    let rows: i64 = subject.handle.query(format!("select count(*) from {table}")).fetch_one().await?;
    ensure_eq!(rows, 1, "rows");
    subject.handle.query(format!("insert into {table} (id, n) values (1, 0)")).execute().await?;
    Ok(())
}

pub(super) async fn a_caller_waits_for_a_free_connection(subject: &Subject<Sql>) -> Verdict {
    let sql = subject.open_another().await?;
    let limit = sql.pool().limit;
    ensure!(limit > 0, "the pool has no limit");
    let release = Arc::new(Notify::new());
    let hold = || {
        let (sql, release) = (sql.clone(), release.clone());
        tokio::spawn(async move {
            let released = release.notified();
            let mut tx = sql.begin(Begin::new().read_only()).await?;
            tx.query("select 1").fetch_one::<i64>().await?;
            released.await;
            tx.commit().await
        })
    };
    let tasks: Vec<_> = (0..limit + 2).map(|_| hold()).collect();
    eventually("somebody waits", || async { Ok(sql.pool().waiting > 0) }).await?;
    let status = sql.pool();
    ensure!(status.open <= status.limit, "more are open than may be: {status:?}");
    ensure!(status.acquire_timeout > Duration::ZERO, "nobody may wait: {status:?}");
    // Whoever begins to wait for the release only now is told by the next one.
    let releasing = tokio::spawn({
        let release = release.clone();
        async move {
            loop {
                release.notify_waiters();
                tokio::task::yield_now().await;
            }
        }
    });
    for task in tasks {
        joined(task).await?;
    }
    releasing.abort();
    ensure_eq!(sql.pool().waiting, 0, "callers that wait at the end");
    sql.close().await;
    Ok(())
}

pub(super) async fn many_callers_at_once_are_all_answered(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(0).await?;
    let tasks: Vec<_> = (0..200)
        .map(|id: i64| {
            let (sql, table) = (subject.handle.clone(), table.clone());
            tokio::spawn(async move {
                let insert = format!("insert into {table} (id, n) values ($1, $2)");
                sql.query(insert).bind(id).bind(id * 2).execute().await?;
                sql.query(format!("select n from {table} where id = $1")).bind(id).fetch_one::<i64>().await
            })
        })
        .collect();
    for (id, task) in tasks.into_iter().enumerate() {
        ensure_eq!(joined(task).await?, id as i64 * 2, "what a caller reads of what it wrote");
    }
    Ok(())
}
