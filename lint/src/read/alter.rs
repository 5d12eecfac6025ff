//! `alter table`: what each of its operations does.

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, ColumnOption, DataType, Ident, RenameTableNameKind,
};

use super::names::{Source, column, table};
use super::table::{constraint_key, definition, kind};
use crate::change::{Change, What};

/// What the statement does, or `None` where an operation is unknown.
pub(super) fn changes(alter: &AlterTable, source: &Source<'_>) -> Option<Vec<Change>> {
    let name = table(&alter.name);
    let mut changes = Vec::new();
    for operation in &alter.operations {
        changes.extend(one(operation, &name, source)?);
    }
    Some(changes)
}

fn one(operation: &AlterTableOperation, name: &str, source: &Source<'_>) -> Option<Vec<Change>> {
    let of = || name.to_string();
    let at = |ident: &Ident| source.at(ident.span);
    let whole = source.range.clone();
    Some(match operation {
        AlterTableOperation::AddConstraint { constraint, not_valid } => {
            let Some(key) = constraint_key(constraint, source) else { return Some(Vec::new()) };
            vec![Change { at: whole, what: What::AddKey { table: of(), key, not_valid: *not_valid } }]
        }
        AlterTableOperation::AddColumn { column_def, .. } => {
            let (column, keys) = definition(column_def, source);
            let at = column.at.clone();
            let mut changes = vec![Change { at: at.clone(), what: What::AddColumn { table: of(), column } }];
            changes.extend(keys.into_iter().map(|key| Change {
                at: at.clone(),
                what: What::AddKey { table: of(), key, not_valid: false },
            }));
            changes
        }
        AlterTableOperation::DropColumn { column_names, .. } => column_names
            .iter()
            .map(|ident| Change {
                at: at(ident),
                what: What::DropColumn { table: of(), column: column(ident) },
            })
            .collect(),
        AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
            vec![renamed(name, old_column_name, new_column_name, source)]
        }
        AlterTableOperation::RenameTable { table_name } => {
            let (RenameTableNameKind::As(to) | RenameTableNameKind::To(to)) = table_name;
            vec![Change { at: whole, what: What::RenameTable { table: of(), to: table(to) } }]
        }
        AlterTableOperation::ChangeColumn { old_name, new_name, data_type, options, .. } => {
            let mut changes = Vec::new();
            if column(old_name) != column(new_name) {
                changes.push(renamed(name, old_name, new_name, source));
            }
            changes.extend(modified(name, new_name, data_type, options, source));
            changes
        }
        AlterTableOperation::ModifyColumn { col_name, data_type, options, .. } => {
            modified(name, col_name, data_type, options, source)
        }
        AlterTableOperation::AlterColumn { column_name, op } => altered(name, column_name, op, source),
        AlterTableOperation::DropConstraint { name: key, .. }
        | AlterTableOperation::DropForeignKey { name: key, .. }
        | AlterTableOperation::DropIndex { name: key } => {
            vec![Change { at: at(key), what: What::DropNamed { table: of(), name: column(key) } }]
        }
        AlterTableOperation::DropPrimaryKey { .. } => {
            vec![Change { at: whole, what: What::DropPrimaryKey { table: of() } }]
        }
        AlterTableOperation::ValidateConstraint { name: key } => {
            vec![Change { at: at(key), what: What::Validate { table: of(), name: column(key) } }]
        }
        // Partitions, row security, owners, options: nothing that the lint judges.
        _ => Vec::new(),
    })
}

fn renamed(name: &str, from: &Ident, to: &Ident, source: &Source<'_>) -> Change {
    let what = What::RenameColumn { table: name.to_string(), column: column(from), to: column(to) };
    Change { at: source.at(from.span), what }
}

/// `modify` says everything about a column anew.
fn modified(
    name: &str,
    ident: &Ident,
    data_type: &DataType,
    options: &[ColumnOption],
    source: &Source<'_>,
) -> Vec<Change> {
    let (table, column) = (name.to_string(), column(ident));
    let at = source.at(ident.span);
    let kind = kind(data_type);
    let is_not_null = options.iter().any(|option| matches!(option, ColumnOption::NotNull));
    let null = if is_not_null {
        What::SetNotNull { table: table.clone(), column: column.clone() }
    } else {
        What::DropNotNull { table: table.clone(), column: column.clone() }
    };
    vec![Change { at: at.clone(), what: What::ChangeType { table, column, kind } }, Change { at, what: null }]
}

fn altered(name: &str, ident: &Ident, op: &AlterColumnOperation, source: &Source<'_>) -> Vec<Change> {
    let (table, column) = (name.to_string(), column(ident));
    let what = match op {
        AlterColumnOperation::SetNotNull => What::SetNotNull { table, column },
        AlterColumnOperation::DropNotNull => What::DropNotNull { table, column },
        AlterColumnOperation::SetDataType { data_type, .. } => {
            What::ChangeType { table, column, kind: kind(data_type) }
        }
        _ => return Vec::new(),
    };
    vec![Change { at: source.at(ident.span), what }]
}
