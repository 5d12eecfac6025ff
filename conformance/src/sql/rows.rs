//! Rows: what becomes of them, and how they stream.

use bedplate_core::sql::{Begin, Sql, Value};
use bedplate_core::{ErrorKind, Result};
use serde::Deserialize;

use super::scene::count;
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

const MANY: i64 = 100_000;

pub(super) async fn one_row_where_one_is_expected(subject: &Subject<Sql>) -> Verdict {
    let (sql, table) = (&subject.handle, subject.counters(2).await?);
    let (one, none, all) = (
        format!("select id from {table} where id = 1"),
        format!("select id from {table} where id = 9"),
        format!("select id from {table} order by id"),
    );
    ensure_eq!(sql.query(&one).fetch_one::<i64>().await?, 1, "the row");
    ensure_eq!(sql.query(&one).fetch_optional::<i64>().await?, Some(1), "the row");
    ensure_eq!(sql.query(&none).fetch_optional::<i64>().await?, None, "no row");
    ensure_eq!(sql.query(&all).fetch_all::<i64>().await?, [0, 1], "all rows");
    ensure_eq!(sql.query(&none).fetch_all::<i64>().await?.len(), 0, "rows of none");
    refused(sql.query(&none).fetch_one::<i64>().await, ErrorKind::NotFound, "one of none")?;
    refused(sql.query(&all).fetch_one::<i64>().await, ErrorKind::InvalidInput, "one of two")?;
    refused(sql.query(&all).fetch_optional::<i64>().await, ErrorKind::InvalidInput, "one or none of two")?;
    Ok(())
}

#[derive(Debug, PartialEq, Deserialize)]
struct Named {
    b: String,
    a: i64,
}

pub(super) async fn rows_become_structs_and_tuples(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "a bigint, b text").await?;
    subject.handle.query(format!("insert into {table} (a, b) values (1, 'x'), (2, 'y')")).execute().await?;
    let select = format!("select a, b from {table} order by a");
    let tuples: Vec<(i64, String)> = subject.handle.query(&select).fetch_all().await?;
    ensure_eq!(tuples, [(1, "x".to_string()), (2, "y".to_string())], "tuples");
    let structs: Vec<Named> = subject.handle.query(&select).fetch_all().await?;
    ensure_eq!(structs[1], Named { a: 2, b: "y".into() }, "a struct");
    let rows =
        subject.handle.query(format!("select a as first, b as second from {table}")).fetch_rows().await?;
    ensure_eq!(rows[0].columns(), ["first".to_string(), "second".to_string()], "the columns' names");
    refused(
        subject.handle.query(&select).fetch_all::<(i64,)>().await,
        ErrorKind::InvalidInput,
        "a column too many",
    )?;
    Ok(())
}

pub(super) async fn an_execution_tells_how_many_rows_it_changed(subject: &Subject<Sql>) -> Verdict {
    let sql = &subject.handle;
    let table = subject.table("t", "a bigint, b bigint").await?;
    let changed = async |text: String| sql.query(text).execute().await;
    ensure_eq!(
        changed(format!("insert into {table} (a, b) values (1, 1), (2, 2), (3, 3)")).await?,
        3,
        "inserted"
    );
    ensure_eq!(changed(format!("update {table} set b = 0 where a > 1")).await?, 2, "updated");
    ensure_eq!(
        changed(format!("update {table} set b = 5 where a > 100")).await?,
        0,
        "updated, where none was"
    );
    ensure_eq!(changed(format!("select a from {table}")).await?, 0, "changed by reading");
    let other = subject.name("other");
    ensure_eq!(changed(format!("create table {other} (a bigint)")).await?, 0, "changed by a new table");
    ensure_eq!(changed(format!("delete from {table}")).await?, 3, "deleted");
    let mut tx = sql.begin(Begin::new()).await?;
    ensure_eq!(
        tx.query(format!("insert into {table} (a) values (1)")).execute().await?,
        1,
        "in a transaction"
    );
    ensure_eq!(
        tx.query(format!("create table {other}2 (a bigint)")).execute().await?,
        0,
        "by a new table there"
    );
    tx.commit().await?;
    Ok(())
}

async fn many(subject: &Subject<Sql>) -> Result<String> {
    let table = subject.table("many", "id bigint not null primary key, v text").await?;
    let fill = format!(
        "insert into {table} (id, v) with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {MANY}) \
         select n, 'row' from numbers"
    );
    subject.handle.query(fill).execute().await?;
    Ok(table)
}

/// Sets of values for counters, from one id to another.
fn sets(ids: std::ops::Range<i64>) -> impl Iterator<Item = Vec<Value>> {
    ids.map(|id| vec![id.into(), (id * 2).into()])
}

pub(super) async fn a_statement_runs_once_for_each_set_of_values(subject: &Subject<Sql>) -> Verdict {
    let (sql, table) = (&subject.handle, subject.counters(0).await?);
    let insert = format!("insert into {table} (id, n) values ($1, $2)");
    ensure_eq!(sql.query(&insert).execute_each(sets(0..1_000)).await?, 1_000, "rows of a thousand sets");
    ensure_eq!(sql.query(&insert).execute_each(Vec::new()).await?, 0, "rows of no set");
    // The last set finds no row, and what is bound already comes first.
    let update = format!("update {table} set n = n + $1 where id = $2");
    let ids = [0, 1, 999, 1_000].map(|id: i64| vec![id.into()]);
    let mut tx = sql.begin(Begin::new()).await?;
    ensure_eq!(tx.query(&update).bind(7).execute_each(ids).await?, 3, "rows of four sets in a transaction");
    tx.commit().await?;
    let found: Vec<(i64, i64)> =
        sql.query(format!("select id, n from {table} where n <> id * 2 order by id")).fetch_all().await?;
    ensure_eq!(found, [(0, 7), (1, 9), (999, 2_005)], "the rows that were changed");
    ensure_eq!(count(sql, &table).await?, 1_000, "rows");
    let too_few = sql.query(&insert).execute_each([vec![1_001.into()]]).await;
    refused(too_few, ErrorKind::InvalidInput, "a set with too few values")?;
    Ok(())
}

pub(super) async fn a_set_of_values_that_fails_undoes_all_of_them(subject: &Subject<Sql>) -> Verdict {
    let (sql, table) = (&subject.handle, subject.counters(0).await?);
    let insert = format!("insert into {table} (id, n) values ($1, $2)");
    // It fails at its end, when hundreds were run already.
    let failing = || sets(0..700).chain(sets(650..651)).chain(sets(700..900));
    refused(
        sql.query(&insert).execute_each(failing()).await,
        ErrorKind::Conflict,
        "a set that is there already",
    )?;
    ensure_eq!(count(sql, &table).await?, 0, "rows after a set failed");
    let mut tx = sql.begin(Begin::new()).await?;
    refused(
        tx.query(&insert).execute_each(failing()).await,
        ErrorKind::Conflict,
        "the same in a transaction",
    )?;
    refused(tx.query(&insert).bind(1).bind(1).execute().await, ErrorKind::Conflict, "a statement behind it")?;
    tx.rollback().await?;
    ensure_eq!(count(sql, &table).await?, 0, "rows after the transaction");
    ensure_eq!(sql.query(&insert).execute_each(sets(0..10)).await?, 10, "rows of sets that are fine");
    Ok(())
}

pub(super) async fn a_hundred_thousand_rows_stream_in_order(subject: &Subject<Sql>) -> Verdict {
    let table = many(subject).await?;
    let mut rows = subject
        .handle
        .query(format!("select id, v from {table} order by id"))
        .stream::<(i64, String)>()
        .await?;
    let mut next = 1;
    while let Some((id, _)) = rows.next().await? {
        ensure_eq!(id, next, "the next row");
        next += 1;
    }
    ensure_eq!(next, MANY + 1, "rows");
    Ok(())
}

pub(super) async fn a_stream_that_is_dropped_early_leaves_everything_usable(
    subject: &Subject<Sql>,
) -> Verdict {
    let table = many(subject).await?;
    let rounds = subject.handle.pool().limit * 2 + 1;
    for round in 0..rounds {
        let mut rows =
            subject.handle.query(format!("select id from {table} order by id")).stream::<i64>().await?;
        ensure_eq!(rows.next().await?, Some(1), "the first row in round {round}");
        drop(rows);
        ensure_eq!(count(&subject.handle, &table).await?, MANY, "rows in round {round}");
    }
    Ok(())
}

pub(super) async fn a_stream_that_is_dropped_early_leaves_its_transaction_usable(
    subject: &Subject<Sql>,
) -> Verdict {
    let table = many(subject).await?;
    let mut tx = subject.handle.begin(Begin::new()).await?;
    tx.query(format!("insert into {table} (id) values (0)")).execute().await?;
    let mut rows = tx.query(format!("select id from {table} order by id")).stream::<i64>().await?;
    ensure_eq!(rows.next().await?, Some(0), "the first row");
    drop(rows);
    let found: i64 = tx.query(format!("select count(*) from {table}")).fetch_one().await?;
    ensure_eq!(found, MANY + 1, "rows in the transaction");
    tx.commit().await?;
    ensure_eq!(count(&subject.handle, &table).await?, MANY + 1, "rows after the commit");
    Ok(())
}

pub(super) async fn an_error_in_the_middle_of_a_stream_is_told(subject: &Subject<Sql>) -> Verdict {
    let table = many(subject).await?;
    subject.handle.query(format!("update {table} set v = '-' where id = 50000")).execute().await?;
    // Every engine computes it row by row; the smallest whole number has no positive twin.
    let select = format!(
        "select case when v = '-' then abs(-9223372036854775807 - 1 + id - id) else id end from {table} order by id"
    );
    let mut rows = subject.handle.query(select).stream::<i64>().await?;
    let mut read = 0;
    let error = loop {
        match rows.next().await {
            Ok(Some(_)) => read += 1,
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    ensure!(error.is_some(), "a stream of {MANY} rows ended after {read} as if that were all");
    drop(rows);
    ensure_eq!(count(&subject.handle, &table).await?, MANY, "rows afterwards");
    Ok(())
}
