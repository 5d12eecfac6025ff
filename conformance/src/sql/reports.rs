//! What an operator is told, and how far the writes have come.

use std::time::Duration;

use bedplate_core::sql::{Position, Report, Sql};
use bedplate_core::{ErrorKind, Reach};

use super::scene::count;
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Nothing that a case makes is larger.
const ABSURD: u64 = 1 << 32;

pub(super) async fn a_report_tells_what_is_there(subject: &Subject<Sql>) -> Verdict {
    let sql = subject.fresh().await?;
    for statement in [
        "create table b (id bigint not null primary key, v varchar(40) unique, n bigint)",
        "create index b_by_n on b (n)",
        "create index b_by_both on b (n, v)",
        "create table a (id bigint not null primary key)",
    ] {
        sql.query(statement).execute().await?;
    }
    let rows: Vec<String> = (0..500).map(|id| format!("({id}, 'v{id}', {id})")).collect();
    sql.query(format!("insert into b (id, v, n) values {}", rows.join(", "))).execute().await?;
    let report = sql.report().await?;
    ensure!(report.version.contains(|letter: char| letter.is_ascii_digit()), "the version of {report:?}");
    let names: Vec<_> = report.tables.iter().map(|table| table.name.as_str()).collect();
    ensure_eq!(names, ["a", "b"], "the tables");
    let indexes: Vec<_> = report.tables[1].indexes.iter().map(|index| index.name.as_str()).collect();
    ensure_eq!(indexes, ["b_by_both", "b_by_n"], "the indexes that keep nothing unique");
    sizes_are_possible(&report)?;
    for (table, rows) in report.tables.iter().zip([0, 500]) {
        // Who reads a file itself counts so few rows; a server may only estimate them.
        match sql.features().reach {
            Reach::Network => {
                ensure!(table.rows.is_none_or(|found| found <= 5_000), "{rows} rows: {table:?}")
            }
            _ => ensure_eq!(table.rows, Some(rows), "rows of {}", table.name),
        }
    }
    match report.connections {
        Some(seen) => {
            ensure!(seen.here >= 1, "nobody is connected, and somebody asks: {seen:?}");
            ensure!(seen.allowed >= seen.here, "more are connected than may be: {seen:?}");
            ensure!(
                seen.used.is_none_or(|used| used >= seen.here),
                "the whole is less than its part: {seen:?}"
            );
        }
        None => ensure!(sql.features().reach != Reach::Network, "a server doesn't tell of its connections"),
    }
    Ok(())
}

fn sizes_are_possible(report: &Report) -> Verdict {
    ensure!((1..ABSURD).contains(&report.bytes), "{} bytes", report.bytes);
    for table in &report.tables {
        let sizes = table.indexes.iter().map(|index| index.bytes).chain([table.bytes]);
        for bytes in sizes.flatten() {
            ensure!(bytes <= report.bytes.max(1 << 20), "a part is larger than the whole: {table:?}");
        }
        ensure!(table.bytes != Some(0), "a table takes no place: {table:?}");
        let uses = table.indexes.iter().filter_map(|index| index.uses).chain(table.full_scans);
        for uses in uses {
            ensure!(uses <= 1_000, "nobody has read so often: {table:?}");
        }
    }
    Ok(())
}

/// Who offers positions keeps what they promise; who doesn't says so in both calls.
pub(super) async fn a_position_is_reached_or_unsupported(subject: &Subject<Sql>) -> Verdict {
    let (sql, table, wait) = (&subject.handle, subject.counters(1).await?, Duration::from_secs(10));
    let before = match sql.position().await {
        Ok(position) => position,
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            // Nothing else tells another process whether a replica has its writes.
            ensure!(!sql.features().replicas.is_kept(), "it has replicas and no positions: {error}");
            let anywhere = Position::new("0");
            refused(sql.reach(&anywhere, wait).await, ErrorKind::Unsupported, "a position to wait for")?;
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    sql.query(format!("update {table} set n = 1")).execute().await?;
    let after = sql.position().await?;
    ensure!(!after.as_str().is_empty() && after != before, "a write didn't move the position {after:?}");
    // As another process would get it.
    let sent = Position::new(after.as_str());
    let other = subject.open_another().await?;
    other.reach(&sent, wait).await?;
    let seen: i64 = other.query(format!("select n from {table}")).fetch_one().await?;
    ensure_eq!(seen, 1, "what is seen at the position");
    other.reach(&before, Duration::ZERO).await?;
    for text in ["", "nonsense", "'; drop table x; --"] {
        refused(other.reach(&Position::new(text), wait).await, ErrorKind::InvalidInput, text)?;
    }
    Ok(())
}

pub(super) async fn replicas_see_what_the_handle_wrote(subject: &Subject<Sql>) -> Verdict {
    let (sql, table) = (&subject.handle, subject.counters(1).await?);
    let replica = sql.replica()?;
    for n in 1..=20 {
        sql.query(format!("update {table} set n = $1")).bind(n).execute().await?;
        let seen: i64 = replica.query(format!("select n from {table}")).fetch_one().await?;
        ensure_eq!(seen, n, "what a replica sees of the last write");
    }
    // A clone writes for all of them, and its transactions count too.
    let mut tx = sql.clone().begin(bedplate_core::sql::Begin::new()).await?;
    tx.query(format!("insert into {table} (id, n) values (1, 1)")).execute().await?;
    tx.commit().await?;
    ensure_eq!(count(&replica, &table).await?, 2, "rows that a replica sees");
    for write in [
        format!("update {table} set n = 0"),
        format!("delete from {table}"),
        format!("create table {table}_2 (a bigint)"),
    ] {
        match replica.query(&write).execute().await {
            Err(error) if matches!(error.kind(), ErrorKind::Denied | ErrorKind::InvalidInput) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Err(Failure(format!("a replica took a write: {write}"))),
        }
    }
    ensure_eq!(count(sql, &table).await?, 2, "rows afterwards");
    Ok(())
}

pub(super) async fn reading_from_replicas_is_refused(subject: &Subject<Sql>) -> Verdict {
    let error = refused(subject.handle.replica().map(drop), ErrorKind::Unsupported, "a replica")?;
    ensure!(error.message().contains("replica"), "the promise is not named: {error}");
    Ok(())
}
