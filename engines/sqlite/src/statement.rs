//! Statements with their values, and the values of rows.

use std::sync::Arc;

use bedplate_core::sql::{Batch, Statement, Value};
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, ErrorCode};

use crate::error::classify;

/// How often a statement is prepared while the schema keeps changing under it.
const MAX_TRIES: u32 = 50;

/// Prepares one statement and binds its values.
pub(crate) fn prepare<'c>(connection: &'c Connection, statement: &Statement) -> Result<CachedStatement<'c>> {
    let mut tries = 0;
    let mut prepared = loop {
        match connection.prepare_cached(&statement.text) {
            // Another connection changes the schema again and again; SQLite itself gives up after the second time.
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::SchemaChanged) && tries < MAX_TRIES =>
            {
                tries += 1
            }
            prepared => break prepared.map_err(classify)?,
        }
    };
    // Only a text of blanks and comments becomes a statement without text; what changes nothing and returns nothing is looked at for it.
    if prepared.readonly() && prepared.column_count() == 0 && prepared.expanded_sql().is_none() {
        return Err(Error::invalid("the text has no statement"));
    }
    bind(&mut prepared, &statement.values)?;
    Ok(prepared)
}

/// Binds `$1`, `$2` ... by their names: to SQLite the number is a part of a name like any other.
fn bind(prepared: &mut rusqlite::Statement<'_>, values: &[Value]) -> Result<()> {
    let mut bound = vec![false; values.len()];
    // One look at each place: to find a name, SQLite goes through all of them.
    for place in 1..=prepared.parameter_count() {
        let name = prepared.parameter_name(place).unwrap_or("?");
        let Some(number) = name.strip_prefix('$').and_then(|number| number.parse::<usize>().ok()) else {
            return Err(Error::invalid(format!("the statement has the parameter `{name}`"))
                .with_help("write `$1`, `$2` ... for the values"));
        };
        let Some(value) = number.checked_sub(1).and_then(|at| values.get(at)) else {
            let count = values.len();
            return Err(Error::invalid(format!(
                "the statement has ${number}, and {count} values were bound"
            )));
        };
        bound[number - 1] = true;
        bind_one(prepared, place, value)?;
    }
    match bound.iter().position(|bound| !bound) {
        None => Ok(()),
        Some(at) => {
            let (count, missing) = (values.len(), at + 1);
            Err(Error::invalid(format!("{count} values were bound, and the statement has no ${missing}")))
        }
    }
}

fn bind_one(prepared: &mut rusqlite::Statement<'_>, place: usize, value: &Value) -> Result<()> {
    let bound = match value {
        Value::Null => prepared.raw_bind_parameter(place, rusqlite::types::Null),
        Value::Bool(bool) => prepared.raw_bind_parameter(place, i64::from(*bool)),
        Value::Int(int) => prepared.raw_bind_parameter(place, int),
        Value::Float(float) => prepared.raw_bind_parameter(place, float),
        Value::Text(text) => prepared.raw_bind_parameter(place, text),
        Value::Bytes(bytes) => prepared.raw_bind_parameter(place, &bytes[..]),
        other => match other.as_text() {
            Some(text) => prepared.raw_bind_parameter(place, text),
            None => return Err(Error::unsupported(format!("{} as a value", other.kind().as_str()))),
        },
    };
    bound.map_err(classify)
}

/// Runs a prepared statement to its end and tells how many rows it changed.
pub(crate) fn execute(connection: &Connection, prepared: &mut rusqlite::Statement<'_>) -> Result<u64> {
    let before = connection.total_changes();
    let mut rows = prepared.raw_query();
    while rows.next().map_err(classify)?.is_some() {}
    drop(rows);
    // The count of the last statement that changed something stays until the next one does.
    Ok(if connection.total_changes() == before { 0 } else { connection.changes() })
}

/// The columns' names, once the first step has settled what they are.
pub(crate) fn columns(row: &rusqlite::Row<'_>) -> Arc<[String]> {
    let statement: &rusqlite::Statement<'_> = row.as_ref();
    statement.column_names().into_iter().map(String::from).collect()
}

/// Puts one row into a batch, as it is stored.
pub(crate) fn read(row: &rusqlite::Row<'_>, columns: &[String], batch: &mut Batch) -> Result<()> {
    batch.push(columns.iter().enumerate().map(|(at, column)| read_one(row, at, column)))
}

fn read_one(row: &rusqlite::Row<'_>, at: usize, column: &str) -> Result<Value> {
    Ok(match row.get_ref(at).map_err(classify)? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => Value::Int(int),
        ValueRef::Real(float) if float.is_finite() => Value::Float(float),
        ValueRef::Real(float) => {
            return Err(Error::invalid(format!("column `{column}` is {float}, which is no value")));
        }
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.into()),
            Err(why) => {
                let message = format!("the text in column `{column}` is not UTF-8");
                return Err(Error::new(ErrorKind::Corrupt, message).with_source(why));
            }
        },
        ValueRef::Blob(bytes) => Value::Bytes(Bytes::copy_from_slice(bytes)),
    })
}
