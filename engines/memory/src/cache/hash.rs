//! A map of fields.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::kind::{ELEMENT_BYTES, Structure, Value};

/// A map of fields, ordered by their names.
#[derive(Debug, Default)]
pub(crate) struct Hash {
    fields: BTreeMap<String, Bytes>,
    bytes: usize,
}

impl Hash {
    /// Sets a field and tells whether it is new.
    pub(crate) fn set(&mut self, field: String, value: Bytes) -> bool {
        self.bytes += value.len();
        let name = field.len() + ELEMENT_BYTES;
        match self.fields.insert(field, value) {
            Some(before) => {
                self.bytes -= before.len();
                false
            }
            None => {
                self.bytes += name;
                true
            }
        }
    }

    /// The value of a field.
    pub(crate) fn get(&self, field: &str) -> Option<Bytes> {
        self.fields.get(field).cloned()
    }

    /// All fields.
    pub(crate) fn all(&self) -> Vec<(String, Bytes)> {
        self.fields.iter().map(|(field, value)| (field.clone(), value.clone())).collect()
    }

    /// Removes a field and tells whether it was there.
    pub(crate) fn remove(&mut self, field: &str) -> bool {
        let Some(value) = self.fields.remove(field) else { return false };
        self.bytes -= field.len() + value.len() + ELEMENT_BYTES;
        true
    }
}

impl Structure for Hash {
    const NAME: &'static str = "a map";

    fn of(value: &mut Value) -> Option<&mut Self> {
        if let Value::Hash(hash) = value { Some(hash) } else { None }
    }

    fn into_value(self) -> Value {
        Value::Hash(self)
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}
