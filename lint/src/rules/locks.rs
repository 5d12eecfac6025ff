//! Constraints and indexes that hold a lock while they read a table.

use bedplate_core::sql::Dialect;

use crate::change::{Change, Index, Key, Part, What};
use crate::codes::{CONSTRAINT_WITHOUT_NOT_VALID, INDEX_WITHOUT_CONCURRENTLY, UNIQUE_ON_EXISTING_TABLE};
use crate::history::{Found, Step};

pub(super) fn judge(step: &Step<'_>, change: &Change, found: &mut Vec<Found>) {
    match &change.what {
        What::AddKey { table, key, not_valid } if step.is_old(table) => {
            // What a new column brings along stands where the column does.
            let is_inline = change.at != step.statement.range;
            found.extend(key_found(step, change, table, key, *not_valid, is_inline));
        }
        What::CreateIndex { table, index, concurrently } if step.is_old(table) && !concurrently => {
            found.extend(index_found(step, change, table, index));
        }
        What::DropIndex { name, concurrently }
            if step.script.dialect == Dialect::Postgres && !concurrently =>
        {
            let is_old = step.schema.tables.iter().any(|(table, known)| {
                step.is_old(table) && known.indexes.iter().any(|(index, _)| index.name.as_ref() == Some(name))
            });
            if is_old {
                let message = format!(
                    "dropping `{name}` waits for every query on its table, and all that come after wait behind it"
                );
                let help = "write `drop index concurrently`, with `-- bedplate: no-transaction` as the script's first line";
                found.push(step.found(INDEX_WITHOUT_CONCURRENTLY, &change.at, message).with_help(help));
            }
        }
        _ => {}
    }
}

fn key_found(
    step: &Step<'_>,
    change: &Change,
    table: &str,
    key: &Key,
    not_valid: bool,
    is_inline: bool,
) -> Option<Found> {
    let is_postgres = step.script.dialect == Dialect::Postgres;
    match key {
        Key::Foreign(key) if is_postgres && !not_valid => {
            // A new column without a default is NULL in every row: nothing is read.
            let has_values =
                key.columns.first().and_then(|name| step.table(table)?.column(name)).is_none_or(|column| {
                    column.default.as_ref().is_some_and(|default| !default.is_null) || column.is_generated
                });
            if is_inline && !has_values {
                return None;
            }
            let message = format!(
                "every row of `{table}` is checked against `{}` while nothing can write to either",
                key.references
            );
            Some(step.found(CONSTRAINT_WITHOUT_NOT_VALID, &change.at, message).with_help(VALIDATE))
        }
        Key::Check { .. } if is_postgres && !not_valid => {
            let message = format!("every row of `{table}` is checked while nothing can read or write it");
            Some(step.found(CONSTRAINT_WITHOUT_NOT_VALID, &change.at, message).with_help(VALIDATE))
        }
        Key::Unique { columns, using_index: None, .. }
            if !is_inline && !is_unique_already(step, table, columns) =>
        {
            Some(unique(step, change, table, columns, "unique"))
        }
        Key::Primary { columns, using_index: None, .. } if !is_inline && is_postgres => {
            Some(unique(step, change, table, columns, "primary key"))
        }
        _ => None,
    }
}

const VALIDATE: &str = "add `not valid` here, which is instant, and `validate constraint` in a migration of its own, which only reads";

fn unique(step: &Step<'_>, change: &Change, table: &str, columns: &[Part], what: &str) -> Found {
    let columns = shown(columns);
    let message =
        format!("({columns}) of `{table}` becomes {what}: this fails where two rows have the same values");
    let help = match step.script.dialect {
        Dialect::Postgres => format!(
            "write `create unique index concurrently` in a migration of its own, then `add {what} using index`, which is instant"
        ),
        _ => format!(
            "look for them first: `select {columns} from {table} group by {columns} having count(*) > 1`"
        ),
    };
    step.found(UNIQUE_ON_EXISTING_TABLE, &change.at, message).with_help(help)
}

fn index_found(step: &Step<'_>, change: &Change, table: &str, index: &Index) -> Option<Found> {
    if step.script.dialect == Dialect::Postgres {
        let message = format!("nothing can write to `{table}` while this index is made");
        let help = "write `create index concurrently`, with `-- bedplate: no-transaction` as the script's first line";
        return Some(step.found(INDEX_WITHOUT_CONCURRENTLY, &change.at, message).with_help(help));
    }
    (index.is_unique && !is_unique_already(step, table, &index.columns))
        .then(|| unique(step, change, table, &index.columns, "unique"))
}

/// Whether the columns hold the primary key, so that no two rows can be the same in them.
fn is_unique_already(step: &Step<'_>, table: &str, columns: &[Part]) -> bool {
    let key = step.table(table).and_then(|known| known.primary_key.as_ref());
    key.is_some_and(|key| {
        key.columns.iter().all(|part| columns.iter().any(|column| column.column == part.column))
    })
}

fn shown(columns: &[Part]) -> String {
    columns.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(", ")
}
