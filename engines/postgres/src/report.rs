//! What an operator wants to know about a database.

use bedplate_core::Result;
use bedplate_core::sql::{ConnectionCount, IndexReport, ReplicaReport, Report, TableReport};
use deadpool_postgres::ClientWrapper;
use tokio_postgres::{Error, Row};

use crate::connect::Link;
use crate::error::classify;
use crate::position;
use crate::replicas::{Replica, Replicas};

const SERVER: &str = "
select current_setting('server_version'), pg_database_size(current_database()), pg_is_in_recovery(),
  current_setting('max_connections')::bigint,
  coalesce((select numbackends from pg_stat_database where datname = current_database()), 0)::bigint,
  (select sum(numbackends) from pg_stat_database)::bigint";

/// The rows of a partitioned table are its partitions', and so are its bytes. What the server has counted for itself of such a table would be
/// counted twice.
const TABLES: &str = "
select c.relname::text,
  coalesce(sum(pg_total_relation_size(p.oid)), 0)::bigint,
  sum(case when s.n_live_tup > 0 then s.n_live_tup when p.reltuples >= 0 then p.reltuples::bigint end)::bigint,
  sum(s.seq_scan)::bigint
from pg_class c
cross join lateral (select c.oid as part union select relid from pg_partition_tree(c.oid)) t
left join pg_class p on p.oid = t.part and p.relkind = 'r'
left join pg_stat_user_tables s on s.relid = p.oid
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
group by c.oid, c.relname";

const INDEXES: &str = "
select c.relname::text, i.relname::text, sum(pg_relation_size(p.oid))::bigint, sum(s.idx_scan)::bigint
from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
cross join lateral (select i.oid as part union select relid from pg_partition_tree(i.oid)) t
join pg_class p on p.oid = t.part
left join pg_stat_user_indexes s on s.indexrelid = p.oid
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
and not x.indisunique
group by c.relname, i.oid, i.relname";

/// What a role may not see of other sessions is NULL.
const STANDBYS: &str = "
select coalesce(nullif(application_name, '') || ' at ', '') || coalesce(host(client_addr), 'this machine'),
  greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint,
  case when replay_lsn >= pg_current_wal_lsn() then 0 else (extract(epoch from replay_lag) * 1000)::bigint end
from pg_stat_replication";

/// A standby that has replayed all it received isn't behind, however long ago the last transaction was.
const STANDBY: &str = "
select greatest(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0)::bigint,
  case when pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() then 0
  else greatest((extract(epoch from now() - pg_last_xact_replay_timestamp()) * 1000)::bigint, 0) end";

/// The report of the server behind a link. Replicas that the address names are asked themselves.
pub(crate) async fn of(link: &Link, replicas: Option<&Replicas>) -> Result<Report> {
    let mut lease = link.lease().await?;
    (lease.running, lease.reads) = (true, true);
    let client = lease.client()?;
    let server = client.query_one(SERVER, &[]).await.map_err(classify)?;
    let mut report = Report { tables: tables(client).await.map_err(classify)?, ..Report::default() };
    let standby = head(&server, &mut report).map_err(classify)?;
    report.replicas = match replicas {
        Some(_) => Vec::new(),
        None if standby => this_one(client).await.map_err(classify)?,
        None => standbys(client).await.map_err(classify)?,
    };
    lease.running = false;
    drop(lease);
    if let Some(replicas) = replicas {
        let written = position::ask(link).await?;
        let asking = replicas.all().iter().map(|replica| behind(replica, written));
        report.replicas = futures_util::future::join_all(asking).await;
    }
    Ok(report)
}

/// Fills in what the server says of itself, and tells whether it is a standby.
fn head(row: &Row, report: &mut Report) -> Result<bool, Error> {
    let count = |at: usize| row.try_get::<_, i64>(at).map(unsigned);
    report.version = row.try_get(0)?;
    report.bytes = count(1)?;
    let used: Option<i64> = row.try_get(5)?;
    report.connections =
        Some(ConnectionCount { here: count(4)?, used: used.map(unsigned), allowed: count(3)? });
    row.try_get(2)
}

async fn tables(client: &ClientWrapper) -> Result<Vec<TableReport>, Error> {
    let mut tables = Vec::new();
    for row in client.query(TABLES, &[]).await? {
        tables.push(TableReport {
            name: row.try_get(0)?,
            bytes: optional(&row, 1)?,
            rows: optional(&row, 2)?,
            full_scans: optional(&row, 3)?,
            indexes: Vec::new(),
        });
    }
    for row in client.query(INDEXES, &[]).await? {
        let table: &str = row.try_get(0)?;
        let index =
            IndexReport { name: row.try_get(1)?, bytes: optional(&row, 2)?, uses: optional(&row, 3)? };
        if let Some(table) = tables.iter_mut().find(|one| one.name == table) {
            table.indexes.push(index);
        }
    }
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    tables.iter_mut().for_each(|table| table.indexes.sort_by(|a, b| a.name.cmp(&b.name)));
    Ok(tables)
}

async fn standbys(client: &ClientWrapper) -> Result<Vec<ReplicaReport>, Error> {
    let rows = client.query(STANDBYS, &[]).await?;
    rows.iter()
        .map(|row| {
            let (behind_bytes, behind_ms) = (optional(row, 1)?, optional(row, 2)?);
            Ok(ReplicaReport { name: row.try_get(0)?, behind_bytes, behind_ms })
        })
        .collect()
}

async fn this_one(client: &ClientWrapper) -> Result<Vec<ReplicaReport>, Error> {
    let row = client.query_one(STANDBY, &[]).await?;
    let (behind_bytes, behind_ms) = (optional(&row, 0)?, optional(&row, 1)?);
    Ok(vec![ReplicaReport { name: "this server".into(), behind_bytes, behind_ms }])
}

/// How far a replica is behind a position in the primary's log. One that doesn't answer can't tell.
async fn behind(replica: &Replica, written: u64) -> ReplicaReport {
    let arrived = position::ask(&replica.link).await;
    let behind_bytes = arrived.ok().map(|arrived| written.saturating_sub(arrived));
    let behind_ms = match behind_bytes {
        Some(0) => Some(0),
        Some(_) => since(replica).await.ok().flatten(),
        None => None,
    };
    ReplicaReport { name: replica.name.clone(), behind_bytes, behind_ms }
}

async fn since(replica: &Replica) -> Result<Option<u64>> {
    let mut lease = replica.link.lease().await?;
    (lease.running, lease.reads) = (true, true);
    let row = lease.client()?.query_one(STANDBY, &[]).await.map_err(classify)?;
    lease.running = false;
    optional(&row, 1).map_err(classify)
}

fn optional(row: &Row, at: usize) -> Result<Option<u64>, Error> {
    Ok(row.try_get::<_, Option<i64>>(at)?.map(unsigned))
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
