//! Transactions happen as a whole or not at all.

use std::time::Duration;

use bedplate_core::sql::{Begin, Sql};
use bedplate_core::{Error, ErrorKind};

use super::scene::count;
use crate::case::{Failure, Subject, Verdict, eventually, refused};
use crate::ensure_eq;

/// A statement that no machine finishes while it is watched.
pub(super) const ENDLESS: &str = "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 1000000000) \
                       select count(*) from numbers";

pub(super) async fn a_commit_is_seen_by_everyone(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(0).await?;
    let mut tx = subject.handle.begin(Begin::new()).await?;
    for id in 0..3 {
        tx.query(format!("insert into {table} (id, n) values ($1, 0)")).bind(id).execute().await?;
    }
    tx.commit().await?;
    ensure_eq!(count(&subject.handle, &table).await?, 3, "rows after the commit");
    ensure_eq!(count(&subject.open_another().await?, &table).await?, 3, "rows that another handle sees");
    Ok(())
}

pub(super) async fn a_rollback_undoes_everything(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(2).await?;
    let mut tx = subject.handle.begin(Begin::new()).await?;
    tx.query(format!("insert into {table} (id, n) values (7, 7)")).execute().await?;
    tx.query(format!("update {table} set n = 5 where id = 0")).execute().await?;
    tx.query(format!("delete from {table} where id = 1")).execute().await?;
    let inside: Vec<(i64, i64)> =
        tx.query(format!("select id, n from {table} order by id")).fetch_all().await?;
    ensure_eq!(inside, [(0, 5), (7, 7)], "what the transaction sees of itself");
    tx.rollback().await?;
    let after: Vec<(i64, i64)> =
        subject.handle.query(format!("select id, n from {table} order by id")).fetch_all().await?;
    ensure_eq!(after, [(0, 0), (1, 0)], "what is there after the rollback");
    Ok(())
}

pub(super) async fn a_dropped_transaction_is_rolled_back(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(0).await?;
    // More often than there are connections, so that each of them has had one.
    for id in 0..subject.handle.pool().limit as i64 * 2 + 1 {
        let mut tx = subject.handle.begin(Begin::new()).await?;
        tx.query(format!("insert into {table} (id, n) values ($1, 0)")).bind(id).execute().await?;
        drop(tx);
    }
    subject.handle.query(format!("insert into {table} (id, n) values (-1, 0)")).execute().await?;
    eventually("every connection is given back", || async {
        let pool = subject.handle.pool();
        Ok(pool.idle == pool.open)
    })
    .await?;
    ensure_eq!(count(&subject.handle, &table).await?, 1, "rows, of which one was written outside of them");
    Ok(())
}

pub(super) async fn after_a_failed_statement_only_a_rollback_helps(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    let insert = format!("insert into {table} (id, n) values ($1, 0)");
    let mut tx = subject.handle.begin(Begin::new()).await?;
    tx.query(&insert).bind(1).execute().await?;
    refused(tx.query(&insert).bind(0).execute().await, ErrorKind::Conflict, "a key that is taken")?;
    refused(
        tx.query(&insert).bind(2).execute().await,
        ErrorKind::Conflict,
        "a statement after a failed one",
    )?;
    refused(
        tx.query("select 1").fetch_one::<i64>().await,
        ErrorKind::Conflict,
        "a query after a failed one",
    )?;
    refused(tx.script("select 1").await, ErrorKind::Conflict, "a script after a failed one")?;
    refused(tx.commit().await, ErrorKind::Conflict, "a commit after a failed statement")?;
    ensure_eq!(count(&subject.handle, &table).await?, 1, "rows afterwards");
    Ok(())
}

pub(super) async fn a_savepoint_undoes_its_own_part_only(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    let insert = format!("insert into {table} (id, n) values ($1, 0)");
    let mut tx = subject.handle.begin(Begin::new()).await?;
    tx.query(&insert).bind(1).execute().await?;
    let failing = insert.clone();
    let result = tx
        .savepoint(|tx| {
            Box::pin(async move {
                tx.query(&failing).bind(2).execute().await?;
                tx.query(&failing).bind(0).execute().await
            })
        })
        .await;
    refused(result, ErrorKind::Conflict, "a key that is taken")?;
    tx.query(&insert).bind(3).execute().await?;
    tx.commit().await?;
    let ids: Vec<i64> =
        subject.handle.query(format!("select id from {table} order by id")).fetch_all().await?;
    ensure_eq!(ids, [0, 1, 3], "the rows");
    Ok(())
}

pub(super) async fn savepoints_stand_inside_each_other(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(0).await?;
    let insert = format!("insert into {table} (id, n) values ($1, 0)");
    let mut tx = subject.handle.begin(Begin::new()).await?;
    let text = insert.clone();
    tx.savepoint(|tx| {
        Box::pin(async move {
            tx.query(&text).bind(1).execute().await?;
            let inner = text.clone();
            let undone: Result<(), Error> = tx
                .savepoint(|tx| {
                    Box::pin(async move {
                        tx.query(&inner).bind(2).execute().await?;
                        Err(Error::invalid("given up"))
                    })
                })
                .await;
            assert_given_up(undone)?;
            tx.query(&text).bind(3).execute().await
        })
    })
    .await?;
    tx.commit().await?;
    let ids: Vec<i64> =
        subject.handle.query(format!("select id from {table} order by id")).fetch_all().await?;
    ensure_eq!(ids, [1, 3], "the rows");
    Ok(())
}

fn assert_given_up(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(error) if error.message() == "given up" => Ok(()),
        Err(error) => Err(error),
        Ok(()) => Err(Error::new(ErrorKind::Internal, "a failure inside of a savepoint was lost")),
    }
}

pub(super) async fn a_statement_cannot_begin_or_end_a_transaction(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(0).await?;
    for text in
        ["begin", "BEGIN", "/* x */ commit", "rollback", "-- x\nend", "start transaction", "savepoint a"]
    {
        refused(subject.handle.query(text).execute().await, ErrorKind::InvalidInput, text)?;
    }
    let mut tx = subject.handle.begin(Begin::new()).await?;
    tx.query(format!("insert into {table} (id, n) values (1, 0)")).execute().await?;
    for text in ["commit", "rollback", "begin", "end"] {
        refused(tx.query(text).execute().await, ErrorKind::InvalidInput, text)?;
    }
    tx.rollback().await?;
    ensure_eq!(count(&subject.handle, &table).await?, 0, "rows after the rollback");
    Ok(())
}

pub(super) async fn a_script_happens_as_a_whole_or_not_at_all(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(0).await?;
    let insert =
        |id: i64| format!("insert into {table} (id, n) values ({id}, 0);\n-- a comment; with a semicolon\n");
    let mut tx = subject.handle.begin(Begin::new()).await?;
    tx.script(&[insert(1), insert(2), "select ';' as \"a;b\";".into(), insert(3)].concat()).await?;
    tx.script("  -- nothing but a comment\n;;").await?;
    tx.commit().await?;
    ensure_eq!(count(&subject.handle, &table).await?, 3, "rows after a script");
    let mut tx = subject.handle.begin(Begin::new()).await?;
    let failing = [insert(4), insert(1), insert(5)].concat();
    refused(tx.script(&failing).await, ErrorKind::Conflict, "a script with a key that is taken")?;
    drop(tx);
    ensure_eq!(count(&subject.handle, &table).await?, 3, "rows after a script that failed");
    Ok(())
}

pub(super) async fn a_script_cannot_end_its_transaction_unnoticed(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(0).await?;
    for end in ["commit", "rollback"] {
        let mut tx = subject.handle.begin(Begin::new()).await?;
        let script = format!("insert into {table} (id, n) values (1, 0); delete from {table}; {end};");
        refused(tx.script(&script).await, ErrorKind::InvalidInput, "a script that ends its transaction")?;
        refused(tx.commit().await, ErrorKind::Conflict, "a commit after it")?;
    }
    Ok(())
}

pub(super) async fn an_abandoned_transaction_leaves_nothing(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(0).await?;
    let (sql, text) = (subject.handle.clone(), format!("insert into {table} (id, n) values (1, 0)"));
    let (written, has_written) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        let mut tx = sql.begin(Begin::new()).await?;
        tx.query(text).execute().await?;
        let _ = written.send(());
        std::future::pending::<()>().await;
        tx.commit().await
    });
    has_written.await.map_err(|_| Failure("the task ended before it wrote".into()))?;
    task.abort();
    subject.handle.query(format!("insert into {table} (id, n) values (2, 0)")).execute().await?;
    let ids: Vec<i64> = subject.handle.query(format!("select id from {table}")).fetch_all().await?;
    ensure_eq!(ids, [2], "the rows");
    Ok(())
}

pub(super) async fn an_abandoned_statement_breaks_its_transaction(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(0).await?;
    // waits: so long that the statement has certainly begun; it would go on for minutes.
    let moment = Duration::from_millis(50);
    let mut tx = subject.handle.begin(Begin::new()).await?;
    tx.query(format!("insert into {table} (id, n) values (1, 0)")).execute().await?;
    let abandoned = tokio::time::timeout(moment, tx.query(ENDLESS).fetch_one::<i64>()).await;
    crate::ensure!(abandoned.is_err(), "a statement without an end has ended");
    refused(
        tx.query("select 1").fetch_one::<i64>().await,
        ErrorKind::Conflict,
        "a query after an abandoned one",
    )?;
    refused(tx.commit().await, ErrorKind::Conflict, "a commit after an abandoned statement")?;
    ensure_eq!(count(&subject.handle, &table).await?, 0, "rows");
    // Outside of a transaction it stops too, and its connection can be used again.
    for _ in 0..subject.handle.pool().limit * 2 {
        let short = Duration::from_millis(5);
        let abandoned = tokio::time::timeout(short, subject.handle.query(ENDLESS).fetch_one::<i64>()).await;
        crate::ensure!(abandoned.is_err(), "a statement without an end has ended");
    }
    subject.handle.query(format!("insert into {table} (id, n) values (2, 0)")).execute().await?;
    ensure_eq!(count(&subject.handle, &table).await?, 1, "rows afterwards");
    Ok(())
}
