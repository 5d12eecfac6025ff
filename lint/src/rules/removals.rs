//! What is dropped or renamed while older copies of the service still use it.

use std::collections::BTreeMap;

use bedplate_core::sql::Dialect;

use crate::change::{Change, What};
use crate::codes::{DROP_COLUMN, DROP_TABLE, NOT_IN_THIS_ENGINE, RENAME_COLUMN, RENAME_TABLE};
use crate::history::{Found, Step};
use crate::schema::{Place, Schema, Table};

const DROP_HELP: &str = "first release a version that doesn't use it, then drop it, with `-- lint: allow` and the reason before it";
const RENAME_HELP: &str = "add the new one, write both, copy what is there, read the new one, and drop the old one in a later release";

pub(super) fn judge(step: &Step<'_>, change: &Change, found: &mut Vec<Found>) {
    let at = &change.at;
    match &change.what {
        What::DropTable { table } if is_gone(step, table) => {
            let message =
                format!("`{table}` is dropped with its rows, and running copies of the service may use it");
            found.push(step.found(DROP_TABLE, at, message).with_help(DROP_HELP));
        }
        What::RenameTable { table, to } if is_gone(step, table) => {
            let message =
                format!("`{table}` becomes `{to}`, and running copies of the service use the old name");
            found.push(step.found(RENAME_TABLE, at, message).with_help(RENAME_HELP));
        }
        What::DropColumn { table, column } if step.is_old(table) => {
            let message = format!(
                "`{column}` of `{table}` is dropped with its values, and running copies of the service may use it"
            );
            found.push(step.found(DROP_COLUMN, at, message).with_help(DROP_HELP));
            found.extend(held(step, change, table, column));
        }
        What::RenameColumn { table, column, to } if step.is_old(table) => {
            let message = format!(
                "`{column}` of `{table}` becomes `{to}`, and running copies of the service use the old name"
            );
            found.push(step.found(RENAME_COLUMN, at, message).with_help(RENAME_HELP));
        }
        _ => {}
    }
}

/// Whether a table goes that others know by this name.
fn is_gone(step: &Step<'_>, table: &str) -> bool {
    let named_here = step.table(table).is_some_and(|table| table.named == step.script.number);
    step.is_old(table) && !named_here && !step.rebuilt.contains(table)
}

/// SQLite drops no column that an index or a key holds.
fn held(step: &Step<'_>, change: &Change, table: &str, column: &str) -> Option<Found> {
    let known = step.table(table).filter(|_| step.script.dialect == Dialect::Sqlite)?;
    let index =
        known.indexes.iter().find(|(index, _)| index.columns.iter().any(|part| part.column == column));
    let is_primary =
        known.primary_key.as_ref().is_some_and(|key| key.columns.iter().any(|part| part.column == column));
    let is_foreign = known.foreign_keys.iter().any(|(key, _)| key.columns.iter().any(|name| name == column));
    let holder = match index {
        _ if is_primary => "the primary key".to_string(),
        _ if is_foreign => "a foreign key".to_string(),
        Some((index, _)) => {
            index.name.as_ref().map_or_else(|| "a unique key".into(), |name| format!("the index `{name}`"))
        }
        None => return None,
    };
    let message = format!("SQLite drops no column that {holder} holds: `{column}` of `{table}`");
    let help = "drop the index first; a key goes only with its table: make a new table, copy the rows, drop the old one, rename";
    Some(step.found(NOT_IN_THIS_ENGINE, &change.at, message).with_help(help))
}

/// Columns that a table lost while it was made anew.
pub(super) fn rebuilt(
    script: usize,
    schema: &Schema,
    before: &BTreeMap<String, Table>,
    found: &mut Vec<Found>,
) {
    for (name, old) in before {
        let Some(new) = schema.tables.get(name).filter(|new| !new.is_opaque) else { continue };
        for column in old.columns.iter().filter(|column| new.column(&column.name).is_none()) {
            let column = &column.name;
            let message = format!(
                "`{column}` of `{name}` is gone from the table that takes its place, and running copies of the service may use it"
            );
            let place = Place { script, range: new.place.range.clone() };
            found.push(Found { code: DROP_COLUMN, place, message, help: Some(DROP_HELP.to_string()) });
        }
    }
}
