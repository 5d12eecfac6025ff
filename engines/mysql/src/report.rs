//! What an operator wants to know: sizes, indexes, connections.

use std::collections::BTreeMap;
use std::sync::Arc;

use bedplate_core::Result;
use bedplate_core::sql::{ConnectionCount, IndexReport, Report, TableReport};

use crate::connect::Link;
use crate::lease::Lease;
use crate::statement::read_all;

const TABLES: &str = "
select table_name, cast(coalesce(table_rows, 0) as signed), cast(coalesce(data_length + index_length, 0) as signed)
from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'";

/// Without those that keep a key unique.
const INDEXES: &str = "
select distinct table_name, index_name from information_schema.statistics
where table_schema = database() and non_unique = 1 order by table_name, index_name";

/// MariaDB counts uses where `userstat` is on.
const IS_COUNTED: &str = "select cast(@@global.userstat as signed)";
const USES: &str = "
select table_name, index_name, cast(rows_read as signed) from information_schema.index_statistics
where table_schema = database()";

/// Everyone sees their own connections, and the number of all.
const HERE: &str = "select count(*) from information_schema.processlist where db = database()";
const USED: &str = "show global status like 'Threads_connected'";
const ALLOWED: &str = "select cast(@@global.max_connections as signed)";

/// Reads it.
pub(crate) async fn read(link: &Arc<Link>) -> Result<Report> {
    let mut lease = link.lease().await?;
    let mut tables: BTreeMap<String, TableReport> = BTreeMap::new();
    for (name, rows, bytes) in read_all::<(String, i64, i64)>(&mut lease, TABLES).await? {
        let (rows, bytes) = (Some(rows.unsigned_abs()), Some(bytes.unsigned_abs()));
        tables.insert(name.clone(), TableReport { name, rows, bytes, ..TableReport::default() });
    }
    let uses = uses(link, &mut lease).await?;
    for (table, name) in read_all::<(String, String)>(&mut lease, INDEXES).await? {
        let Some(found) = tables.get_mut(&table) else { continue };
        // One that isn't listed was never used.
        let uses = uses.as_ref().map(|uses| uses.get(&(table, name.clone())).copied().unwrap_or(0));
        found.indexes.push(IndexReport { name, bytes: None, uses });
    }
    Ok(Report {
        version: link.product.version.clone(),
        bytes: tables.values().filter_map(|table| table.bytes).sum(),
        connections: Some(connections(&mut lease).await?),
        tables: tables.into_values().collect(),
        replicas: Vec::new(),
    })
}

/// How many rows were read by each index; `None` where the server doesn't count.
async fn uses(link: &Link, lease: &mut Lease) -> Result<Option<BTreeMap<(String, String), u64>>> {
    if !link.product.is_mariadb || read_all::<(i64,)>(lease, IS_COUNTED).await? != [(1,)] {
        return Ok(None);
    }
    let found = read_all::<(String, String, i64)>(lease, USES).await?;
    Ok(Some(found.into_iter().map(|(table, index, rows)| ((table, index), rows.unsigned_abs())).collect()))
}

async fn connections(lease: &mut Lease) -> Result<ConnectionCount> {
    let number = |found: Vec<(i64,)>| found.first().map_or(0, |(number,)| number.unsigned_abs());
    let here = number(read_all(lease, HERE).await?);
    let used = read_all::<(String, String)>(lease, USED).await?;
    let used = used.first().and_then(|(_, number)| number.parse().ok());
    Ok(ConnectionCount { here, used, allowed: number(read_all(lease, ALLOWED).await?) })
}
