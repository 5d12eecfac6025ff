//! Statements with their values, and the values of rows.

use std::sync::Arc;

use bedplate_core::sql::{Row, Statement, Value};
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection};

use crate::error::classify;

/// Prepares one statement and binds its values.
pub(crate) fn prepare<'c>(connection: &'c Connection, statement: &Statement) -> Result<CachedStatement<'c>> {
    let mut prepared = connection.prepare_cached(&statement.text).map_err(classify)?;
    bind(&mut prepared, &statement.values)?;
    Ok(prepared)
}

/// Binds `$1`, `$2` ... by their names: to SQLite the number is a part of a name like any other.
fn bind(prepared: &mut rusqlite::Statement<'_>, values: &[Value]) -> Result<()> {
    for at in 1..=prepared.parameter_count() {
        let name = prepared.parameter_name(at);
        let number =
            name.and_then(|name| name.strip_prefix('$')).and_then(|number| number.parse::<usize>().ok());
        match number {
            Some(number) if (1..=values.len()).contains(&number) => {}
            Some(number) => {
                let count = values.len();
                return Err(Error::invalid(format!(
                    "the statement has ${number}, and {count} values were bound"
                )));
            }
            None => {
                let found = name.unwrap_or("?");
                return Err(Error::invalid(format!("the statement has the parameter `{found}`"))
                    .with_help("write `$1`, `$2` ... for the values"));
            }
        }
    }
    for (at, value) in values.iter().enumerate() {
        let name = format!("${}", at + 1);
        let place = prepared.parameter_index(&name).map_err(classify)?.ok_or_else(|| {
            Error::invalid(format!("{} values were bound, and the statement has no {name}", values.len()))
        })?;
        bind_one(prepared, place, value)?;
    }
    Ok(())
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

/// One row, as it is stored.
pub(crate) fn read(row: &rusqlite::Row<'_>, columns: &Arc<[String]>) -> Result<Row> {
    let values = (0..columns.len()).map(|at| read_one(row, at, &columns[at])).collect::<Result<_>>()?;
    Ok(Row::new(columns.clone(), values))
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
