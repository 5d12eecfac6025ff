//! SQLite: eight readers alone, and beside a writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bedplate::sql::Sql;

use super::measure::middle;
use super::sqlite::{filled, next, transact};
use super::{Item, ONE};

const READERS: i64 = 8;
const TURNS: usize = 9;
const TURN: Duration = Duration::from_millis(400);

pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?readers={READERS}", folder.path().join("readers.db").display());
    runtime.block_on(async {
        let sql = filled(&url).await;
        let (mut alone, mut beside, mut writes) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TURNS {
            alone.push(turn(&sql, false).await.0);
            let (reads, written) = turn(&sql, true).await;
            beside.push(reads);
            writes.push(written);
        }
        let ratio = middle(beside.iter().zip(&alone).map(|(beside, alone)| beside / alone).collect());
        println!(
            "\n8 readers: {:.0} reads/s alone, {:.0} reads/s beside a writer with {:.0} transactions/s: {ratio:.3}",
            middle(alone),
            middle(beside),
            middle(writes)
        );
        sql.close().await;
    });
}

/// Reads and transactions in a second.
async fn turn(sql: &Sql, with_writer: bool) -> (f64, f64) {
    let (ends, reads, writes) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), AtomicU64::new(0));
    let started = Instant::now();
    let readers: Vec<_> = (0..READERS)
        .map(|reader| {
            let (sql, ends, reads) = (sql.clone(), ends.clone(), reads.clone());
            tokio::spawn(async move {
                let mut id = reader * 100;
                while !ends.load(Ordering::Relaxed) {
                    let _: Item = sql.query(ONE).bind(next(&mut id)).fetch_one().await.unwrap();
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut id = 0;
    while started.elapsed() < TURN {
        if with_writer {
            transact(sql, next(&mut id)).await;
            writes.fetch_add(1, Ordering::Relaxed);
        } else {
            // waits: for the readers alone, whose turn it is.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    ends.store(true, Ordering::Relaxed);
    let seconds = started.elapsed().as_secs_f64();
    for reader in readers {
        reader.await.unwrap();
    }
    (reads.load(Ordering::Relaxed) as f64 / seconds, writes.load(Ordering::Relaxed) as f64 / seconds)
}
