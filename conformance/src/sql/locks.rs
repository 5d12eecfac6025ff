//! Locks between processes.

use std::time::{Duration, Instant};

use bedplate_core::ErrorKind;
use bedplate_core::sql::Sql;

use super::scene::joined;
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// How long a lock is waited for that is not going to be free.
const SHORT: Duration = Duration::from_millis(60);
const LONG: Duration = Duration::from_secs(20);

pub(super) async fn a_lock_excludes_every_other_handle(subject: &Subject<Sql>) -> Verdict {
    const TASKS: usize = 4;
    let (table, name) = (subject.counters(1).await?, subject.name("lock"));
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        let sql = if task % 2 == 0 { subject.handle.clone() } else { subject.open_another().await? };
        let (table, name) = (table.clone(), name.clone());
        tasks.push(tokio::spawn(async move {
            for _ in 0..3 {
                let _lock = sql.lock(&name, LONG).await?;
                // Two statements that nothing but the lock holds together.
                let n: i64 = sql.query(format!("select n from {table}")).fetch_one().await?;
                tokio::task::yield_now().await;
                sql.query(format!("update {table} set n = $1")).bind(n + 1).execute().await?;
            }
            Ok(())
        }));
    }
    for task in tasks {
        joined(task).await?;
    }
    let n: i64 = subject.handle.query(format!("select n from {table}")).fetch_one().await?;
    ensure_eq!(n, 3 * TASKS as i64, "the counter");
    Ok(())
}

pub(super) async fn a_lock_is_released_when_it_is_dropped(subject: &Subject<Sql>) -> Verdict {
    let (other, name) = (subject.open_another().await?, subject.name("lock"));
    for _ in 0..3 {
        let lock = subject.handle.lock(&name, LONG).await?;
        let (waiting, wanted) = (other.clone(), name.clone());
        let mut waiter = tokio::spawn(async move { waiting.lock(&wanted, LONG).await.map(drop) });
        // waits: as long as somebody who isn't kept out may need to come in.
        if let Ok(early) = tokio::time::timeout(SHORT, &mut waiter).await {
            joined(std::future::ready(early)).await?;
            return Err(Failure("a lock was taken twice".into()));
        }
        drop(lock);
        joined(waiter).await?;
    }
    Ok(())
}

pub(super) async fn a_lock_that_is_not_free_in_time_is_timed_out(subject: &Subject<Sql>) -> Verdict {
    let (other, name) = (subject.open_another().await?, subject.name("lock"));
    let held = subject.handle.lock(&name, LONG).await?;
    for sql in [&other, &subject.handle] {
        let started = Instant::now();
        // waits: as long as the contract says.
        refused(sql.lock(&name, SHORT).await, ErrorKind::TimedOut, "a lock that somebody holds")?;
        ensure!(started.elapsed() >= SHORT, "it gave up after {:?} of {SHORT:?}", started.elapsed());
        refused(sql.lock(&name, Duration::ZERO).await, ErrorKind::TimedOut, "a lock that is not waited for")?;
    }
    drop(held);
    other.lock(&name, LONG).await?;
    // Whoever gives up waiting leaves nothing behind.
    let held = subject.handle.lock(&name, LONG).await?;
    let given_up = tokio::time::timeout(SHORT, other.lock(&name, LONG)).await;
    ensure!(given_up.is_err(), "a lock was taken twice");
    drop(held);
    subject.handle.lock(&name, LONG).await?;
    Ok(())
}

pub(super) async fn locks_of_different_names_are_different(subject: &Subject<Sql>) -> Verdict {
    let odd = ["a", "b", "../x", "A", "ü", "a b", "'", "%61", "x/y", "..", "a.b"];
    let mut held = Vec::new();
    for name in odd {
        held.push(subject.handle.lock(&subject.name(name), Duration::ZERO).await?);
    }
    for name in odd {
        refused(subject.handle.lock(&subject.name(name), Duration::ZERO).await, ErrorKind::TimedOut, name)?;
    }
    Ok(())
}

pub(super) async fn a_name_that_is_no_lock_is_refused(subject: &Subject<Sql>) -> Verdict {
    refused(subject.handle.lock("", SHORT).await, ErrorKind::InvalidInput, "no name")?;
    refused(
        subject.handle.lock(&"x".repeat(65), SHORT).await,
        ErrorKind::InvalidInput,
        "a name of 65 bytes",
    )?;
    subject.handle.lock(&format!("{:x<64}", subject.name("")), SHORT).await?;
    Ok(())
}
