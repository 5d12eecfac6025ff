//! The promises in which engines differ, each from both sides; tenants have a file of their own.

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Sql, ValueKind};
use rust_decimal::Decimal;

use super::scene::{count, joined};
use crate::case::{Failure, Subject, Verdict, eventually};
use crate::{ensure, ensure_eq};

pub(super) async fn writers_of_different_rows_do_not_wait(subject: &Subject<Sql>) -> Verdict {
    let (table, other) = (subject.counters(2).await?, subject.open_another().await?);
    let update = |id: i64| format!("update {table} set n = n + 1 where id = {id}");
    let mut first = subject.handle.begin(Begin::new()).await?;
    first.query(update(0)).execute().await?;
    // waits: for a second writer that should need no time at all; the first one is in its transaction meanwhile.
    let limit = std::time::Duration::from_secs(4);
    let second = async {
        let mut second = other.begin(Begin::new()).await?;
        second.query(update(1)).execute().await?;
        second.commit().await
    };
    match tokio::time::timeout(limit, second).await {
        Ok(result) => result?,
        Err(_) => return Err(Failure("a second writer waited for the first one".into())),
    }
    first.commit().await?;
    let sum: Vec<i64> =
        subject.handle.query(format!("select n from {table} order by id")).fetch_all().await?;
    ensure_eq!(sum, [1, 1], "the counters");
    Ok(())
}

pub(super) async fn a_second_writer_waits_for_the_first(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(2).await?;
    let mut first = subject.handle.begin(Begin::new()).await?;
    first.query(format!("update {table} set n = 1 where id = 0")).execute().await?;
    let (sql, update) = (subject.handle.clone(), format!("update {table} set n = n + 10"));
    let second = tokio::spawn(async move {
        let mut second = sql.begin(Begin::new()).await?;
        second.query(update).execute().await?;
        second.commit().await
    });
    eventually("a second writer waits, or has ended", || async {
        Ok(subject.handle.pool().waiting > 0 || second.is_finished())
    })
    .await?;
    ensure!(!second.is_finished(), "a second writer did not wait for the first one");
    first.commit().await?;
    joined(second).await?;
    let found: Vec<i64> =
        subject.handle.query(format!("select n from {table} order by id")).fetch_all().await?;
    ensure_eq!(found, [11, 10], "the counters after both");
    Ok(())
}

pub(super) async fn a_created_table_is_rolled_back(subject: &Subject<Sql>) -> Verdict {
    let (table, created) = (subject.counters(1).await?, subject.name("created"));
    let mut tx = subject.handle.begin(Begin::new()).await?;
    tx.query(format!("create table {created} (a bigint)")).execute().await?;
    tx.query(format!("insert into {created} (a) values (1)")).execute().await?;
    tx.query(format!("alter table {table} add column added bigint")).execute().await?;
    tx.rollback().await?;
    let schema = subject.handle.schema().await?;
    ensure!(schema.table(&created).is_none(), "a table that was created and rolled back is there");
    let columns = schema.table(&table).map(|table| table.columns.len());
    ensure_eq!(columns, Some(2), "columns after an added one was rolled back");
    Ok(())
}

pub(super) async fn a_created_table_stays_after_a_rollback(subject: &Subject<Sql>) -> Verdict {
    let created = subject.name("created");
    let mut tx = subject.handle.begin(Begin::new()).await?;
    tx.query(format!("create table {created} (a bigint)")).execute().await?;
    tx.rollback().await?;
    let stays = subject.handle.schema().await?.table(&created).is_some();
    ensure!(stays, "the engine rolls a created table back, and so keeps a promise that it refuses");
    Ok(())
}

pub(super) async fn updates_and_deletes_return_their_rows(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(3).await?;
    let update = format!("update {table} set n = id * 10 where id > 0 returning id, n");
    let mut updated: Vec<(i64, i64)> = subject.handle.query(update).fetch_all().await?;
    updated.sort_unstable();
    ensure_eq!(updated, [(1, 10), (2, 20)], "the updated rows");
    let delete = format!("delete from {table} where id = $1 returning n");
    ensure_eq!(subject.handle.query(delete).bind(2).fetch_one::<i64>().await?, 20, "the deleted row");
    // What returns rows has happened, even where nobody reads them all.
    let rows = subject.handle.query(format!("delete from {table} returning id")).stream::<i64>().await?;
    drop(rows);
    eventually("no rows", || async { Ok(count(&subject.handle, &table).await? == 0) }).await
}

pub(super) async fn an_update_that_returns_rows_is_refused(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    let update = format!("update {table} set n = 1 returning id");
    match subject.handle.query(update).fetch_rows().await {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {}
        Err(error) => return Err(error.into()),
        Ok(_) => {
            return Err(Failure(
                "the engine returns updated rows, and so keeps a promise that it refuses".into(),
            ));
        }
    }
    let n: i64 = subject.handle.query(format!("select n from {table}")).fetch_one().await?;
    ensure_eq!(n, 0, "the row after a refused update");
    Ok(())
}

pub(super) async fn sums_and_products_of_decimals_are_exact(subject: &Subject<Sql>) -> Verdict {
    let table = decimals(subject).await?;
    let decimal = |text: &str| Decimal::from_str_exact(text).map_err(|why| Failure(why.to_string()));
    let sum: Decimal = subject.handle.query(format!("select sum(v) from {table}")).fetch_one().await?;
    ensure_eq!(sum, decimal("1.000000000000000001")?, "the sum");
    let product: Decimal =
        subject.handle.query(format!("select max(v * v) from {table}")).fetch_one().await?;
    ensure_eq!(product, decimal("0.01")?, "the product");
    let larger: i64 = subject
        .handle
        .query(format!("select count(*) from {table} where v > $1"))
        .bind(decimal("0.09")?)
        .fetch_one()
        .await?;
    ensure_eq!(larger, 10, "values that are larger");
    Ok(())
}

pub(super) async fn an_inexact_sum_is_not_read_as_a_decimal(subject: &Subject<Sql>) -> Verdict {
    let table = decimals(subject).await?;
    match subject.handle.query(format!("select sum(v) from {table}")).fetch_one::<Decimal>().await {
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        Err(error) => Err(error.into()),
        Ok(sum) => Err(Failure(format!(
            "the sum of decimals was read as {sum}, and the engine promises nothing about it"
        ))),
    }
}

/// Ten tenths and a very small number, which a float would lose.
async fn decimals(subject: &Subject<Sql>) -> Result<String, Failure> {
    let table = subject.table_of(ValueKind::Decimal).await?;
    for id in 0..11 {
        let value = if id < 10 { Decimal::new(1, 1) } else { Decimal::new(1, 18) };
        let insert = format!("insert into {table} (id, v) values ($1, $2)");
        subject.handle.query(insert).bind(id).bind(value).execute().await?;
    }
    Ok(table)
}
