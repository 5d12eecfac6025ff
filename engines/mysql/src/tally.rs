//! Counts and sums what is in the tables, in one snapshot.

use bedplate_core::Result;
use bedplate_core::sql::{Dialect, RowSum, Tally};

use crate::error::classify;
use crate::lease::Lease;
use crate::statement::{Task, read_all};

const TABLES: &str = "select table_name from information_schema.tables \
                      where table_schema = database() and table_type = 'BASE TABLE' order by table_name";

/// The names of the tables.
pub(crate) async fn tables(lease: &mut Lease) -> Result<Vec<String>> {
    let names: Vec<(String,)> = read_all(lease, TABLES).await?;
    let mut names: Vec<String> = names.into_iter().map(|(name,)| name).collect();
    names.sort_unstable();
    Ok(names)
}

/// Takes the snapshot.
pub(crate) async fn begin(lease: &mut Lease) -> Result<()> {
    lease.open = true;
    let text = "set transaction isolation level repeatable read; \
                start transaction with consistent snapshot, read only";
    lease.run(Task::Text(text.into())).await.map(drop)
}

/// Tallies the snapshot and ends it.
pub(crate) async fn finish(lease: &mut Lease) -> Result<Tally> {
    let mut tally = Tally::default();
    for table in tables(lease).await? {
        let select = format!("select * from {}", Dialect::Mysql.quote(&table));
        lease.run(Task::Query(select, Vec::new())).await?;
        let (mut sum, mut written) = (RowSum::default(), Vec::new());
        while let Some(row) =
            std::future::poll_fn(|context| lease.poll_row(context)).await.map_err(classify)?
        {
            written.clear();
            row.unwrap_raw().into_iter().for_each(|value| write(value.as_ref(), &mut written));
            sum.add(&written);
        }
        tally.tables.push(sum.of(table));
    }
    lease.run(Task::Text("commit".into())).await?;
    lease.open = false;
    Ok(tally)
}

/// Writes a value so that it can be told from every other one: its kind, its length, its bytes.
fn write(value: Option<&mysql_async::Value>, out: &mut Vec<u8>) {
    use mysql_async::Value as Found;
    let mut put = |kind: u8, bytes: &[u8]| {
        out.push(kind);
        out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        out.extend_from_slice(bytes);
    };
    match value {
        None | Some(Found::NULL) => put(0, &[]),
        Some(Found::Bytes(bytes)) => put(1, bytes),
        Some(Found::Int(int)) => put(2, &int.to_be_bytes()),
        Some(Found::UInt(int)) => put(3, &int.to_be_bytes()),
        Some(Found::Float(float)) => put(4, &float.to_be_bytes()),
        Some(Found::Double(float)) => put(5, &float.to_be_bytes()),
        Some(time) => put(6, time.as_sql(true).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mysql_async::Value as Found;

    #[test]
    fn different_rows_are_written_differently() {
        let written = |row: &[Found]| {
            let mut out = Vec::new();
            row.iter().for_each(|value| write(Some(value), &mut out));
            out
        };
        let text = |text: &str| Found::Bytes(text.as_bytes().to_vec());
        let rows = [
            vec![text("ab"), text("c")],
            vec![text("a"), text("bc")],
            vec![text(""), Found::NULL],
            vec![Found::NULL, text("")],
            vec![Found::Int(1), Found::NULL],
            vec![Found::UInt(1), Found::NULL],
            vec![Found::Date(2026, 1, 1, 0, 0, 0, 0)],
            vec![Found::Date(2026, 1, 1, 0, 0, 0, 1)],
        ];
        for (at, row) in rows.iter().enumerate() {
            for other in &rows[at + 1..] {
                assert_ne!(written(row), written(other), "{row:?} {other:?}");
            }
        }
    }
}
