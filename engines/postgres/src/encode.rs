//! Values on their way to the server, in the form of the type that it inferred for their place.

use std::borrow::Cow;

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

/// A value in the form in which it travels. Short ones lie here, and what travels as the caller has it isn't copied.
#[derive(Debug)]
pub(crate) enum Encoded<'a> {
    Null,
    /// So many of these bytes, in the binary form.
    Short([u8; SHORT], usize),
    Long(Cow<'a, [u8]>),
    /// What the server reads as it reads a literal.
    Text(Cow<'a, str>),
}

/// As many bytes as the largest type of a fixed size has.
const SHORT: usize = 16;

impl ToSql for Encoded<'_> {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Short(bytes, length) => out.extend_from_slice(&bytes[..*length]),
            Self::Long(bytes) => out.extend_from_slice(bytes),
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        match self {
            Self::Text(_) => Format::Text,
            _ => Format::Binary,
        }
    }

    to_sql_checked!();
}

fn short<'a, const N: usize>(bytes: [u8; N]) -> Encoded<'a> {
    const { assert!(N <= SHORT) };
    let mut all = [0; SHORT];
    all[..N].copy_from_slice(&bytes);
    Encoded::Short(all, N)
}

/// Encodes every value for the types of their places, of which there must be as many.
pub(crate) fn encode_all<'a>(values: &'a [Value], types: &[Type]) -> Result<Vec<Encoded<'a>>> {
    if values.len() != types.len() {
        return Err(Error::invalid(format!(
            "the statement has places for {} values, and {} were bound",
            types.len(),
            values.len()
        )));
    }
    values.iter().zip(types).enumerate().map(|(at, (value, kind))| encode(value, kind, at + 1)).collect()
}

fn encode<'a>(value: &'a Value, kind: &Type, place: usize) -> Result<Encoded<'a>> {
    if let Kind::Domain(inner) = kind.kind() {
        return encode(value, inner, place);
    }
    if *value == Value::Null {
        return Ok(Encoded::Null);
    }
    if let Some(encoded) = binary(value, kind) {
        return Ok(encoded);
    }
    // A number or bytes in a text would be another engine's value; a text that is a number would be a guess.
    let exact =
        [Type::BOOL, Type::INT2, Type::INT4, Type::INT8, Type::OID, Type::FLOAT4, Type::FLOAT8, Type::BYTEA];
    let text = match value {
        Value::Text(text) => Some(Cow::Borrowed(text.as_ref())),
        _ => value.as_text().map(Cow::Owned),
    };
    match text {
        Some(text) if !exact.contains(kind) && fits_as_text(value, kind) => Ok(Encoded::Text(text)),
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

fn owned<'a>(bytes: Vec<u8>) -> Encoded<'a> {
    Encoded::Long(Cow::Owned(bytes))
}

/// The binary form, where the type has the value exactly.
fn binary<'a>(value: &'a Value, kind: &Type) -> Option<Encoded<'a>> {
    match (value, kind) {
        (Value::Bool(bool), &Type::BOOL) => Some(short([u8::from(*bool)])),
        (Value::Int(int), _) => whole(*int, kind),
        (Value::Decimal(decimal), &Type::NUMERIC) => Some(owned(numeric::encode(*decimal))),
        (Value::Decimal(decimal), &(Type::INT2 | Type::INT4 | Type::INT8)) if decimal.fract().is_zero() => {
            whole(decimal.to_i64()?, kind)
        }
        (Value::Float(float), &Type::FLOAT8) => Some(short(float.to_be_bytes())),
        (Value::Float(float), &Type::FLOAT4) => {
            let single = *float as f32;
            (f64::from(single) == *float).then(|| short(single.to_be_bytes()))
        }
        (Value::Text(text), &(Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN)) => {
            Some(Encoded::Long(Cow::Borrowed(text.as_bytes())))
        }
        (Value::Bytes(bytes), &Type::BYTEA) => Some(Encoded::Long(Cow::Borrowed(bytes))),
        (Value::Uuid(uuid), &Type::UUID) => Some(short(*uuid.as_bytes())),
        (Value::Json(json), &Type::JSON) => Some(owned(json.to_string().into_bytes())),
        (Value::Json(json), &Type::JSONB) => Some(owned([&[1], json.to_string().as_bytes()].concat())),
        (Value::Date(date), &Type::DATE) => Some(short(days(*date)?.to_be_bytes())),
        (Value::Time(time), &Type::TIME) => Some(short(microseconds(*time).to_be_bytes())),
        (Value::DateTime(both), &Type::TIMESTAMP) => {
            let day = i64::from(days(both.date())?) * DAY_MICROSECONDS;
            Some(short((day + microseconds(both.time())).to_be_bytes()))
        }
        (Value::Timestamp(time), &Type::TIMESTAMPTZ) => {
            Some(short((time.as_microsecond() - EPOCH_MICROSECONDS).to_be_bytes()))
        }
        _ => None,
    }
}

fn whole<'a>(int: i64, kind: &Type) -> Option<Encoded<'a>> {
    match *kind {
        Type::INT2 => i16::try_from(int).ok().map(|int| short(int.to_be_bytes())),
        Type::INT4 => i32::try_from(int).ok().map(|int| short(int.to_be_bytes())),
        Type::INT8 => Some(short(int.to_be_bytes())),
        Type::OID => u32::try_from(int).ok().map(|int| short(int.to_be_bytes())),
        Type::NUMERIC => Some(owned(numeric::encode(int.into()))),
        Type::FLOAT8 if int.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS => {
            Some(short((int as f64).to_be_bytes()))
        }
        Type::FLOAT4 if int.unsigned_abs() <= 1 << f32::MANTISSA_DIGITS => {
            Some(short((int as f32).to_be_bytes()))
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
