//! What transactions see of each other.

use std::sync::Arc;
use std::time::Duration;

use bedplate_core::sql::{Begin, Isolation, Sql};
use bedplate_core::{Error, ErrorKind};
use tokio::sync::Barrier;

use super::scene::{count, increment, joined};
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn nobody_sees_what_is_not_committed(subject: &Subject<Sql>) -> Verdict {
    let (table, other) = (subject.counters(1).await?, subject.open_another().await?);
    let mut tx = subject.handle.begin(Begin::new()).await?;
    tx.query(format!("insert into {table} (id, n) values (1, 0)")).execute().await?;
    tx.query(format!("update {table} set n = 9 where id = 0")).execute().await?;
    for (who, sql) in [("the same handle", &subject.handle), ("another handle", &other)] {
        let seen: Vec<(i64, i64)> = sql.query(format!("select id, n from {table}")).fetch_all().await?;
        ensure_eq!(seen, [(0, 0)], "what {who} sees");
    }
    let weak = Begin::new().isolation(Isolation::ReadCommitted).read_only();
    let mut reader = other.begin(weak).await?;
    let seen: i64 = reader.query(format!("select count(*) from {table}")).fetch_one().await?;
    ensure_eq!(seen, 1, "rows that the weakest transaction sees");
    tx.commit().await?;
    ensure_eq!(count(&other, &table).await?, 2, "rows after the commit");
    Ok(())
}

pub(super) async fn a_reading_transaction_sees_one_snapshot(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    for isolation in [Isolation::RepeatableRead, Isolation::Serializable] {
        let before = count(&subject.handle, &table).await?;
        let mut reader = subject.handle.begin(Begin::new().isolation(isolation).read_only()).await?;
        let all = format!("select count(*) from {table}");
        ensure_eq!(reader.query(&all).fetch_one::<i64>().await?, before, "rows at first");
        subject
            .handle
            .query(format!("insert into {table} (id, n) values ($1, 0)"))
            .bind(before)
            .execute()
            .await?;
        ensure_eq!(
            reader.query(&all).fetch_one::<i64>().await?,
            before,
            "rows in the {isolation:?} snapshot"
        );
        reader.commit().await?;
        ensure_eq!(count(&subject.handle, &table).await?, before + 1, "rows after it");
    }
    Ok(())
}

pub(super) async fn a_reading_transaction_refuses_to_write(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    for text in [
        format!("insert into {table} (id, n) values (5, 0)"),
        format!("update {table} set n = 1"),
        format!("delete from {table}"),
        format!("create table {table}_2 (a bigint)"),
        format!("drop table {table}"),
    ] {
        let mut reader = subject.handle.begin(Begin::new().read_only()).await?;
        refused(reader.query(&text).execute().await, ErrorKind::InvalidInput, &text)?;
        reader.rollback().await?;
        let mut reader = subject.handle.begin(Begin::new().read_only()).await?;
        refused(reader.query(&text).fetch_rows().await, ErrorKind::InvalidInput, &text)?;
        drop(reader);
        let mut reader = subject.handle.begin(Begin::new().read_only()).await?;
        refused(reader.script(&text).await, ErrorKind::InvalidInput, &text)?;
    }
    let rows: Vec<(i64, i64)> =
        subject.handle.query(format!("select id, n from {table}")).fetch_all().await?;
    ensure_eq!(rows, [(0, 0)], "the rows");
    Ok(())
}

/// Two doctors are on call. Each may leave if the other one stays; both ask at the same time.
pub(super) async fn write_skew_is_prevented(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(2).await?;
    for round in 0..5 {
        subject.handle.query(format!("update {table} set n = 1")).execute().await?;
        let both_have_looked = Arc::new(Barrier::new(2));
        let leave = |id: i64| {
            let (sql, table, looked) = (subject.handle.clone(), table.clone(), both_have_looked.clone());
            tokio::spawn(async move {
                let mut tx = sql.begin(Begin::new()).await?;
                let on_call: i64 =
                    tx.query(format!("select count(*) from {table} where n = 1")).fetch_one().await?;
                // waits: for the other one to have looked too, where the engine lets it.
                let _ = tokio::time::timeout(Duration::from_millis(50), looked.wait()).await;
                if on_call > 1 {
                    tx.query(format!("update {table} set n = 0 where id = $1")).bind(id).execute().await?;
                }
                tx.commit().await
            })
        };
        for task in [leave(0), leave(1)] {
            match joined(task).await {
                Ok(()) => {}
                Err(lost) => {
                    ensure!(lost.0.contains("[conflict]"), "the loser of the race got another error: {lost}")
                }
            }
        }
        let on_call: i64 =
            subject.handle.query(format!("select count(*) from {table} where n = 1")).fetch_one().await?;
        ensure!(on_call > 0, "both have left in round {round}");
    }
    Ok(())
}

pub(super) async fn lost_races_are_run_again_and_no_update_is_lost(subject: &Subject<Sql>) -> Verdict {
    const TASKS: i64 = 6;
    const TIMES: i64 = 8;
    let (table, other) = (subject.counters(1).await?, subject.open_another().await?);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let sql = if task % 2 == 0 { subject.handle.clone() } else { other.clone() };
            let table = table.clone();
            tokio::spawn(async move {
                for _ in 0..TIMES {
                    increment(&sql, &table, 0).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .collect();
    for task in tasks {
        joined(task).await?;
    }
    let n: i64 = subject.handle.query(format!("select n from {table}")).fetch_one().await?;
    ensure_eq!(n, TASKS * TIMES, "the counter");
    Ok(())
}

pub(super) async fn readers_go_on_while_somebody_writes(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    let mut writer = subject.handle.begin(Begin::new()).await?;
    writer.query(format!("update {table} set n = 1")).execute().await?;
    let readers: Vec<_> = (0..20)
        .map(|_| {
            let (sql, table) = (subject.handle.clone(), table.clone());
            tokio::spawn(async move { sql.query(format!("select n from {table}")).fetch_one::<i64>().await })
        })
        .collect();
    for reader in readers {
        ensure_eq!(joined(reader).await?, 0, "what a reader sees");
    }
    let mut reader = subject.handle.begin(Begin::new().read_only()).await?;
    ensure_eq!(
        reader.query(format!("select n from {table}")).fetch_one::<i64>().await?,
        0,
        "what a transaction sees"
    );
    writer.commit().await?;
    Ok(())
}

pub(super) async fn a_read_committed_transaction_sees_what_others_commit(subject: &Subject<Sql>) -> Verdict {
    let (table, other) = (subject.counters(2).await?, subject.open_another().await?);
    let select = format!("select n from {table} where id = 0");
    let weak = Begin::new().isolation(Isolation::ReadCommitted);
    for (n, begin) in [(1, weak.clone().read_only()), (2, weak)] {
        let mut tx = subject.handle.begin(begin).await?;
        ensure_eq!(tx.query(&select).fetch_one::<i64>().await?, n - 1, "what it sees at first");
        other.query(format!("update {table} set n = {n} where id = 0")).execute().await?;
        ensure_eq!(tx.query(&select).fetch_one::<i64>().await?, n, "what it sees when others have committed");
        tx.commit().await?;
    }
    // It writes upon what others have committed, and loses no race by that.
    let mut tx = subject.handle.begin(Begin::new().isolation(Isolation::ReadCommitted)).await?;
    tx.query(&select).fetch_one::<i64>().await?;
    other.query(format!("update {table} set n = 10 where id = 0")).execute().await?;
    tx.query(format!("update {table} set n = n + 1 where id = 0")).execute().await?;
    tx.commit().await?;
    ensure_eq!(other.query(&select).fetch_one::<i64>().await?, 11, "the counter");
    Ok(())
}

pub(super) async fn a_read_committed_transaction_sees_one_snapshot(subject: &Subject<Sql>) -> Verdict {
    let (table, other) = (subject.counters(1).await?, subject.open_another().await?);
    let select = format!("select n from {table}");
    let weak = Begin::new().isolation(Isolation::ReadCommitted).read_only();
    let mut tx = subject.handle.begin(weak).await?;
    ensure_eq!(tx.query(&select).fetch_one::<i64>().await?, 0, "what it sees at first");
    other.query(format!("update {table} set n = 1")).execute().await?;
    ensure_eq!(tx.query(&select).fetch_one::<i64>().await?, 0, "what it sees when others have committed");
    tx.commit().await?;
    ensure_eq!(subject.handle.query(&select).fetch_one::<i64>().await?, 1, "what is there afterwards");
    Ok(())
}
