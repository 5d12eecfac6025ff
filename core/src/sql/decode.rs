//! Rows become the caller's types, exactly or not at all.
//!
//! A struct is read by column name, a tuple by position, anything else from the only column. A conversion that could change the value is an error:
//! a float is never read as a decimal, a number never cut. A struct or a list *inside* a row is read from JSON.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::rows::Batch;
use super::value::Value;
use crate::error::{Error, Result};

/// Reads one row of a batch as `T`. Its values are moved into it, so that no text is copied.
pub(super) fn decode<T: DeserializeOwned>(batch: &mut Batch, at: usize) -> Result<T> {
    let (columns, values, utc) = batch.row(at);
    T::deserialize(RowReader { columns, values, utc }).map_err(|Wrong(message)| {
        let columns = columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
        Error::invalid(format!("a row cannot be read as `{}`: {message}", std::any::type_name::<T>()))
            .with_help(format!("the columns are {columns}"))
    })
}

#[derive(Debug)]
struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

struct RowReader<'a> {
    columns: &'a [String],
    values: &'a mut [Value],
    utc: bool,
}

impl<'a> RowReader<'a> {
    fn only(self) -> Result<ValueReader<'a>, Wrong> {
        match self.values {
            [value] => Ok(ValueReader(value, self.utc)),
            values => Err(Wrong(format!("one column was expected and {} were found", values.len()))),
        }
    }

    fn sequence<'de, V: Visitor<'de>>(self, expected: Option<usize>, visitor: V) -> Result<V::Value, Wrong> {
        let found = self.values.len();
        match expected {
            Some(expected) if expected != found => {
                Err(Wrong(format!("{expected} columns were expected and {found} were found")))
            }
            _ => visitor.visit_seq(Columns { row: self, next: 0 }),
        }
    }
}

macro_rules! from_the_only_column {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            self.only()?.$method(visitor)
        }
    )* };
}

impl<'de> de::Deserializer<'de> for RowReader<'_> {
    type Error = Wrong;

    from_the_only_column! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_option
        deserialize_identifier deserialize_any
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    /// A list is what the only column holds (bytes, or a list in JSON), or else one element a column.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.values.len() {
            1 => self.only()?.deserialize_seq(visitor),
            _ => self.sequence(None, visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Wrong> {
        self.sequence(Some(length), visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.sequence(Some(length), visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_map(Columns { row: self, next: 0 })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.only()?.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }
}

/// The columns of a row, one after another; `next` is the one that comes.
struct Columns<'a> {
    row: RowReader<'a>,
    next: usize,
}

impl Columns<'_> {
    fn read<'de, S: DeserializeSeed<'de>>(&mut self, at: usize, seed: S) -> Result<S::Value, Wrong> {
        let column = &self.row.columns[at];
        seed.deserialize(ValueReader(&mut self.row.values[at], self.row.utc))
            .map_err(|Wrong(why)| Wrong(format!("column `{column}`: {why}")))
    }
}

impl<'de> de::SeqAccess<'de> for Columns<'_> {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        if self.next == self.row.values.len() {
            return Ok(None);
        }
        self.next += 1;
        self.read(self.next - 1, seed).map(Some)
    }
}

impl<'de> de::MapAccess<'de> for Columns<'_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some(column) = self.row.columns.get(self.next) else { return Ok(None) };
        let name: StrDeserializer<'_, Wrong> = column.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        self.next += 1;
        self.read(self.next - 1, seed)
    }
}

/// A value, and whether its date and time without a zone is in UTC.
struct ValueReader<'a>(&'a mut Value, bool);

impl ValueReader<'_> {
    fn unlike(&self, expected: &str) -> Wrong {
        Wrong(format!("{expected} was expected and {} was found", self.0.kind().as_str()))
    }

    /// The text, or what a value that is no text looks like as one.
    fn text(self) -> Result<String, Wrong> {
        if let Value::Text(text) = self.0 {
            return Ok(std::mem::take(text));
        }
        self.0.as_text().ok_or_else(|| self.unlike("text"))
    }

    fn whole(&self) -> Result<i64, Wrong> {
        use rust_decimal::prelude::ToPrimitive;
        match &*self.0 {
            Value::Int(int) => Ok(*int),
            // Engines sum whole numbers into decimals.
            Value::Decimal(decimal) if decimal.fract().is_zero() => {
                decimal.to_i64().ok_or_else(|| Wrong(format!("{decimal} is too large for a whole number")))
            }
            _ => Err(self.unlike("a whole number")),
        }
    }

    fn float(&self) -> Result<f64, Wrong> {
        /// Every whole number up to here is a float too.
        const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
        match &*self.0 {
            Value::Float(float) => Ok(*float),
            Value::Int(int) if int.unsigned_abs() <= EXACT => Ok(*int as f64),
            Value::Int(int) => Err(Wrong(format!("{int} is not exact as a float"))),
            _ => Err(self.unlike("a float")),
        }
    }

    fn json(self) -> Result<serde_json::Value, Wrong> {
        match self.0 {
            Value::Json(json) => Ok(json.take()),
            Value::Text(text) => {
                serde_json::from_str(text).map_err(|why| Wrong(format!("the text is not JSON: {why}")))
            }
            _ => Err(self.unlike("JSON")),
        }
    }
}

macro_rules! whole_numbers {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            visitor.visit_i64(self.whole()?)
        }
    )* };
}

macro_rules! from_json {
    ($($method:ident($($name:ident: $kind:ty),*))*) => { $(
        fn $method<V: Visitor<'de>>(self, $($name: $kind,)* visitor: V) -> Result<V::Value, Wrong> {
            de::Deserializer::$method(self.json()?, $($name,)* visitor).map_err(|why| Wrong(why.to_string()))
        }
    )* };
}

impl<'de> de::Deserializer<'de> for ValueReader<'_> {
    type Error = Wrong;

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    from_json! {
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
    }

    /// For types that take whatever is there. A float is not given to them: they might make a decimal of it.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(bool) => visitor.visit_bool(*bool),
            Value::Int(int) => visitor.visit_i64(*int),
            Value::Float(_) => Err(Wrong(
                "a float was found; it is read as `f64`, and never as a decimal or as a type that takes anything".into(),
            )),
            Value::Bytes(bytes) => visitor.visit_bytes(bytes),
            Value::Json(json) => {
                de::Deserializer::deserialize_any(json.take(), visitor).map_err(|why| Wrong(why.to_string()))
            }
            _ => visitor.visit_string(self.text()?),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Bool(bool) => visitor.visit_bool(*bool),
            Value::Int(int @ (0 | 1)) => visitor.visit_bool(*int == 1),
            _ => Err(self.unlike("a boolean")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            // Types that are written as text, such as UUIDs, may be stored as bytes.
            Value::Bytes(bytes) => visitor.visit_bytes(bytes),
            // An offset is read by types of points in time, and passed over by those of dates and times; a `Z` is not.
            Value::DateTime(both) if self.1 => visitor.visit_string(format!("{both:.6}+00:00")),
            _ => visitor.visit_string(self.text()?),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_string(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_string(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Bytes(bytes) => visitor.visit_bytes(bytes),
            Value::Uuid(uuid) => visitor.visit_bytes(uuid.as_bytes()),
            _ => Err(self.unlike("bytes")),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            _ => Err(self.unlike("NULL")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    /// A list of bytes is the column's bytes; any other list is JSON.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Bytes(bytes) => {
                let bytes = de::value::SeqDeserializer::<_, Wrong>::new(bytes.iter().copied());
                visitor.visit_seq(bytes)
            }
            _ => {
                de::Deserializer::deserialize_seq(self.json()?, visitor).map_err(|why| Wrong(why.to_string()))
            }
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Json(json) => de::Deserializer::deserialize_enum(json.take(), name, variants, visitor)
                .map_err(|why| Wrong(why.to_string())),
            Value::Text(text) => {
                let variant: StrDeserializer<'_, Wrong> = text.as_str().into_deserializer();
                visitor.visit_enum(variant)
            }
            _ => Err(self.unlike("the name of a variant")),
        }
    }

    forward_to_deserialize_any! { ignored_any }
}

#[cfg(test)]
mod tests;
