//! Names in statements: odd ones, missing ones, and ones that are taken.

use bedplate_core::ErrorKind;
use bedplate_core::sql::Sql;

use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

pub(super) async fn odd_names_work_quoted(subject: &Subject<Sql>) -> Verdict {
    let sql = &subject.handle;
    let quote = |name: &str| sql.dialect().quote(name);
    let odd =
        [" a b", "\"quoted\"", "it's", "Grüße 日本", "select", "-- x", ";", "%s", "$1", "`", "a.b", "Upper"];
    for (at, what) in odd.into_iter().enumerate() {
        let name = format!("{}_{at}{what}", subject.namespace);
        let (table, column) = (quote(&name), quote(what));
        sql.query(format!("create table {table} ({column} bigint)")).execute().await?;
        sql.query(format!("insert into {table} ({column}) values ($1)")).bind(at as i64).execute().await?;
        let rows = sql.query(format!("select {column} from {table}")).fetch_rows().await?;
        ensure_eq!(rows[0].columns(), [what.to_string()], "the column's name");
        let schema = sql.schema().await?;
        let found = schema.table(&name).and_then(|table| table.column(what));
        ensure!(found.is_some(), "the schema has no column `{what}` in a table `{name}`");
    }
    Ok(())
}

pub(super) async fn a_missing_table_is_not_found(subject: &Subject<Sql>) -> Verdict {
    let missing = subject.name("missing");
    let statements = [
        format!("select * from {missing}"),
        format!("delete from {missing}"),
        format!("drop table {missing}"),
    ];
    for text in statements {
        refused(subject.handle.query(&text).execute().await, ErrorKind::NotFound, &text)?;
        let error = refused(subject.handle.query(&text).fetch_rows().await, ErrorKind::NotFound, &text)?;
        ensure!(error.message().contains(&missing), "the table is not named: {error}");
    }
    Ok(())
}

pub(super) async fn a_missing_column_is_invalid(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    for text in [
        format!("select missing from {table}"),
        format!("select \"missing\" from {table}"),
        format!("update {table} set missing = 1"),
        format!("insert into {table} (missing) values (1)"),
    ] {
        let error = refused(subject.handle.query(&text).fetch_rows().await, ErrorKind::InvalidInput, &text)?;
        ensure!(error.message().contains("missing"), "the column is not named: {error}");
    }
    Ok(())
}

pub(super) async fn a_syntax_error_is_invalid(subject: &Subject<Sql>) -> Verdict {
    for text in ["selec 1", "select from from", "select 'open", "select (1", "insert into", ")"] {
        refused(subject.handle.query(text).fetch_rows().await, ErrorKind::InvalidInput, text)?;
        refused(subject.handle.query(text).execute().await, ErrorKind::InvalidInput, text)?;
    }
    subject.handle.ping().await?;
    Ok(())
}

pub(super) async fn a_table_that_exists_already_is_a_conflict(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    let again = subject.handle.query(format!("create table {table} (a bigint)")).execute().await;
    refused(again, ErrorKind::Conflict, "a second table of the same name")?;
    let again = subject.handle.query(format!("alter table {table} add column n bigint")).execute().await;
    refused(again, ErrorKind::Conflict, "a second column of the same name")?;
    Ok(())
}
