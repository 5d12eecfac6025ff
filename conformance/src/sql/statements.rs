//! Statements that are large, hostile, repeated, or too slow.

use std::time::Duration;

use bedplate_core::sql::{Begin, Sql, Value, ValueKind};
use bedplate_core::{Error, ErrorKind, GuardOptions};

use super::scene::count;
use super::transactions::ENDLESS;
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

const MEGABYTE: usize = 1 << 20;

pub(super) async fn hostile_statements_are_errors_and_break_nothing(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    let deep = |depth: usize| format!("select {}1{}", "(".repeat(depth), ")".repeat(depth));
    let statements = [
        deep(50_000),
        format!("select 1{}", " + 1".repeat(100_000)),
        format!("select {}1", "not ".repeat(50_000)),
        format!("select 'x{}", "x".repeat(MEGABYTE)),
        format!("select {}1", "/* ".repeat(100_000)),
        "select \"open".into(),
        "select 1 as `open".into(),
        "select $".into(),
        "select $0".into(),
        "select $99999999999999999999".into(),
        "select $tag$ open".into(),
        "select \u{202e}1\u{feff}".into(),
        "\\".into(),
        "select x'0".into(),
        format!("select * from {}", "x".repeat(100_000)),
        ";;;".into(),
        String::new(),
        "-- nothing".into(),
    ];
    for text in statements {
        let shown: String = text.chars().take(40).collect();
        let in_a_transaction = async {
            let mut tx = subject.handle.begin(Begin::new()).await?;
            let result = tx.query(&text).fetch_rows().await;
            tx.rollback().await?;
            result
        };
        for result in [subject.handle.query(&text).fetch_rows().await, in_a_transaction.await] {
            match result {
                Ok(rows) => ensure!(rows.len() <= 1, "{} rows of `{shown}`", rows.len()),
                Err(error) => ensure!(
                    matches!(
                        error.kind(),
                        ErrorKind::InvalidInput | ErrorKind::Limited | ErrorKind::NotFound
                    ),
                    "`{shown}`: {error:?}"
                ),
            }
        }
    }
    ensure_eq!(count(&subject.handle, &table).await?, 1, "rows afterwards");
    Ok(())
}

pub(super) async fn a_statement_of_a_megabyte_works(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table_of(ValueKind::Text).await?;
    let text = "wörd ''".repeat(MEGABYTE / 8);
    subject.handle.query(format!("insert into {table} (id, v) values (1, '{text}')")).execute().await?;
    let found: String = subject.handle.query(format!("select v from {table}")).fetch_one().await?;
    ensure!(found == text.replace("''", "'"), "a text of a megabyte came back otherwise");
    Ok(())
}

pub(super) async fn ten_megabytes_come_back_exactly(subject: &Subject<Sql>) -> Verdict {
    let size = 10 * MEGABYTE;
    let limit = subject.handle.features().max_value_bytes;
    let (texts, blobs) =
        (subject.table_of(ValueKind::Text).await?, subject.table_of(ValueKind::Bytes).await?);
    let text = "zehn Megabyte ä ".repeat(size / 17);
    let bytes: bytes::Bytes = (0..size).map(|at| (at % 253) as u8).collect();
    for (table, value) in [(texts, Value::from(text)), (blobs, Value::from(bytes))] {
        let insert =
            subject.handle.query(format!("insert into {table} (id, v) values (1, $1)")).bind(value.clone());
        if limit.is_some_and(|limit| limit < value.size() as u64) {
            let error = refused(insert.execute().await, ErrorKind::Limited, "a value beyond the limit")?;
            ensure!(error.message().contains("max-value-bytes"), "the limit is not named: {error}");
            continue;
        }
        insert.execute().await?;
        let rows = subject.handle.query(format!("select v from {table} where v = $1")).bind(value.clone());
        let rows = rows.fetch_rows().await?;
        ensure!(rows.len() == 1 && rows[0].values() == [value], "10 MB came back otherwise");
    }
    Ok(())
}

/// Whatever an engine keeps of a statement that it has seen, it notices that a table has changed.
pub(super) async fn a_repeated_statement_sees_a_changed_table(subject: &Subject<Sql>) -> Verdict {
    let (sql, table) = (&subject.handle, subject.counters(1).await?);
    let all = format!("select * from {table}");
    // So often that every connection has seen it.
    let often = sql.pool().limit * 2;
    let shown = async |columns: &[&str], values: &[Value]| -> Verdict {
        for _ in 0..often {
            let rows = sql.query(&all).fetch_rows().await?;
            ensure_eq!(rows.len(), 1, "rows");
            ensure_eq!(rows[0].columns(), columns, "the columns");
            ensure_eq!(rows[0].values(), values, "the values");
        }
        Ok(())
    };
    shown(&["id", "n"], &[Value::Int(0), Value::Int(0)]).await?;
    sql.query(format!("alter table {table} add column v bigint default 5")).execute().await?;
    shown(&["id", "n", "v"], &[Value::Int(0), Value::Int(0), Value::Int(5)]).await?;
    sql.query(format!("alter table {table} drop column n")).execute().await?;
    shown(&["id", "v"], &[Value::Int(0), Value::Int(5)]).await?;
    let text = sql.dialect().column_type(ValueKind::Text).unwrap_or_default();
    sql.query(format!("drop table {table}")).execute().await?;
    sql.query(format!("create table {table} (v {text}, id {text})")).execute().await?;
    sql.query(format!("insert into {table} (v, id) values ('x', 'y')")).execute().await?;
    shown(&["v", "id"], &[Value::from("x"), Value::from("y")]).await
}

pub(super) async fn two_hundred_columns_come_back_in_their_order(subject: &Subject<Sql>) -> Verdict {
    const COLUMNS: usize = 200;
    let columns: Vec<String> = (0..COLUMNS).map(|at| format!("c{at} bigint")).collect();
    let table = subject.table("wide", &columns.join(", ")).await?;
    let places: Vec<String> = (1..=COLUMNS).map(|place| format!("${place}")).collect();
    let insert = format!("insert into {table} values ({})", places.join(", "));
    subject.handle.query(insert).bind_all(0..COLUMNS as i64).execute().await?;
    let rows = subject.handle.query(format!("select * from {table}")).fetch_rows().await?;
    let expected: Vec<Value> = (0..COLUMNS as i64).map(Value::Int).collect();
    ensure_eq!(rows[0].values(), expected, "the values");
    ensure_eq!(rows[0].columns()[COLUMNS - 1], format!("c{}", COLUMNS - 1), "the last column");
    let schema = subject.handle.schema().await?;
    let read = schema.table(&table).map(|table| table.columns.len());
    ensure_eq!(read, Some(COLUMNS), "columns in the schema");
    Ok(())
}

pub(super) async fn a_statement_over_its_time_is_timed_out_and_ends(subject: &Subject<Sql>) -> Verdict {
    let hasty = subject.handle.guarded(GuardOptions::default().timeout(Duration::from_millis(80)));
    for _ in 0..subject.handle.pool().limit + 1 {
        refused(
            hasty.query(ENDLESS).fetch_one::<i64>().await,
            ErrorKind::TimedOut,
            "a statement without end",
        )?;
    }
    // Long enough for a transaction to begin, whatever else is going on.
    let patient = subject.handle.guarded(GuardOptions::default().timeout(Duration::from_secs(2)));
    let mut tx = patient.begin(Begin::new().read_only()).await?;
    refused(tx.query(ENDLESS).fetch_one::<i64>().await, ErrorKind::TimedOut, "one in a transaction")?;
    drop(tx);
    let table = subject.counters(1).await?;
    ensure_eq!(count(&subject.handle, &table).await?, 1, "rows that a new statement sees");
    Ok(())
}

pub(super) async fn work_is_run_again_after_a_conflict_only(subject: &Subject<Sql>) -> Verdict {
    let table = subject.counters(1).await?;
    for (kind, expected) in [(ErrorKind::Conflict, 3), (ErrorKind::InvalidInput, 1), (ErrorKind::NotFound, 1)]
    {
        let mut runs = 0;
        let result: Result<(), Error> = subject
            .handle
            .transaction(Begin::new(), 3, |tx| {
                runs += 1;
                let (id, table) = (runs, table.clone());
                Box::pin(async move {
                    let insert = format!("insert into {table} (id, n) values ({id}, 0)");
                    tx.query(insert).execute().await?;
                    let failing = match kind {
                        ErrorKind::Conflict => format!("insert into {table} (id, n) values (0, 0)"),
                        ErrorKind::NotFound => format!("select * from {table}_missing"),
                        _ => "selec 1".to_string(),
                    };
                    tx.query(failing).execute().await.map(drop)
                })
            })
            .await;
        refused(result, kind, "the work")?;
        ensure_eq!(runs, expected, "runs after the error {kind}");
        ensure_eq!(count(&subject.handle, &table).await?, 1, "rows after failed runs");
    }
    let mut runs = 0;
    let done: Result<i64, Error> = subject
        .handle
        .transaction(Begin::new(), 3, |tx| {
            runs += 1;
            let (id, table) = (i64::from(runs == 2), table.clone());
            Box::pin(async move {
                tx.query(format!("insert into {table} (id, n) values ({id}, 0)")).execute().await?;
                Ok(id)
            })
        })
        .await;
    ensure_eq!(done.map_err(Failure::from)?, 1, "what the second run returned");
    ensure_eq!(count(&subject.handle, &table).await?, 2, "rows after a run that succeeded");
    Ok(())
}
