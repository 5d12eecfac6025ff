//! Reads tables, columns, keys and indexes.

use std::collections::BTreeMap;

use bedplate_core::Result;
use bedplate_core::sql::{Column, ForeignKey, Index, Schema, Table};
use rusqlite::Connection;

use crate::error::classify;

/// Every table that isn't SQLite's own.
pub(crate) fn read(connection: &Connection) -> Result<Schema> {
    // One snapshot for all of it, so that no table is half of an old and half of a new one.
    let snapshot = connection.unchecked_transaction().map_err(classify)?;
    let tables = tables(&snapshot).map_err(classify)?;
    snapshot.rollback().map_err(classify)?;
    Ok(Schema { tables })
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut listed = connection.prepare_cached(
        "select name, wr from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite\\_%' escape '\\' \
         order by name",
    )?;
    let names =
        listed.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut tables = names
        .into_iter()
        .map(|(name, without_row_id)| table(connection, name, without_row_id))
        .collect::<rusqlite::Result<Vec<_>>>()?;
    complete_references(&mut tables);
    Ok(tables)
}

fn table(connection: &Connection, name: String, without_row_id: bool) -> rusqlite::Result<Table> {
    let mut listed = connection.prepare_cached(
        "select name, lower(type), \"notnull\", dflt_value, pk from pragma_table_info($1) order by cid",
    )?;
    let mut key = BTreeMap::new();
    let mut columns = listed
        .query_map([&name], |row| {
            let column =
                Column { name: row.get(0)?, kind: row.get(1)?, nullable: !row.get(2)?, default: row.get(3)? };
            let place: u32 = row.get(4)?;
            if place > 0 {
                key.insert(place, column.name.clone());
            }
            Ok(column)
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let primary_key: Vec<String> = key.into_values().collect();
    for column in columns.iter_mut().filter(|column| primary_key.contains(&column.name)) {
        // SQLite takes NULL in a primary key unless the key is the row's own number or the table has none.
        column.nullable &= !(without_row_id || primary_key.len() == 1 && column.kind == "integer");
    }
    let foreign_keys = foreign_keys(connection, &name)?;
    let indexes = indexes(connection, &name)?;
    Ok(Table { name, columns, primary_key, foreign_keys, indexes })
}

fn foreign_keys(connection: &Connection, table: &str) -> rusqlite::Result<Vec<ForeignKey>> {
    let mut listed = connection.prepare_cached(
        "select id, \"table\", \"from\", \"to\" from pragma_foreign_key_list($1) order by id, seq",
    )?;
    let mut keys: BTreeMap<i64, ForeignKey> = BTreeMap::new();
    let mut rows = listed.query([table])?;
    while let Some(row) = rows.next()? {
        let key = keys.entry(row.get(0)?).or_default();
        key.references = row.get(1)?;
        key.columns.push(row.get(2)?);
        key.referenced_columns.extend(row.get::<_, Option<String>>(3)?);
    }
    let mut keys: Vec<_> = keys.into_values().collect();
    keys.sort_by(|a, b| a.columns.cmp(&b.columns));
    Ok(keys)
}

/// A foreign key that names no columns refers to the other table's primary key.
fn complete_references(tables: &mut [Table]) {
    let keys: BTreeMap<String, Vec<String>> =
        tables.iter().map(|table| (table.name.to_lowercase(), table.primary_key.clone())).collect();
    for key in tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.referenced_columns.is_empty() {
            key.referenced_columns = keys.get(&key.references.to_lowercase()).cloned().unwrap_or_default();
        }
    }
}

fn indexes(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Index>> {
    let mut listed = connection.prepare_cached(
        "select name, \"unique\" from pragma_index_list($1) where origin <> 'pk' order by name",
    )?;
    let mut columns = connection.prepare_cached("select name from pragma_index_info($1) order by seqno")?;
    let names = listed.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
    names
        .map(|found| {
            let (name, unique): (String, bool) = found?;
            let columns = columns
                .query_map([&name], |row| Ok(row.get::<_, Option<String>>(0)?.unwrap_or_default()))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Index { name, columns, unique })
        })
        .collect()
}
