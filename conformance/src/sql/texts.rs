//! How values compare: texts by their bytes, and where NULL stands in an order.

use bedplate_core::ErrorKind;
use bedplate_core::sql::Sql;

use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Texts that are different by their bytes, in the order of their bytes. Each has another one that some collation takes for
/// the same, or puts on its other side.
const TEXTS: [&str; 16] =
    ["", " ", "-a", "10", "9", "A", "B", "a", "a ", "a  ", "ab", "b", "e\u{301}", "é", "ß", "\u{1f600}"];

/// A table with all of them, each unique.
async fn table_of_texts(subject: &Subject<Sql>) -> Result<String, Failure> {
    let table = subject.table("t", "v varchar(40) not null unique").await?;
    for text in TEXTS.iter().rev() {
        subject.handle.query(format!("insert into {table} (v) values ($1)")).bind(*text).execute().await?;
    }
    Ok(table)
}

pub(super) async fn texts_compare_by_their_bytes(subject: &Subject<Sql>) -> Verdict {
    let (sql, table) = (&subject.handle, table_of_texts(subject).await?);
    let mut expected = TEXTS;
    expected.sort_unstable();
    let found: Vec<String> = sql.query(format!("select v from {table} order by v")).fetch_all().await?;
    ensure_eq!(found, expected, "texts in order");
    for text in TEXTS {
        let equal = sql.query(format!("select v from {table} where v = $1")).bind(text);
        ensure_eq!(equal.fetch_all::<String>().await?, [text], "texts that are equal to {text:?}");
        let again = sql.query(format!("insert into {table} (v) values ($1)")).bind(text).execute().await;
        refused(again, ErrorKind::Conflict, text)?;
    }
    let groups: Vec<i64> = sql.query(format!("select count(*) from {table} group by v")).fetch_all().await?;
    ensure_eq!(groups, [1; TEXTS.len()], "rows of each group");
    let distinct: i64 = sql.query(format!("select count(distinct v) from {table}")).fetch_one().await?;
    ensure_eq!(distinct, TEXTS.len() as i64, "distinct texts");
    let between: Vec<String> = sql
        .query(format!("select v from {table} where v >= $1 and v < $2 order by v"))
        .bind("A")
        .bind("a")
        .fetch_all()
        .await?;
    ensure_eq!(between, ["A", "B"], "texts from A to before a");
    let like: Vec<String> =
        sql.query(format!("select v from {table} where v like $1 order by v")).bind("a%").fetch_all().await?;
    ensure_eq!(like, ["a", "a ", "a  ", "ab"], "texts that are like a and anything");
    let ends: (String, String) = sql.query(format!("select min(v), max(v) from {table}")).fetch_one().await?;
    ensure_eq!(ends, (String::new(), "\u{1f600}".to_string()), "the first and the last text");
    Ok(())
}

/// At least one of two texts is not where its bytes would put it, or is taken for another one.
pub(super) async fn texts_compare_otherwise_than_by_their_bytes(subject: &Subject<Sql>) -> Verdict {
    let table = match table_of_texts(subject).await {
        Ok(table) => table,
        Err(failure) if failure.0.contains("[conflict]") => return Ok(()),
        Err(failure) => return Err(failure),
    };
    let mut by_bytes = TEXTS;
    by_bytes.sort_unstable();
    let found: Vec<String> =
        subject.handle.query(format!("select v from {table} order by v")).fetch_all().await?;
    ensure!(
        found != by_bytes,
        "texts are in order by their bytes, which is a promise that the engine refuses"
    );
    Ok(())
}

/// The numbers 0 and 1 and NULL, in the order in which a statement gives them.
async fn ordered(subject: &Subject<Sql>, order: &str) -> Result<Vec<Option<i64>>, Failure> {
    let table = subject.name("t");
    Ok(subject.handle.query(format!("select v from {table} order by {order}")).fetch_all().await?)
}

async fn table_with_null(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table("t", "v bigint").await?;
    subject.handle.query(format!("insert into {table} (v) values (1), (null), (0)")).execute().await?;
    Ok(())
}

pub(super) async fn null_comes_first(subject: &Subject<Sql>) -> Verdict {
    table_with_null(subject).await?;
    ensure_eq!(ordered(subject, "v").await?, [None, Some(0), Some(1)], "in ascending order");
    ensure_eq!(ordered(subject, "v asc").await?, [None, Some(0), Some(1)], "in ascending order");
    ensure_eq!(ordered(subject, "v desc").await?, [Some(1), Some(0), None], "in descending order");
    Ok(())
}

pub(super) async fn null_comes_last(subject: &Subject<Sql>) -> Verdict {
    table_with_null(subject).await?;
    ensure_eq!(ordered(subject, "v").await?, [Some(0), Some(1), None], "in ascending order");
    ensure_eq!(ordered(subject, "v desc").await?, [None, Some(1), Some(0)], "in descending order");
    Ok(())
}

pub(super) async fn an_order_that_says_where_null_stands_is_kept(subject: &Subject<Sql>) -> Verdict {
    table_with_null(subject).await?;
    ensure_eq!(ordered(subject, "v is null, v").await?, [Some(0), Some(1), None], "NULL last");
    ensure_eq!(ordered(subject, "v is not null, v").await?, [None, Some(0), Some(1)], "NULL first");
    Ok(())
}
