//! New columns, columns that must not be NULL, and columns that change their types.

use bedplate_core::sql::Dialect;

use super::narrowing::{Turn, turn};
use crate::change::{Change, Column, What};
use crate::codes::{
    COLUMN_NARROWED, COLUMN_TYPE_CHANGED, NOT_NULL_WITHOUT_DEFAULT, SET_NOT_NULL, TABLE_REWRITTEN,
};
use crate::history::{Found, Step};
use crate::kind::Kind;

pub(super) fn judge(step: &Step<'_>, change: &Change, found: &mut Vec<Found>) {
    match &change.what {
        What::AddColumn { table, column } if step.is_old(table) => added(step, table, column, found),
        What::SetNotNull { table, column } if step.is_old(table) => {
            found.extend(not_null(step, change, table, column));
        }
        What::ChangeType { table, column, kind } if step.is_old(table) => {
            found.extend(changed(step, change, table, column, kind));
        }
        _ => {}
    }
}

fn added(step: &Step<'_>, table: &str, column: &Column, found: &mut Vec<Found>) {
    let name = &column.name;
    let has_value = column.default.as_ref().is_some_and(|default| !default.is_null) || column.is_generated;
    if column.not_null && !has_value {
        let message = match step.script.dialect {
            Dialect::Mysql => {
                format!(
                    "the rows that are in `{table}` get an empty `{name}` that nobody chose, and older copies of the service can't insert"
                )
            }
            _ => format!(
                "`{name}` must not be NULL and has no default: this fails as soon as `{table}` has a row"
            ),
        };
        let help =
            "give it a default, or add it without `not null`, fill it, and forbid NULL in a later migration";
        found.push(step.found(NOT_NULL_WITHOUT_DEFAULT, &column.at, message).with_help(help));
    }
    let is_volatile = column.default.as_ref().is_some_and(|default| default.is_volatile);
    let is_rewritten = match step.script.dialect {
        Dialect::Postgres => is_volatile || column.is_stored,
        Dialect::Mysql => is_volatile,
        _ => false,
    };
    if is_rewritten {
        let why =
            if is_volatile { "each row gets a value of its own" } else { "its values are made and stored" };
        let message = format!("`{name}` makes the engine write all of `{table}` anew under a lock: {why}");
        let help = if is_volatile {
            "add it without a default, set the default in a second statement, and fill old rows in batches"
        } else {
            "add a plain column, fill it in batches, and let the service or a trigger keep it"
        };
        found.push(step.found(TABLE_REWRITTEN, &column.at, message).with_help(help));
    }
}

fn not_null(step: &Step<'_>, change: &Change, table: &str, column: &str) -> Option<Found> {
    let known = step.table(table);
    let is_so = known.and_then(|known| known.column(column)).is_some_and(|column| column.not_null);
    let is_checked = known.is_some_and(|known| known.is_checked_not_null(column));
    // SQLite can't do it at all, which is said elsewhere.
    let (message, help) = match step.script.dialect {
        _ if is_so => return None,
        Dialect::Postgres if !is_checked => (
            format!(
                "all of `{table}` is read under a lock that stops reads too, to see that no `{column}` is NULL"
            ),
            format!(
                "first `add constraint {table}_{column}_not_null check ({column} is not null) not valid`, then `validate constraint` \
                 in a migration of its own; after that this is instant"
            ),
        ),
        Dialect::Mysql => (
            format!(
                "all of `{table}` is written anew so that no `{column}` is NULL, and older copies of the service may insert NULL"
            ),
            "first release a version that always writes it, and fill old rows".to_string(),
        ),
        _ => return None,
    };
    Some(step.found(SET_NOT_NULL, &change.at, message).with_help(help))
}

fn changed(step: &Step<'_>, change: &Change, table: &str, column: &str, kind: &Kind) -> Option<Found> {
    // SQLite can't do it at all, which is said elsewhere.
    if step.script.dialect == Dialect::Sqlite {
        return None;
    }
    let old = step.table(table).and_then(|known| known.column(column)).map(|column| &column.kind);
    let new = &kind.text;
    let copy =
        "add a column of the new type, write both, copy in batches, then let the service read the new one";
    match old.map(|old| (old, turn(old, kind))) {
        Some((_, Turn::Same | Turn::Wider)) => None,
        Some((old, Turn::Narrower)) => {
            let message = format!(
                "`{column}` of `{table}` goes from `{}` to `{new}`: what doesn't fit is lost or refused",
                old.text
            );
            Some(step.found(COLUMN_NARROWED, &change.at, message).with_help(copy))
        }
        Some((old, Turn::Other)) => {
            let message = format!(
                "`{column}` of `{table}` goes from `{}` to `{new}`: the table is written anew under a lock",
                old.text
            );
            Some(step.found(COLUMN_TYPE_CHANGED, &change.at, message).with_help(copy))
        }
        None => {
            let message = format!(
                "`{column}` of `{table}` becomes `{new}`: the table may be written anew under a lock"
            );
            Some(step.found(COLUMN_TYPE_CHANGED, &change.at, message).with_help(copy))
        }
    }
}
