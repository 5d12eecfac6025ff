//! Values on their way back, by the type of their column.

use bedplate_core::sql::{Batch, Value};
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan};
use tokio_postgres::types::{FromSql, Kind, Type};
use uuid::Uuid;

use crate::encode::{DAY_MICROSECONDS, EPOCH, EPOCH_MICROSECONDS};
use crate::numeric;

/// A value as it came.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Puts one row into a batch.
pub(crate) fn row(row: &tokio_postgres::Row, batch: &mut Batch) -> Result<()> {
    batch.push(row.columns().iter().enumerate().map(|(at, column)| {
        let Raw(raw) = row.try_get(at).map_err(|why| Error::new(ErrorKind::Internal, why.to_string()))?;
        let Some(raw) = raw else { return Ok(Value::Null) };
        value(raw, column.type_()).map_err(|error| {
            let named = Error::new(error.kind(), format!("column `{}`: {}", column.name(), error.message()));
            match error.help() {
                Some(help) => named.with_help(help),
                None => named,
            }
        })
    }))
}

fn value(raw: &[u8], kind: &Type) -> Result<Value> {
    Ok(match *kind {
        Type::BOOL => Value::Bool(fixed::<1>(raw)? != [0]),
        Type::INT2 => Value::Int(i16::from_be_bytes(fixed(raw)?).into()),
        Type::INT4 => Value::Int(i32::from_be_bytes(fixed(raw)?).into()),
        Type::INT8 => Value::Int(i64::from_be_bytes(fixed(raw)?)),
        Type::OID => Value::Int(u32::from_be_bytes(fixed(raw)?).into()),
        Type::FLOAT4 => float(f32::from_be_bytes(fixed(raw)?).into())?,
        Type::FLOAT8 => float(f64::from_be_bytes(fixed(raw)?))?,
        Type::NUMERIC => Value::Decimal(numeric::decode(raw)?),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::CHAR | Type::UNKNOWN | Type::XML => {
            text(raw)?
        }
        Type::BYTEA => Value::Bytes(Bytes::copy_from_slice(raw)),
        Type::UUID => Value::Uuid(Uuid::from_bytes(fixed(raw)?)),
        Type::JSON => json(raw)?,
        // The first byte is the version of the form.
        Type::JSONB => json(raw.get(1..).unwrap_or_default())?,
        Type::DATE => Value::Date(date(i32::from_be_bytes(fixed(raw)?).into())?),
        Type::TIME => Value::Time(time(i64::from_be_bytes(fixed(raw)?))?),
        Type::TIMESTAMP => {
            let microseconds = i64::from_be_bytes(fixed(raw)?);
            let time = time(microseconds.rem_euclid(DAY_MICROSECONDS))?;
            Value::DateTime(date(microseconds.div_euclid(DAY_MICROSECONDS))?.to_datetime(time))
        }
        Type::TIMESTAMPTZ => {
            let microseconds = i64::from_be_bytes(fixed(raw)?).checked_add(EPOCH_MICROSECONDS);
            let time = microseconds.and_then(|since_1970| {
                // Not from the microseconds at once: the last second that there is would be cut off.
                let nanosecond = since_1970.rem_euclid(1_000_000) * 1_000;
                Timestamp::new(since_1970.div_euclid(1_000_000), nanosecond as i32).ok()
            });
            Value::Timestamp(time.ok_or_else(out_of_time)?)
        }
        Type::VOID => Value::Null,
        _ => match kind.kind() {
            Kind::Domain(inner) => value(raw, inner)?,
            Kind::Enum(_) => text(raw)?,
            _ if kind.name() == "citext" => text(raw)?,
            _ => {
                return Err(Error::unsupported(format!("values of the type `{}`", kind.name()))
                    .with_help("cast the column to text in the statement, as in `column::text`"));
            }
        },
    })
}

fn fixed<const N: usize>(raw: &[u8]) -> Result<[u8; N]> {
    raw.try_into().map_err(|_| {
        Error::new(ErrorKind::Internal, format!("{N} bytes were expected and {} came", raw.len()))
    })
}

fn float(float: f64) -> Result<Value> {
    if float.is_finite() {
        Ok(Value::Float(float))
    } else {
        Err(Error::invalid(format!("{float} is no value")))
    }
}

fn text(raw: &[u8]) -> Result<Value> {
    match std::str::from_utf8(raw) {
        Ok(text) => Ok(Value::Text(text.into())),
        Err(why) => Err(Error::new(ErrorKind::Corrupt, "the text is not UTF-8").with_source(why)),
    }
}

fn json(raw: &[u8]) -> Result<Value> {
    match serde_json::from_slice(raw) {
        Ok(json) => Ok(Value::Json(json)),
        Err(why) => Err(Error::invalid(format!("the JSON cannot be read: {why}"))),
    }
}

fn date(days: i64) -> Result<Date> {
    i32::try_from(days)
        .ok()
        .filter(|days| (-4_000_000..4_000_000).contains(days))
        .and_then(|days| EPOCH.checked_add(days.days()).ok())
        .ok_or_else(out_of_time)
}

fn time(microseconds: i64) -> Result<Time> {
    if !(0..DAY_MICROSECONDS).contains(&microseconds) {
        return Err(Error::invalid("24:00 is no time of day"));
    }
    Time::midnight().checked_add(microseconds.microseconds()).map_err(|why| Error::invalid(why.to_string()))
}

fn out_of_time() -> Error {
    Error::invalid("the time is infinity or outside of the years -9999 to 9999")
        .with_help("cast it to `text`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_at_the_edges_are_read() {
        for text in ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "9999-12-30T22:00:00.999999Z"] {
            let time: Timestamp = text.parse().unwrap();
            let raw = (time.as_microsecond() - EPOCH_MICROSECONDS).to_be_bytes();
            assert_eq!(value(&raw, &Type::TIMESTAMPTZ).unwrap(), Value::Timestamp(time), "{text}");
        }
        assert!(value(&i64::MAX.to_be_bytes(), &Type::TIMESTAMPTZ).is_err());
        assert!(value(&i64::MIN.to_be_bytes(), &Type::TIMESTAMP).is_err());
        assert!(value(&i32::MAX.to_be_bytes(), &Type::DATE).is_err());
        assert!(value(&DAY_MICROSECONDS.to_be_bytes(), &Type::TIME).is_err());
    }
}
