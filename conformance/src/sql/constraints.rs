//! Constraints: a row that breaks one is a conflict, and isn't there afterwards.

use bedplate_core::ErrorKind;
use bedplate_core::sql::Sql;

use super::scene::count;
use crate::case::{Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

async fn conflicts(subject: &Subject<Sql>, table: &str, text: &str, what: &str) -> Verdict {
    let before = count(&subject.handle, table).await?;
    refused(subject.handle.query(text).execute().await, ErrorKind::Conflict, what)?;
    refused(subject.handle.query(text).fetch_rows().await, ErrorKind::Conflict, what)?;
    ensure_eq!(count(&subject.handle, table).await?, before, "rows after {what}");
    Ok(())
}

pub(super) async fn a_second_row_with_a_unique_value_is_a_conflict(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "id bigint not null primary key, email varchar(100) unique").await?;
    subject.handle.query(format!("insert into {table} (id, email) values (1, 'a')")).execute().await?;
    conflicts(subject, &table, &format!("insert into {table} (id, email) values (1, 'b')"), "a second key")
        .await?;
    conflicts(
        subject,
        &table,
        &format!("insert into {table} (id, email) values (2, 'a')"),
        "a second e-mail",
    )
    .await?;
    // Of several rows in one statement, none stays.
    conflicts(
        subject,
        &table,
        &format!("insert into {table} (id, email) values (3, 'c'), (3, 'd')"),
        "two at once",
    )
    .await
}

pub(super) async fn a_row_without_its_parent_is_a_conflict(subject: &Subject<Sql>) -> Verdict {
    let parent = subject.counters(1).await?;
    let child = subject
        .table("child", &format!("id bigint not null primary key, parent bigint references {parent} (id)"))
        .await?;
    conflicts(subject, &child, &format!("insert into {child} (id, parent) values (1, 77)"), "no parent")
        .await?;
    subject.handle.query(format!("insert into {child} (id, parent) values (1, 0)")).execute().await?;
    conflicts(subject, &parent, &format!("delete from {parent} where id = 0"), "a parent with a child").await
}

pub(super) async fn null_where_none_may_be_is_a_conflict(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "id bigint not null primary key, v text not null").await?;
    conflicts(subject, &table, &format!("insert into {table} (id, v) values (1, null)"), "NULL").await?;
    conflicts(subject, &table, &format!("insert into {table} (id) values (1)"), "no value").await
}

pub(super) async fn a_row_that_fails_a_check_is_a_conflict(subject: &Subject<Sql>) -> Verdict {
    let table =
        subject.table("t", "id bigint not null primary key, left_over bigint check (left_over >= 0)").await?;
    conflicts(
        subject,
        &table,
        &format!("insert into {table} (id, left_over) values (1, -1)"),
        "a failed check",
    )
    .await?;
    subject.handle.query(format!("insert into {table} (id, left_over) values (1, 1)")).execute().await?;
    refused(
        subject.handle.query(format!("update {table} set left_over = left_over - 2")).execute().await,
        ErrorKind::Conflict,
        "an update that fails a check",
    )?;
    let left: i64 = subject.handle.query(format!("select left_over from {table}")).fetch_one().await?;
    ensure_eq!(left, 1, "what is left over");
    Ok(())
}

pub(super) async fn an_error_shows_no_value(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "id bigint not null primary key, email varchar(100) unique").await?;
    let insert = format!("insert into {table} (id, email) values ($1, $2)");
    let row = |id: i64| subject.handle.query(&insert).bind(id).bind("somebody@example.org").execute();
    row(4_711_001).await?;
    for id in [4_711_001, 4_711_002] {
        let error = refused(row(id).await, ErrorKind::Conflict, "a row that is there")?;
        let shown = format!("{error:?}");
        ensure!(!shown.contains("somebody") && !shown.contains("4711"), "a value stands in `{shown}`");
    }
    Ok(())
}
