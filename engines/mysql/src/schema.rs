//! Reads tables, columns, keys and indexes of the connection's own database.

use std::collections::BTreeMap;

use bedplate_core::Result;
use bedplate_core::sql::{Column, ForeignKey, Index, Schema, Table};

use crate::lease::Lease;
use crate::statement::read_all;

const COLUMNS: &str = "
select t.table_name, c.column_name, lower(c.column_type), c.is_nullable, c.column_default
from information_schema.tables t
join information_schema.columns c on c.table_schema = t.table_schema and c.table_name = t.table_name
where t.table_schema = database() and t.table_type = 'BASE TABLE'
order by t.table_name, c.ordinal_position";

const INDEXES: &str = "
select table_name, index_name, cast(non_unique as signed), column_name
from information_schema.statistics
where table_schema = database()
order by table_name, index_name, seq_in_index";

const FOREIGN_KEYS: &str = "
select table_name, constraint_name, column_name, referenced_table_name, referenced_column_name
from information_schema.key_column_usage
where table_schema = database() and referenced_table_name is not null
order by table_name, constraint_name, ordinal_position";

/// The index of a primary key.
const PRIMARY: &str = "PRIMARY";

/// Every table of the database. The server has no snapshot of them: a change in the meantime may be half there.
pub(crate) async fn read(lease: &mut Lease) -> Result<Schema> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for (name, column, kind, nullable, default) in
        read_all::<(String, String, String, String, Option<String>)>(lease, COLUMNS).await?
    {
        let table = tables.entry(name.clone()).or_insert_with(|| Table { name, ..Table::default() });
        let nullable = nullable == "YES";
        table.columns.push(Column {
            name: column,
            kind: kind_of(&kind),
            nullable,
            default: default_of(default),
        });
    }
    read_indexes(lease, &mut tables).await?;
    read_foreign_keys(lease, &mut tables).await?;
    let mut tables: Vec<Table> = tables.into_values().collect();
    for table in &mut tables {
        table.foreign_keys.sort_by(|a, b| a.columns.cmp(&b.columns));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(Schema { tables })
}

async fn read_indexes(lease: &mut Lease, tables: &mut BTreeMap<String, Table>) -> Result<()> {
    for (name, index, non_unique, column) in
        read_all::<(String, String, i64, Option<String>)>(lease, INDEXES).await?
    {
        let Some(table) = tables.get_mut(&name) else { continue };
        // An expression has no column's name.
        let column = column.unwrap_or_default();
        if index == PRIMARY {
            table.primary_key.push(column);
            continue;
        }
        match table.indexes.iter_mut().find(|found| found.name == index) {
            Some(found) => found.columns.push(column),
            None => {
                let unique = non_unique == 0;
                table.indexes.push(Index { name: index, columns: vec![column], unique });
            }
        }
    }
    Ok(())
}

async fn read_foreign_keys(lease: &mut Lease, tables: &mut BTreeMap<String, Table>) -> Result<()> {
    let mut last = None;
    for (name, constraint, column, references, referenced) in
        read_all::<(String, String, String, String, String)>(lease, FOREIGN_KEYS).await?
    {
        let Some(table) = tables.get_mut(&name) else { continue };
        let this = Some((name, constraint));
        if this != last {
            table.foreign_keys.push(ForeignKey { references, ..ForeignKey::default() });
            last = this;
        }
        if let Some(key) = table.foreign_keys.last_mut() {
            key.columns.push(column);
            key.referenced_columns.push(referenced);
        }
    }
    Ok(())
}

/// A type without the width at which old clients showed whole numbers: `bigint(20)` is `bigint`.
fn kind_of(kind: &str) -> String {
    let (name, rest) = kind.split_once('(').unwrap_or((kind, ""));
    let whole = ["tinyint", "smallint", "mediumint", "int", "bigint"].contains(&name);
    match rest.split_once(')') {
        // `boolean` is kept as this.
        Some(("1", _)) if name == "tinyint" => kind.into(),
        Some((_, after)) if whole => format!("{name}{after}"),
        _ => kind.into(),
    }
}

/// MariaDB writes a default that is NULL, MySQL none at all.
fn default_of(default: Option<String>) -> Option<String> {
    default.filter(|default| !default.eq_ignore_ascii_case("null"))
}

#[cfg(test)]
mod tests {
    use super::kind_of;

    #[test]
    fn the_width_of_a_whole_number_is_no_part_of_its_type() {
        for (kind, expected) in [
            ("bigint(20)", "bigint"),
            ("bigint(20) unsigned", "bigint unsigned"),
            ("tinyint(1)", "tinyint(1)"),
            ("tinyint(4)", "tinyint"),
            ("varchar(20)", "varchar(20)"),
            ("decimal(57,28)", "decimal(57,28)"),
            ("datetime(6)", "datetime(6)"),
            ("text", "text"),
        ] {
            assert_eq!(kind_of(kind), expected);
        }
    }
}
