//! The handle beside the bare client, on SQLite and PostgreSQL: time as a ratio, and allocations.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark ends with its first surprise")]

mod measure;
mod postgres;
mod readers;
mod sqlite;

use measure::Compared;

/// Rows of the table that is read.
const ROWS: i64 = 1_000;
/// The table that is read, with as many rows.
const FILL: &str = "insert into items (id, name, price, note) values ($1, $2, $3, $4)";
/// One row by its key.
const ONE: &str = "select id, name, price, note from items where id = $1";
/// All rows.
const ALL: &str = "select id, name, price, note from items order by id";
/// A new row.
const INSERT: &str = "insert into log (what, count) values ($1, $2)";
/// Takes one from what is there.
const UPDATE: &str = "update items set note = $1 where id = $2";

/// A row as it is read.
type Item = (i64, String, f64, Option<String>);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // waits: for nothing. A service always waits for some time or other, and the reactor of one that doesn't is a little faster.
    runtime.spawn(async { tokio::time::sleep(std::time::Duration::from_secs(3600)).await });
    sqlite::run(&runtime);
    readers::run();
    postgres::run(&runtime);
}

/// A row of the table that is filled in.
fn item(id: i64) -> Item {
    (id, format!("item number {id}"), id as f64 * 1.25, (id % 3 == 0).then(|| "on offer".to_string()))
}

fn head(engine: &str, ways: &[&str]) {
    print!("\n{engine:<24}");
    ways.iter().for_each(|way| print!(" {way:>14}"));
    ways.iter().skip(1).for_each(|way| print!(" {:>18}", format!("{way} / {}", ways[0])));
    ways.iter().for_each(|way| print!(" {:>14}", format!("allocs {way}")));
    println!();
}

fn line(case: &str, compared: &Compared) {
    print!("{case:<24}");
    compared.costs.iter().for_each(|cost| print!(" {:>11.1} µs", cost.micros));
    compared.ratios.iter().skip(1).for_each(|ratio| print!(" {ratio:>18.3}"));
    compared.costs.iter().for_each(|cost| print!(" {:>14.1}", cost.allocations));
    println!();
}
