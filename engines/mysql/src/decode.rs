//! Values on their way back, by the type of their column.

use std::sync::Arc;

use bedplate_core::sql::{Batch, Value};
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use mysql_async::Column;
use mysql_async::consts::{ColumnFlags, ColumnType};
use rust_decimal::Decimal;

/// The number of the character set that is none: bytes.
const BINARY: u16 = 63;

/// The names of a result's columns.
pub(crate) fn names(columns: &[Column]) -> Arc<[String]> {
    columns.iter().map(|column| column.name_str().into_owned()).collect()
}

/// Puts one row into a batch.
pub(crate) fn row(row: mysql_async::Row, batch: &mut Batch) -> Result<()> {
    let columns = row.columns();
    batch.push(row.unwrap().into_iter().zip(columns.iter()).map(|(found, column)| {
        value(found, column).map_err(|error| {
            let message = format!("column `{}`: {}", column.name_str(), error.message());
            let named = Error::new(error.kind(), message);
            match error.help() {
                Some(help) => named.with_help(help),
                None => named,
            }
        })
    }))
}

fn value(found: mysql_async::Value, column: &Column) -> Result<Value> {
    use mysql_async::Value as Found;
    Ok(match found {
        Found::NULL => Value::Null,
        Found::Int(int) => Value::Int(int),
        Found::UInt(int) => i64::try_from(int).map_or_else(|_| Value::Decimal(int.into()), Value::Int),
        Found::Float(float) => Value::Float(float.into()),
        Found::Double(float) => Value::Float(float),
        Found::Date(year, month, day, hour, minute, second, micro) => {
            let date = date(year, month, day)?;
            let time = time(hour, minute, second, micro)?;
            match column.column_type() {
                ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => Value::Date(date),
                ColumnType::MYSQL_TYPE_TIMESTAMP | ColumnType::MYSQL_TYPE_TIMESTAMP2 => {
                    timestamp(date, time)?
                }
                _ => Value::DateTime(DateTime::from_parts(date, time)),
            }
        }
        Found::Time(false, 0, hour, minute, second, micro) => Value::Time(time(hour, minute, second, micro)?),
        Found::Time(..) => {
            return Err(Error::invalid(
                "the time is no time of day: it is negative, or a day long or longer",
            )
            .with_help("cast it to text in the statement, as in `cast(column as char)`"));
        }
        Found::Bytes(bytes) => of_bytes(bytes, column)?,
    })
}

fn of_bytes(bytes: Vec<u8>, column: &Column) -> Result<Value> {
    use ColumnType::*;
    match column.column_type() {
        MYSQL_TYPE_DECIMAL | MYSQL_TYPE_NEWDECIMAL => decimal(&text(bytes)?).map(Value::Decimal),
        MYSQL_TYPE_JSON => match serde_json::from_slice(&bytes) {
            Ok(json) => Ok(Value::Json(json)),
            Err(why) => Err(Error::invalid(format!("the JSON cannot be read: {why}"))),
        },
        MYSQL_TYPE_BIT if bytes.len() <= 8 => {
            let bits = bytes.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
            Ok(i64::try_from(bits).map_or_else(|_| Value::Decimal(bits.into()), Value::Int))
        }
        MYSQL_TYPE_GEOMETRY => Err(Error::unsupported("values of the type `geometry`")
            .with_help("read it as text in the statement, as in `st_astext(column)`")),
        _ if column.character_set() == BINARY && column.flags().contains(ColumnFlags::BINARY_FLAG) => {
            Ok(Value::Bytes(Bytes::from(bytes)))
        }
        _ => text(bytes).map(Value::Text),
    }
}

fn text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes)
        .map_err(|why| Error::new(ErrorKind::Corrupt, "the text is not UTF-8").with_source(why.utf8_error()))
}

/// A decimal without the zeros that its column adds at its end: with them it could have more digits than fit.
fn decimal(text: &str) -> Result<Decimal> {
    let short = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    };
    Decimal::from_str_exact(short).map_err(|_| {
        Error::invalid(
            "the decimal has more digits than can be read exactly: 28 after the point, about as many in all",
        )
        .with_help("round it in the statement, as in `round(column, 10)`")
    })
}

fn date(year: u16, month: u8, day: u8) -> Result<Date> {
    let number = |part: u8| i8::try_from(part).unwrap_or(-1);
    i16::try_from(year)
        .ok()
        .and_then(|year| Date::new(year, number(month), number(day)).ok())
        .ok_or_else(|| Error::invalid("the date is none, such as the 0th of a month"))
}

fn time(hour: u8, minute: u8, second: u8, micro: u32) -> Result<Time> {
    let number = |part: u8| i8::try_from(part).unwrap_or(-1);
    let nanosecond = i32::try_from(micro).ok().and_then(|micro| micro.checked_mul(1_000)).unwrap_or(-1);
    Time::new(number(hour), number(minute), number(second), nanosecond)
        .map_err(|why| Error::invalid(why.to_string()))
}

fn timestamp(date: Date, time: Time) -> Result<Value> {
    match TimeZone::UTC.to_timestamp(DateTime::from_parts(date, time)) {
        Ok(time) => Ok(Value::Timestamp(time)),
        Err(why) => Err(Error::invalid(why.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_or_not_at_all() {
        for (text, expected) in [
            ("79228162514264337593543950335.0000000000000000000000000000", "79228162514264337593543950335"),
            ("-0.1000", "-0.1"),
            ("0.0000", "0"),
            ("100", "100"),
            ("0.0000000000000000000000000001", "0.0000000000000000000000000001"),
        ] {
            assert_eq!(decimal(text).unwrap(), Decimal::from_str_exact(expected).unwrap(), "{text}");
        }
        for text in ["79228162514264337593543950336", "0.00000000000000000000000000001", "1e5", ""] {
            assert!(decimal(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_or_time_is_refused() {
        let column = Column::new(ColumnType::MYSQL_TYPE_DATETIME);
        assert!(value(mysql_async::Value::Date(0, 0, 0, 0, 0, 0, 0), &column).is_err());
        assert!(value(mysql_async::Value::Date(2026, 2, 30, 0, 0, 0, 0), &column).is_err());
        assert!(value(mysql_async::Value::Time(true, 0, 1, 0, 0, 0), &column).is_err());
        assert!(value(mysql_async::Value::Time(false, 1, 1, 0, 0, 0), &column).is_err());
    }
}
