//! What a statement does to a database, as far as the lint judges it.

use std::ops::Range;

use crate::kind::Kind;

/// One thing that a statement does.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Where it says so in the script.
    pub(crate) at: Range<usize>,
    pub(crate) what: What,
}

/// What is done.
#[derive(Debug, Clone)]
pub(crate) enum What {
    CreateTable(NewTable),
    DropTable {
        table: String,
    },
    RenameTable {
        table: String,
        to: String,
    },
    AddColumn {
        table: String,
        column: Column,
    },
    DropColumn {
        table: String,
        column: String,
    },
    RenameColumn {
        table: String,
        column: String,
        to: String,
    },
    ChangeType {
        table: String,
        column: String,
        kind: Kind,
    },
    SetNotNull {
        table: String,
        column: String,
    },
    DropNotNull {
        table: String,
        column: String,
    },
    AddKey {
        table: String,
        key: Key,
        not_valid: bool,
    },
    DropPrimaryKey {
        table: String,
    },
    DropNamed {
        table: String,
        name: String,
    },
    Validate {
        table: String,
        name: String,
    },
    CreateIndex {
        table: String,
        index: Index,
        concurrently: bool,
    },
    DropIndex {
        name: String,
        concurrently: bool,
    },
    RenameIndex {
        name: String,
        to: String,
    },
    UpdateRows {
        table: String,
        filtered: bool,
    },
    DeleteRows {
        table: String,
        filtered: bool,
    },
    Truncate {
        table: String,
    },
    CreateSchema {
        name: String,
    },
    CreateType {
        name: String,
    },
    /// Something that exists from now on, of which no more is known.
    Opaque {
        table: String,
    },
}

/// A table that is made.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewTable {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) keys: Vec<Key>,
    pub(crate) if_not_exists: bool,
    pub(crate) is_temporary: bool,
    /// Whether more is in it than is written: a copy, a partition, the rows of a query.
    pub(crate) is_opaque: bool,
    pub(crate) is_strict: bool,
}

/// A column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) not_null: bool,
    pub(crate) default: Option<Given>,
    /// Whether the engine makes its values: a number in a sequence or an expression.
    pub(crate) is_generated: bool,
    /// Whether adding it writes every row anew.
    pub(crate) is_stored: bool,
    pub(crate) at: Range<usize>,
}

/// The default of a column.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) is_null: bool,
    /// Whether it is one value, known when the statement is written.
    pub(crate) is_constant: bool,
    /// Whether it differs from row to row.
    pub(crate) is_volatile: bool,
}

/// A key or constraint of a table.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    Primary { columns: Vec<Part>, using_index: Option<String>, at: Range<usize> },
    Unique { name: Option<String>, columns: Vec<Part>, using_index: Option<String>, at: Range<usize> },
    Foreign(ForeignKey),
    Check { name: Option<String>, not_null: Option<String> },
    Index(Index),
}

/// A foreign key.
#[derive(Debug, Clone)]
pub(crate) struct ForeignKey {
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) references: String,
    pub(crate) cascades: bool,
    pub(crate) at: Range<usize>,
}

/// An index.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<Part>,
    pub(crate) is_unique: bool,
    /// Whether it covers every row and is ordered: one that can stand in for another.
    pub(crate) is_plain: bool,
    pub(crate) at: Range<usize>,
}

/// A column of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The column, or nothing for an expression.
    pub(crate) column: String,
    /// What stands for the whole part: the column and its order, or the expression.
    pub(crate) text: String,
    /// How much of the column is in the index, where it isn't all of it.
    pub(crate) length: Option<u64>,
}
