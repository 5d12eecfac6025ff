//! A database's schema as it is read.

use serde::Serialize;

/// The tables of a database.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Schema {
    /// The tables, ordered by name.
    pub tables: Vec<Table>,
}

impl Schema {
    /// A table by its name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// The columns of its primary key, in the key's order. Empty where it has none.
    pub primary_key: Vec<String>,
    /// Its foreign keys, ordered by their columns.
    pub foreign_keys: Vec<ForeignKey>,
    /// Its indexes, ordered by name; the one of the primary key is not among them.
    pub indexes: Vec<Index>,
}

impl Table {
    /// The foreign keys without an index that begins with their columns: deleting a row that others refer to reads all of them.
    pub fn foreign_keys_without_index(&self) -> impl Iterator<Item = &ForeignKey> {
        self.foreign_keys.iter().filter(|key| {
            let mut led = self.indexes.iter().map(|index| &index.columns).chain([&self.primary_key]);
            !led.any(|columns| key.is_led_by(columns))
        })
    }

    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the engine names it, in lower case.
    pub kind: String,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// Its default as the engine writes it.
    pub default: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ForeignKey {
    /// The columns of this table.
    pub columns: Vec<String>,
    /// The table that they refer to.
    pub references: String,
    /// The columns of that table.
    pub referenced_columns: Vec<String>,
}

impl ForeignKey {
    /// Whether an index on these columns finds the rows that refer to another one: it begins with the key's columns, in any order.
    pub fn is_led_by<C: AsRef<str>>(&self, index: &[C]) -> bool {
        index.len() >= self.columns.len()
            && index[..self.columns.len()]
                .iter()
                .all(|column| self.columns.iter().any(|own| own == column.as_ref()))
    }
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The columns, in their order; an expression is an empty name.
    pub columns: Vec<String>,
    /// Whether two rows can't have the same values.
    pub unique: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_helps_a_foreign_key_only_where_it_begins_with_its_columns() {
        let index = |columns: &[&str]| Index {
            columns: columns.iter().map(|c| c.to_string()).collect(),
            ..Index::default()
        };
        let table = |primary_key: &[&str], indexes: &[&[&str]]| Table {
            foreign_keys: vec![ForeignKey { columns: vec!["a".into(), "b".into()], ..ForeignKey::default() }],
            primary_key: primary_key.iter().map(|c| c.to_string()).collect(),
            indexes: indexes.iter().map(|columns| index(columns)).collect(),
            ..Table::default()
        };
        for (table, without) in [
            (table(&["a", "b"], &[]), 0),
            (table(&["b", "a", "c"], &[]), 0),
            (table(&["id"], &[&["b", "a"]]), 0),
            (table(&["id"], &[&["a"]]), 1),
            (table(&["id"], &[&["c", "a", "b"]]), 1),
            (table(&[], &[]), 1),
        ] {
            assert_eq!(table.foreign_keys_without_index().count(), without, "{table:?}");
        }
    }
}
