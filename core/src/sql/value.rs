//! The values that go into statements and come out of rows.

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::error::{Error, Result};

/// One value. What an engine has no type for it stores in the closest exact form, and reading it back gives the same value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number; never NaN or infinite.
    Float(f64),
    /// A decimal number, exact.
    Decimal(Decimal),
    /// Text without NUL.
    Text(String),
    /// Bytes.
    Bytes(Bytes),
    /// A UUID.
    Uuid(Uuid),
    /// A day.
    Date(Date),
    /// A time of day, to the microsecond.
    Time(Time),
    /// A day and time of day in no particular zone, to the microsecond.
    DateTime(DateTime),
    /// A point in time, to the microsecond.
    Timestamp(Timestamp),
    /// JSON.
    Json(serde_json::Value),
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is the variant of `Value` with its name")]
pub enum ValueKind {
    Null,
    Bool,
    Int,
    Float,
    Decimal,
    Text,
    Bytes,
    Uuid,
    Date,
    Time,
    DateTime,
    Timestamp,
    Json,
}

impl ValueKind {
    /// Every kind, in the order in which everything lists them.
    pub const ALL: [Self; 13] = [
        Self::Null,
        Self::Bool,
        Self::Int,
        Self::Float,
        Self::Decimal,
        Self::Text,
        Self::Bytes,
        Self::Uuid,
        Self::Date,
        Self::Time,
        Self::DateTime,
        Self::Timestamp,
        Self::Json,
    ];

    /// What it is, in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool => "a boolean",
            Self::Int => "a whole number",
            Self::Float => "a float",
            Self::Decimal => "a decimal",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Uuid => "a UUID",
            Self::Date => "a date",
            Self::Time => "a time of day",
            Self::DateTime => "a date and time",
            Self::Timestamp => "a timestamp",
            Self::Json => "JSON",
        }
    }
}

impl Value {
    /// What it is.
    pub fn kind(&self) -> ValueKind {
        match self {
            Self::Null => ValueKind::Null,
            Self::Bool(_) => ValueKind::Bool,
            Self::Int(_) => ValueKind::Int,
            Self::Float(_) => ValueKind::Float,
            Self::Decimal(_) => ValueKind::Decimal,
            Self::Text(_) => ValueKind::Text,
            Self::Bytes(_) => ValueKind::Bytes,
            Self::Uuid(_) => ValueKind::Uuid,
            Self::Date(_) => ValueKind::Date,
            Self::Time(_) => ValueKind::Time,
            Self::DateTime(_) => ValueKind::DateTime,
            Self::Timestamp(_) => ValueKind::Timestamp,
            Self::Json(_) => ValueKind::Json,
        }
    }

    /// The form in which it stands in a text column: what engines without such a type store and read.
    /// `None` for what is no text: NULL, booleans, numbers that are not decimals, and bytes.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Decimal(decimal) => Some(decimal.to_string()),
            Self::Uuid(uuid) => Some(uuid.to_string()),
            Self::Date(date) => Some(date.to_string()),
            Self::Time(time) => Some(format!("{time:.6}")),
            // Six digits always, so that the order of the texts is the order of the times.
            Self::DateTime(datetime) => Some(format!("{datetime:.6}")),
            Self::Timestamp(timestamp) => Some(format!("{timestamp:.6}")),
            Self::Json(json) => Some(json.to_string()),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Bytes(_) => None,
        }
    }

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Json(json) => json_size(json),
            _ => 16,
        }
    }

    /// Checks what no engine could give back as it was.
    pub(super) fn check(&self, place: usize) -> Result<()> {
        match self {
            Self::Text(text) if text.contains('\0') => Err(Error::invalid(format!(
                "${place} is text with a NUL in it, which not every engine can store"
            ))
            .with_help("bind it as bytes")),
            Self::Json(json) if has_nul(json) => Err(Error::invalid(format!(
                "${place} is JSON with a NUL in a text, which not every engine can store"
            ))),
            Self::Date(date) => check_year(place, date.year()),
            Self::DateTime(datetime) => check_year(place, datetime.year()),
            Self::Timestamp(time) => check_year(place, time.to_zoned(TimeZone::UTC).year()),
            Self::Float(float) if !float.is_finite() => {
                Err(Error::invalid(format!("${place} is {float}, which not every engine can store")))
            }
            _ => Ok(()),
        }
    }
}

/// About how many bytes JSON takes as text, found out without writing it.
fn json_size(json: &serde_json::Value) -> usize {
    use serde_json::Value as Json;
    match json {
        Json::Null | Json::Bool(_) => 5,
        Json::Number(_) => 16,
        Json::String(text) => text.len() + 2,
        Json::Array(entries) => 2 + entries.iter().map(|entry| json_size(entry) + 1).sum::<usize>(),
        Json::Object(entries) => {
            2 + entries.iter().map(|(name, entry)| name.len() + json_size(entry) + 4).sum::<usize>()
        }
    }
}

fn has_nul(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(has_nul),
        serde_json::Value::Object(fields) => {
            fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
        }
        _ => false,
    }
}

/// Outside of these years engines differ in what they store, and the order of the texts isn't the order of the times.
fn check_year(place: usize, year: i16) -> Result<()> {
    if year >= 1 {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "${place} is in the year {year}; the years 1 to 9999 can be stored by every engine"
    )))
}

// Times are kept to the microsecond, because that is what databases keep: what is finer is cut off here, once, the same for
// every engine.
impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        let nanoseconds = time.as_nanosecond();
        Self::Timestamp(
            Timestamp::from_nanosecond(nanoseconds - nanoseconds.rem_euclid(1_000)).unwrap_or(time),
        )
    }
}

impl From<DateTime> for Value {
    fn from(time: DateTime) -> Self {
        let kept = time.subsec_nanosecond() - time.subsec_nanosecond() % 1_000;
        Self::DateTime(time.with().subsec_nanosecond(kept).build().unwrap_or(time))
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        let kept = time.subsec_nanosecond() - time.subsec_nanosecond() % 1_000;
        Self::Time(time.with().subsec_nanosecond(kept).build().unwrap_or(time))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! from {
    ($($variant:ident($from:ty) $(via $convert:expr)?;)*) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(from!(@ value $(, $convert)?))
            }
        })*
    };
    (@ $value:ident) => { $value };
    (@ $value:ident, $convert:expr) => { $convert($value) };
}

from! {
    Bool(bool);
    Int(i64);
    Int(i32) via i64::from;
    Int(i16) via i64::from;
    Int(u32) via i64::from;
    Int(u16) via i64::from;
    Int(u8) via i64::from;
    Float(f64);
    Float(f32) via f64::from;
    Decimal(Decimal);
    Text(String);
    Text(&str) via String::from;
    Text(&String) via String::clone;
    Bytes(Bytes);
    Bytes(Vec<u8>) via Bytes::from;
    Bytes(&[u8]) via Bytes::copy_from_slice;
    Uuid(Uuid);
    Date(Date);
    Json(serde_json::Value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_to_the_microsecond_and_ordered_as_text() {
        let earlier = Value::from(Timestamp::new(0, 1_999).unwrap());
        let later = Value::from(Timestamp::new(0, 900_000_000).unwrap());
        assert_eq!(earlier.as_text().unwrap(), "1970-01-01T00:00:00.000001Z");
        assert!(earlier.as_text() < later.as_text());
        let before_the_epoch = Value::from(Timestamp::new(-1, -1).unwrap());
        assert_eq!(before_the_epoch.as_text().unwrap(), "1969-12-31T23:59:58.999999Z");
        assert_eq!(Value::from(Time::constant(1, 2, 3, 4_567)).as_text().unwrap(), "01:02:03.000004");
        assert_eq!(
            Value::from(DateTime::constant(2026, 1, 2, 3, 4, 5, 6)).as_text().unwrap(),
            "2026-01-02T03:04:05.000000"
        );
    }

    #[test]
    fn what_some_engine_would_change_is_refused() {
        let nul = serde_json::json!({ "a": [{ "b\0": 1 }] });
        let early = Date::constant(0, 12, 31);
        for value in [
            Value::from("a\0b"),
            Value::from(f64::NAN),
            Value::from(f64::INFINITY),
            Value::from(nul),
            Value::from(early),
            Value::from(early.at(0, 0, 0, 0)),
        ] {
            assert!(value.check(1).is_err(), "{value:?}");
        }
        assert!(Value::from(vec![0u8]).check(1).is_ok());
    }

    #[test]
    fn an_absent_value_is_null() {
        assert_eq!(Value::from(None::<i64>), Value::Null);
        assert_eq!(Value::from(Some("a")), Value::Text("a".into()));
    }
}
