//! Values on their way to the server, in the form of the type that it inferred for their place.

use bedplate_core::sql::Value;
use bedplate_core::{Error, Result};
use jiff::civil::{Date, Time};
use rust_decimal::prelude::ToPrimitive;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::numeric;

/// The first day of PostgreSQL's calendar.
pub(crate) const EPOCH: Date = Date::constant(2000, 1, 1);
/// The same moment, in microseconds since 1970.
pub(crate) const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;
pub(crate) const DAY_MICROSECONDS: i64 = 86_400_000_000;

/// A value in the form in which it travels.
#[derive(Debug)]
pub(crate) struct Encoded {
    bytes: Option<Vec<u8>>,
    format: Form,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Binary,
    Text,
}

impl ToSql for Encoded {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let Some(bytes) = &self.bytes else { return Ok(IsNull::Yes) };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        match self.format {
            Form::Binary => Format::Binary,
            Form::Text => Format::Text,
        }
    }

    to_sql_checked!();
}

/// Encodes every value for the types of their places, of which there must be as many.
pub(crate) fn encode_all(values: &[Value], types: &[Type]) -> Result<Vec<Encoded>> {
    if values.len() != types.len() {
        return Err(Error::invalid(format!(
            "the statement has places for {} values, and {} were bound",
            types.len(),
            values.len()
        )));
    }
    values.iter().zip(types).enumerate().map(|(at, (value, kind))| encode(value, kind, at + 1)).collect()
}

fn encode(value: &Value, kind: &Type, place: usize) -> Result<Encoded> {
    if let Kind::Domain(inner) = kind.kind() {
        return encode(value, inner, place);
    }
    if *value == Value::Null {
        return Ok(Encoded { bytes: None, format: Form::Binary });
    }
    if let Some(bytes) = binary(value, kind) {
        return Ok(Encoded { bytes: Some(bytes), format: Form::Binary });
    }
    // A number or bytes in a text would be another engine's value; a text that is a number would be a guess.
    let exact =
        [Type::BOOL, Type::INT2, Type::INT4, Type::INT8, Type::OID, Type::FLOAT4, Type::FLOAT8, Type::BYTEA];
    match value.as_text() {
        Some(text) if !exact.contains(kind) && fits_as_text(value, kind) => {
            Ok(Encoded { bytes: Some(text.into_bytes()), format: Form::Text })
        }
        _ => Err(Error::invalid(format!(
            "${place} is {}, and the server takes `{}` there, which cannot hold it exactly",
            value.kind().as_str(),
            kind.name()
        ))
        .with_help(format!(
            "bind another kind of value, or cast it in the statement, as in `${place}::text`"
        ))),
    }
}

/// Whether the server may read the value's text as this type. A text it may read as any, other values as none that would change them.
fn fits_as_text(value: &Value, kind: &Type) -> bool {
    let known = [
        Type::NUMERIC,
        Type::UUID,
        Type::DATE,
        Type::TIME,
        Type::TIMETZ,
        Type::TIMESTAMP,
        Type::TIMESTAMPTZ,
        Type::JSON,
        Type::JSONB,
        Type::INTERVAL,
        Type::MONEY,
    ];
    matches!(value, Value::Text(_)) || !known.contains(kind)
}

/// The binary form, where the type has the value exactly.
fn binary(value: &Value, kind: &Type) -> Option<Vec<u8>> {
    match (value, kind) {
        (Value::Bool(bool), &Type::BOOL) => Some(vec![u8::from(*bool)]),
        (Value::Int(int), _) => whole(*int, kind),
        (Value::Decimal(decimal), &Type::NUMERIC) => Some(numeric::encode(*decimal)),
        (Value::Decimal(decimal), &(Type::INT2 | Type::INT4 | Type::INT8)) if decimal.fract().is_zero() => {
            whole(decimal.to_i64()?, kind)
        }
        (Value::Float(float), &Type::FLOAT8) => Some(float.to_be_bytes().to_vec()),
        (Value::Float(float), &Type::FLOAT4) => {
            let short = *float as f32;
            (f64::from(short) == *float).then(|| short.to_be_bytes().to_vec())
        }
        (Value::Text(text), &(Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN)) => {
            Some(text.as_bytes().to_vec())
        }
        (Value::Bytes(bytes), &Type::BYTEA) => Some(bytes.to_vec()),
        (Value::Uuid(uuid), &Type::UUID) => Some(uuid.as_bytes().to_vec()),
        (Value::Json(json), &Type::JSON) => Some(json.to_string().into_bytes()),
        (Value::Json(json), &Type::JSONB) => Some([&[1], json.to_string().as_bytes()].concat()),
        (Value::Date(date), &Type::DATE) => Some(days(*date)?.to_be_bytes().to_vec()),
        (Value::Time(time), &Type::TIME) => Some(microseconds(*time).to_be_bytes().to_vec()),
        (Value::DateTime(both), &Type::TIMESTAMP) => {
            let day = i64::from(days(both.date())?) * DAY_MICROSECONDS;
            Some((day + microseconds(both.time())).to_be_bytes().to_vec())
        }
        (Value::Timestamp(time), &Type::TIMESTAMPTZ) => {
            Some((time.as_microsecond() - EPOCH_MICROSECONDS).to_be_bytes().to_vec())
        }
        _ => None,
    }
}

fn whole(int: i64, kind: &Type) -> Option<Vec<u8>> {
    match *kind {
        Type::INT2 => i16::try_from(int).ok().map(|int| int.to_be_bytes().to_vec()),
        Type::INT4 => i32::try_from(int).ok().map(|int| int.to_be_bytes().to_vec()),
        Type::INT8 => Some(int.to_be_bytes().to_vec()),
        Type::OID => u32::try_from(int).ok().map(|int| int.to_be_bytes().to_vec()),
        Type::NUMERIC => Some(numeric::encode(int.into())),
        Type::FLOAT8 if int.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS => {
            Some((int as f64).to_be_bytes().to_vec())
        }
        Type::FLOAT4 if int.unsigned_abs() <= 1 << f32::MANTISSA_DIGITS => {
            Some((int as f32).to_be_bytes().to_vec())
        }
        _ => None,
    }
}

fn days(date: Date) -> Option<i32> {
    EPOCH.until(date).ok().map(|span| span.get_days())
}

fn microseconds(time: Time) -> i64 {
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_goes_only_where_it_fits() {
        let fits = |value: Value, kind: Type| encode(&value, &kind, 1).is_ok();
        assert!(fits(32_767.into(), Type::INT2) && !fits(32_768.into(), Type::INT2));
        assert!(fits(i64::from(i32::MIN).into(), Type::INT4) && !fits(i64::MAX.into(), Type::INT4));
        assert!(fits(0.5.into(), Type::FLOAT4) && !fits(0.1.into(), Type::FLOAT4));
        assert!(fits((1i64 << 53).into(), Type::FLOAT8) && !fits(((1i64 << 53) + 1).into(), Type::FLOAT8));
        assert!(
            !fits(1.into(), Type::TEXT) && !fits("1".into(), Type::INT8) && !fits(0.5.into(), Type::NUMERIC)
        );
        assert!(!fits(vec![1u8].into(), Type::TEXT) && !fits(true.into(), Type::INT4));
    }

    #[test]
    fn a_time_goes_only_where_its_zone_is_known() {
        let fits = |value: Value, kind: Type| encode(&value, &kind, 1).is_ok();
        let now = jiff::Timestamp::UNIX_EPOCH;
        assert!(fits(now.into(), Type::TIMESTAMPTZ) && !fits(now.into(), Type::TIMESTAMP));
        assert!(
            fits(EPOCH.at(0, 0, 0, 0).into(), Type::TIMESTAMP)
                && !fits(EPOCH.at(0, 0, 0, 0).into(), Type::TIMESTAMPTZ)
        );
        assert!(fits("2026-01-01".into(), Type::DATE) && fits("a".into(), Type::INET));
    }

    #[test]
    fn as_many_values_as_places() {
        assert!(encode_all(&[], &[Type::INT8]).is_err());
        assert!(encode_all(&[1.into()], &[]).is_err());
    }
}
