//! Tallies: equal for what is equal, different for what is different, and of one moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bedplate_core::Result;
use bedplate_core::sql::{Begin, Sql, Tally, ValueKind};

use super::scene::joined;
use crate::case::{Failure, Subject, Verdict};
use crate::{ensure, ensure_eq};

/// Rows that [`Mover`] moves between its two tables.
pub(super) const MOVED: u64 = 60;

async fn run(sql: &Sql, text: &str) -> Result<()> {
    sql.query(text).execute().await.map(drop)
}

/// A table of texts, bytes and numbers, without a key, so that two rows may be the same.
async fn make_notes(sql: &Sql) -> Result<()> {
    let kind = |kind: ValueKind| sql.dialect().column_type(kind).unwrap_or_default();
    let columns = format!(
        "a {}, b {}, c {}, n {}",
        kind(ValueKind::Text),
        kind(ValueKind::Text),
        kind(ValueKind::Bytes),
        kind(ValueKind::Int)
    );
    run(sql, &format!("create table notes ({columns})")).await
}

pub(super) async fn equal_contents_have_equal_tallies(subject: &Subject<Sql>) -> Verdict {
    let rows = ["('x', 'one', 1)", "('y', 'two', 2)", "('y', 'two', 2)", "(null, 'Grüße', null)"];
    let mut tallies = Vec::new();
    for backwards in [false, true] {
        let sql = subject.fresh().await?;
        make_notes(&sql).await?;
        let order: Vec<_> = if backwards { rows.iter().rev().collect() } else { rows.iter().collect() };
        for row in order {
            run(&sql, &format!("insert into notes (a, b, n) values {row}")).await?;
        }
        // What was there meanwhile makes no difference.
        run(&sql, "insert into notes (a) values ('gone')").await?;
        run(&sql, "delete from notes where a = 'gone'").await?;
        run(&sql, "create table empty (a bigint)").await?;
        tallies.push(sql.tally().await?);
    }
    ensure_eq!(tallies[0], tallies[1], "the tallies of equal rows that came in another order");
    let counts: Vec<_> = tallies[0].tables.iter().map(|table| (table.name.as_str(), table.rows)).collect();
    ensure_eq!(counts, [("empty", 0), ("notes", 4)], "the tables and their rows");
    Ok(())
}

pub(super) async fn different_contents_have_different_tallies(subject: &Subject<Sql>) -> Verdict {
    let sql = subject.fresh().await?;
    make_notes(&sql).await?;
    let bytes = |text: &'static str| bytes::Bytes::from_static(text.as_bytes());
    type Cells = (Option<&'static str>, Option<&'static str>, Option<&'static str>, Option<i64>);
    // Each of them is one step away from another one.
    let contents: [&[Cells]; 22] = [
        &[],
        &[(None, None, None, None)],
        &[(Some(""), None, None, None)],
        &[(None, Some(""), None, None)],
        &[(None, None, Some(""), None)],
        &[(None, None, None, Some(0))],
        &[(Some("0"), None, None, None)],
        &[(Some("NULL"), None, None, None)],
        &[(Some(" "), None, None, None)],
        &[(Some("a"), Some("bc"), None, None)],
        &[(Some("ab"), Some("c"), None, None)],
        &[(Some("ab"), None, Some("c"), None)],
        &[(Some("a,b"), Some("c"), None, None)],
        &[(Some("a"), Some("b,c"), None, None)],
        &[(Some("a\",\"b"), Some("c"), None, None)],
        &[(Some("a'"), Some("\\"), None, None)],
        &[(Some("a\t"), Some("\n"), None, None)],
        &[(Some("A"), Some("bc"), None, None)],
        &[(Some("a"), Some("bc"), None, None), (Some("a"), Some("bc"), None, None)],
        &[(Some("x"), None, None, Some(1)), (Some("y"), None, None, Some(2))],
        &[(Some("x"), None, None, Some(2)), (Some("y"), None, None, Some(1))],
        &[(Some("x"), None, None, Some(1)), (Some("x"), None, None, Some(1))],
    ];
    let mut tallies: Vec<Tally> = Vec::new();
    for rows in contents {
        run(&sql, "delete from notes").await?;
        for (a, b, c, n) in rows {
            sql.query("insert into notes (a, b, c, n) values ($1, $2, $3, $4)")
                .bind(*a)
                .bind(*b)
                .bind(c.map(bytes))
                .bind(*n)
                .execute()
                .await?;
        }
        let tally = sql.tally().await?;
        if let Some(same) = tallies.iter().position(|other| *other == tally) {
            return Err(Failure(format!("{rows:?} has the tally of {:?}", contents[same])));
        }
        tallies.push(tally);
    }
    Ok(())
}

pub(super) async fn a_tally_is_of_one_moment(subject: &Subject<Sql>) -> Verdict {
    let sql = subject.fresh().await?;
    let mover = Mover::start(&sql).await?;
    for round in 0..10 {
        let tally = sql.tally().await?;
        ensure_eq!(tally.rows(), MOVED, "rows of both tables in round {round}");
    }
    mover.stop().await
}

/// Moves rows from one table to another and back for as long as it is let: there are always [`MOVED`] of them.
pub(super) struct Mover {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Result<u64>>,
}

impl Mover {
    /// Starts to move in an empty database.
    pub(super) async fn start(sql: &Sql) -> Result<Self> {
        for table in ["here", "there"] {
            run(sql, &format!("create table {table} (id bigint not null primary key)")).await?;
        }
        let rows: Vec<String> = (0..MOVED).map(|id| format!("({id})")).collect();
        run(sql, &format!("insert into here (id) values {}", rows.join(", "))).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let (sql, stopped) = (sql.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let mut moves = 0;
            while !stopped.load(Ordering::Relaxed) {
                let id = moves % MOVED;
                let (from, to) =
                    if (moves / MOVED).is_multiple_of(2) { ("here", "there") } else { ("there", "here") };
                shift(&sql, from, to, id as i64).await?;
                moves += 1;
                tokio::task::yield_now().await;
            }
            Ok(moves)
        });
        Ok(Self { stop, task })
    }

    /// Stops, after at least one move.
    pub(super) async fn stop(self) -> Verdict {
        self.stop.store(true, Ordering::Relaxed);
        let moves = joined(self.task).await?;
        ensure!(moves > 0, "nobody could write meanwhile");
        Ok(())
    }
}

async fn shift(sql: &Sql, from: &'static str, to: &'static str, id: i64) -> Result<()> {
    sql.transaction(Begin::new(), 100, |tx| {
        Box::pin(async move {
            tx.query(format!("delete from {from} where id = $1")).bind(id).execute().await?;
            tx.query(format!("insert into {to} (id) values ($1)")).bind(id).execute().await.map(drop)
        })
    })
    .await
}
