//! The promises about statements that write: what they return, and what becomes of a row that is there already.

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Sql};

use super::scene::{count, joined};
use crate::case::{Failure, Subject, Verdict, eventually};
use crate::ensure_eq;

pub(super) async fn inserts_return_their_rows(subject: &Subject<Sql>) -> Verdict {
    let table = subject
        .table("t", "id bigint not null primary key, n bigint not null default 7, v varchar(20)")
        .await?;
    let insert = format!("insert into {table} (id, v) values ($1, $2), ($3, $4) returning id, n, v as word");
    let rows: Vec<(i64, i64, Option<String>)> =
        subject.handle.query(&insert).bind(1).bind("a").bind(2).bind(None::<String>).fetch_all().await?;
    ensure_eq!(rows, [(1, 7, Some("a".to_string())), (2, 7, None)], "the inserted rows");
    let insert = format!("insert into {table} (id) values ($1) returning id");
    let mut tx = subject.handle.begin(Begin::new()).await?;
    ensure_eq!(tx.query(&insert).bind(3).fetch_one::<i64>().await?, 3, "the row of a transaction");
    tx.rollback().await?;
    ensure_eq!(count(&subject.handle, &table).await?, 2, "rows after a rollback");
    // What returns rows has happened, even where nobody reads them all.
    drop(subject.handle.query(&insert).bind(4).stream::<i64>().await?);
    eventually("the row of a dropped stream", || async { Ok(count(&subject.handle, &table).await? == 3) })
        .await
}

pub(super) async fn an_insert_that_returns_rows_is_refused(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(0).await?;
    let insert = format!("insert into {table} (id, n) values (1, 1) returning id");
    is_refused(subject, &insert, "returns inserted rows").await?;
    ensure_eq!(count(&subject.handle, &table).await?, 0, "rows after a refused insert");
    Ok(())
}

pub(super) async fn an_insert_says_what_becomes_of_a_row_that_is_there(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(2).await?;
    let on_conflict = format!("insert into {table} (id, n) values ($1, $2) on conflict");
    let run = async |rest: &str, id: i64, n: i64| {
        subject.handle.query(format!("{on_conflict} {rest}")).bind(id).bind(n).execute().await
    };
    ensure_eq!(run("(id) do nothing", 0, 9).await?, 0, "rows that change where nothing is to be done");
    ensure_eq!(run("do nothing", 2, 2).await?, 1, "rows that change where the row is new");
    ensure_eq!(run("(id) do update set n = excluded.n", 1, 5).await?, 1, "rows that are updated");
    let add = format!("(id) do update set n = {table}.n + excluded.n where excluded.n > 0");
    ensure_eq!(run(&add, 1, 10).await?, 1, "rows that are added to");
    ensure_eq!(run(&add, 1, -1).await?, 0, "rows whose condition doesn't hold");
    let rows: Vec<(i64, i64)> =
        subject.handle.query(format!("select id, n from {table} order by id")).fetch_all().await?;
    ensure_eq!(rows, [(0, 0), (1, 15), (2, 2)], "the rows");
    Ok(())
}

pub(super) async fn an_insert_on_conflict_is_refused(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    for rest in ["do nothing", "(id) do update set n = 5"] {
        let insert = format!("insert into {table} (id, n) values (0, 9) on conflict {rest}");
        is_refused(subject, &insert, "takes `on conflict`").await?;
    }
    let rows: Vec<(i64, i64)> =
        subject.handle.query(format!("select id, n from {table}")).fetch_all().await?;
    ensure_eq!(rows, [(0, 0)], "the rows after refused inserts");
    Ok(())
}

async fn is_refused(subject: &Subject<Sql>, text: &str, promise: &str) -> Verdict {
    match subject.handle.query(text).fetch_rows().await {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(Failure(format!("the engine {promise}, and so keeps a promise that it refuses"))),
    }
}

pub(super) async fn an_upsert_in_the_dialects_words_inserts_or_updates(subject: &Subject<Sql>) -> Verdict {
    let columns = "a bigint not null, b varchar(20) not null, n bigint, v varchar(20), primary key (a, b)";
    let table = subject.table("t", columns).await?;
    let (sql, dialect) = (&subject.handle, subject.handle.dialect());
    let upsert = dialect.upsert(&table, &["a", "b"], &["n", "v"]);
    for (b, n, v) in [("x", 1, "old"), ("y", 2, "other"), ("x", 3, "new")] {
        sql.query(&upsert).bind(1).bind(b).bind(n).bind(v).execute().await?;
    }
    let keep = dialect.upsert(&table, &["a", "b"], &[]);
    for b in ["y", "z"] {
        sql.query(&keep).bind(1).bind(b).execute().await?;
    }
    let rows: Vec<(String, Option<i64>, Option<String>)> =
        sql.query(format!("select b, n, v from {table} order by b")).fetch_all().await?;
    let row = |b: &str, n, v: Option<&str>| (b.to_string(), n, v.map(String::from));
    let expected = [row("x", Some(3), Some("new")), row("y", Some(2), Some("other")), row("z", None, None)];
    ensure_eq!(rows, expected, "the rows");
    // Many who write the same row at once all succeed.
    let tasks: Vec<_> = (0..8)
        .map(|n: i64| {
            let (sql, upsert) = (sql.clone(), upsert.clone());
            tokio::spawn(async move {
                sql.transaction(Begin::new(), 100, |tx| {
                    let upsert = upsert.clone();
                    Box::pin(async move {
                        tx.query(upsert).bind(2).bind("x").bind(n).bind("race").execute().await
                    })
                })
                .await
            })
        })
        .collect();
    for task in tasks {
        joined(task).await?;
    }
    ensure_eq!(count(sql, &table).await?, 4, "rows after the race");
    Ok(())
}

pub(super) async fn of_many_who_insert_one_key_a_single_one_succeeds(subject: &Subject<Sql>) -> Verdict {
    let (table, other) = (subject.counters(0).await?, subject.open_another().await?);
    for id in 0..5 {
        let tasks: Vec<_> = (0..8)
            .map(|n: i64| {
                let sql = if n % 2 == 0 { subject.handle.clone() } else { other.clone() };
                let insert = format!("insert into {table} (id, n) values ({id}, {n})");
                tokio::spawn(async move {
                    match sql.query(insert).execute().await {
                        Ok(_) => Ok(true),
                        Err(error) if error.kind() == ErrorKind::Conflict => Ok(false),
                        Err(error) => Err(error),
                    }
                })
            })
            .collect();
        let mut winners = 0;
        for task in tasks {
            winners += usize::from(joined(task).await?);
        }
        ensure_eq!(winners, 1, "tasks that inserted the key {id}");
    }
    ensure_eq!(count(&subject.handle, &table).await?, 5, "rows");
    Ok(())
}
