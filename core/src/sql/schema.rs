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
