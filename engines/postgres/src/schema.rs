//! Reads tables, columns, keys and indexes of the connection's own schema.

use std::collections::BTreeMap;

use bedplate_core::Result;
use bedplate_core::sql::{Column, ForeignKey, Index, Schema, Table};
use deadpool_postgres::ClientWrapper;
use tokio_postgres::{Error, Row};

use crate::connect::Link;
use crate::error::classify;

const COLUMNS: &str = "
select c.relname, a.attname, lower(format_type(a.atttypid, a.atttypmod)), not a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
from pg_class c
left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
order by c.relname, a.attnum";

const INDEXES: &str = "
select c.relname, i.relname, x.indisunique, x.indisprimary,
  array(select coalesce(a.attname::text, '') from unnest(x.indkey::int2[]) with ordinality k (attnum, place)
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum and k.attnum > 0
        where k.place <= x.indnkeyatts order by k.place)
from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
order by c.relname, i.relname";

const FOREIGN_KEYS: &str = "
select c.relname, r.relname,
  array(select a.attname::text from unnest(k.conkey) with ordinality u (attnum, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum order by u.place),
  array(select a.attname::text from unnest(k.confkey) with ordinality u (attnum, place)
        join pg_attribute a on a.attrelid = r.oid and a.attnum = u.attnum order by u.place)
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class r on r.oid = k.confrelid
where k.contype = 'f' and k.conparentid = 0 and c.relnamespace = current_schema()::regnamespace";

/// Every table of the schema.
pub(crate) async fn of(link: &Link) -> Result<Schema> {
    let mut lease = link.lease().await?;
    (lease.running, lease.open, lease.reads) = (true, true, true);
    let schema = read(lease.client()?).await?;
    (lease.running, lease.open) = (false, false);
    Ok(schema)
}

/// The lease rolls back what is left open by a failure.
async fn read(client: &ClientWrapper) -> Result<Schema> {
    // One snapshot for all of it, so that no table is half of an old and half of a new one.
    client.batch_execute("begin isolation level repeatable read read only").await.map_err(classify)?;
    let tables = tables(client).await.map_err(classify)?;
    client.batch_execute("commit").await.map_err(classify)?;
    Ok(Schema { tables })
}

async fn tables(client: &ClientWrapper) -> Result<Vec<Table>, Error> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in client.query(COLUMNS, &[]).await? {
        let name: String = row.try_get(0)?;
        let table = tables.entry(name.clone()).or_insert_with(|| Table { name, ..Table::default() });
        if row.try_get::<_, Option<&str>>(1)?.is_some() {
            table.columns.push(column(&row)?);
        }
    }
    for row in client.query(INDEXES, &[]).await? {
        let Some(table) = tables.get_mut(row.try_get::<_, &str>(0)?) else { continue };
        let index = Index { name: row.try_get(1)?, unique: row.try_get(2)?, columns: row.try_get(4)? };
        if row.try_get(3)? {
            table.primary_key = index.columns;
        } else {
            table.indexes.push(index);
        }
    }
    for row in client.query(FOREIGN_KEYS, &[]).await? {
        let Some(table) = tables.get_mut(row.try_get::<_, &str>(0)?) else { continue };
        let references = row.try_get(1)?;
        table.foreign_keys.push(ForeignKey {
            references,
            columns: row.try_get(2)?,
            referenced_columns: row.try_get(3)?,
        });
    }
    let mut tables: Vec<Table> = tables.into_values().collect();
    for table in &mut tables {
        table.foreign_keys.sort_by(|a, b| a.columns.cmp(&b.columns));
        // The server sorts by the language of the database.
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(tables)
}

fn column(row: &Row) -> Result<Column, Error> {
    Ok(Column {
        name: row.try_get(1)?,
        kind: row.try_get(2)?,
        nullable: row.try_get(3)?,
        default: row.try_get(4)?,
    })
}
