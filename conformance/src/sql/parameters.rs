//! Statements and the values that are bound to them.

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Sql, ValueKind};

use super::scene::count;
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn a_value_is_used_twice_and_out_of_order(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "a bigint, b text, c bigint").await?;
    let insert = format!("insert into {table} (c, b, a) values ($3, $1, $3)");
    refused(
        subject.handle.query(&insert).bind("x").bind(5).execute().await,
        ErrorKind::InvalidInput,
        "two values for $3",
    )?;
    let insert = format!("insert into {table} (c, b, a) values ($2, $1, $2)");
    subject.handle.query(insert).bind("x").bind(7).execute().await?;
    let row: (i64, String, i64) =
        subject.handle.query(format!("select a, b, c from {table}")).fetch_one().await?;
    ensure_eq!(row, (7, "x".to_string(), 7), "the row");
    Ok(())
}

pub(super) async fn a_missing_value_is_refused(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "a bigint, b bigint").await?;
    let insert = format!("insert into {table} (a, b) values ($1, $2)");
    refused(
        subject.handle.query(&insert).bind(1).execute().await,
        ErrorKind::InvalidInput,
        "one value for two",
    )?;
    refused(subject.handle.query(&insert).execute().await, ErrorKind::InvalidInput, "no value for two")?;
    ensure_eq!(count(&subject.handle, &table).await?, 0, "rows");
    Ok(())
}

pub(super) async fn a_superfluous_value_is_refused(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "a bigint").await?;
    let insert = format!("insert into {table} (a) values ($1)");
    refused(
        subject.handle.query(&insert).bind(1).bind(2).execute().await,
        ErrorKind::InvalidInput,
        "two values for one",
    )?;
    let constant = format!("insert into {table} (a) values (1)");
    refused(
        subject.handle.query(&constant).bind(1).execute().await,
        ErrorKind::InvalidInput,
        "a value for none",
    )?;
    ensure_eq!(count(&subject.handle, &table).await?, 0, "rows");
    Ok(())
}

pub(super) async fn a_gap_in_the_numbers_is_refused(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "a bigint, b bigint").await?;
    let insert = format!("insert into {table} (a, b) values ($1, $3)");
    let result = subject.handle.query(insert).bind(1).bind(2).bind(3).execute().await;
    refused(result, ErrorKind::InvalidInput, "$1 and $3 without $2")?;
    ensure_eq!(count(&subject.handle, &table).await?, 0, "rows");
    Ok(())
}

pub(super) async fn several_statements_in_one_are_refused(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "a bigint").await?;
    let two = format!("insert into {table} (a) values (1); insert into {table} (a) values (2)");
    refused(subject.handle.query(&two).execute().await, ErrorKind::InvalidInput, "two statements executed")?;
    let two = format!("select 1; delete from {table}");
    refused(
        subject.handle.query(&two).fetch_rows().await,
        ErrorKind::InvalidInput,
        "two statements queried",
    )?;
    ensure_eq!(count(&subject.handle, &table).await?, 0, "rows");
    subject.handle.query(format!("insert into {table} (a) values (1);")).execute().await?;
    ensure_eq!(count(&subject.handle, &table).await?, 1, "rows after one statement that ends in `;`");
    Ok(())
}

pub(super) async fn hostile_text_in_a_value_stays_a_value(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table_of(ValueKind::Text).await?;
    let hostile = [
        format!("x'); drop table {table}; --"),
        format!("x\\'); drop table {table}; --"),
        "' or '1'='1".to_string(),
        "$1".to_string(),
        "\"; select 1; \"".to_string(),
        "'||(select 1)||'".to_string(),
    ];
    for (id, text) in hostile.iter().enumerate() {
        let insert = format!("insert into {table} (id, v) values ($1, $2)");
        subject.handle.query(insert).bind(id as i64).bind(text).execute().await?;
        let select = format!("select v from {table} where v = $1");
        let found: Vec<String> = subject.handle.query(select).bind(text).fetch_all().await?;
        ensure_eq!(found, std::slice::from_ref(text), "the rows with this text");
    }
    ensure_eq!(count(&subject.handle, &table).await?, hostile.len() as i64, "rows");
    Ok(())
}

pub(super) async fn a_nul_in_a_statement_is_refused(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "a bigint").await?;
    let cut = format!("delete from {table}\0 where a = 1");
    subject.handle.query(format!("insert into {table} (a) values (2)")).execute().await?;
    refused(subject.handle.query(&cut).execute().await, ErrorKind::InvalidInput, "a NUL in a statement")?;
    ensure_eq!(count(&subject.handle, &table).await?, 1, "rows");
    Ok(())
}

pub(super) async fn as_many_values_as_the_limit_work_and_one_more_is_limited(
    subject: &Subject<Sql>,
) -> Verdict {
    let table = subject.counters(3).await?;
    let limit = subject.handle.features().max_parameters.unwrap_or(10_000);
    let select = |count: u64| {
        let places: Vec<String> = (1..=count).map(|place| format!("${place}")).collect();
        format!("select count(*) from {table} where id in ({})", places.join(", "))
    };
    let found: i64 = subject.handle.query(select(limit)).bind_all(0..limit as i64).fetch_one().await?;
    ensure_eq!(found, 3, "rows found with {limit} values");
    if subject.handle.features().max_parameters.is_some() {
        let result =
            subject.handle.query(select(limit + 1)).bind_all(0..=limit as i64).fetch_one::<i64>().await;
        let error = refused(result, ErrorKind::Limited, "one value more than the limit")?;
        ensure!(error.message().contains("max-parameters"), "the limit is not named: {error}");
    }
    Ok(())
}
