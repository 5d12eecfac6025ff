//! What a column takes that isn't of its type.

use bedplate_core::ErrorKind;
use bedplate_core::sql::Sql;

use super::scene::count;
use crate::case::{Subject, Verdict, refused};
use crate::ensure_eq;

/// Literals that can't be of a column's type.
const MISFITS: [(&str, &str); 6] = [
    ("n", "'word'"),
    ("n", "''"),
    ("small", "100000"),
    ("price", "'1.5 euros'"),
    ("price", "12345678901"),
    ("day", "'2024-02-30'"),
];

async fn table(subject: &Subject<Sql>) -> bedplate_core::Result<String> {
    subject.table("t", "n bigint, small smallint, price numeric(10, 2), day date").await
}

pub(super) async fn a_column_refuses_what_is_not_of_its_type(subject: &Subject<Sql>) -> Verdict {
    let (sql, table) = (&subject.handle, table(subject).await?);
    sql.query(format!("insert into {table} (n, small, price, day) values (1, 2, 1.5, '2024-02-29')"))
        .execute()
        .await?;
    for (column, literal) in MISFITS {
        let insert = format!("insert into {table} ({column}) values ({literal})");
        refused(sql.query(&insert).execute().await, ErrorKind::InvalidInput, &insert)?;
        let update = format!("update {table} set {column} = {literal}");
        refused(sql.query(&update).execute().await, ErrorKind::InvalidInput, &update)?;
    }
    let bound = sql.query(format!("insert into {table} (n) values ($1)")).bind("word").execute().await;
    refused(bound, ErrorKind::InvalidInput, "a word for a number")?;
    ensure_eq!(count(sql, &table).await?, 1, "rows");
    let row: (i64, i64) = sql.query(format!("select n, small from {table}")).fetch_one().await?;
    ensure_eq!(row, (1, 2), "the row");
    Ok(())
}

/// It takes everything, and what it took is there as it was.
pub(super) async fn a_column_takes_what_is_not_of_its_type(subject: &Subject<Sql>) -> Verdict {
    let (sql, table) = (&subject.handle, table(subject).await?);
    for (column, literal) in MISFITS {
        sql.query(format!("insert into {table} ({column}) values ({literal})")).execute().await?;
    }
    ensure_eq!(count(sql, &table).await?, MISFITS.len() as i64, "rows");
    let words: Vec<String> =
        sql.query(format!("select n from {table} where n is not null order by n desc")).fetch_all().await?;
    ensure_eq!(words, ["word", ""], "what a column of numbers has taken");
    Ok(())
}
