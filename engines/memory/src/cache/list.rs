//! A list.

use std::collections::VecDeque;

use bedplate_core::cache::End;
use bytes::Bytes;

use super::kind::{ELEMENT_BYTES, Structure, Value, span};

/// A list that is pushed and popped at both ends.
#[derive(Debug, Default)]
pub(crate) struct List {
    values: VecDeque<Bytes>,
    bytes: usize,
}

impl List {
    /// Pushes a value at one end.
    pub(crate) fn push(&mut self, end: End, value: Bytes) {
        self.bytes += value.len() + ELEMENT_BYTES;
        match end {
            End::Front => self.values.push_front(value),
            End::Back => self.values.push_back(value),
        }
    }

    /// Takes a value from one end.
    pub(crate) fn pop(&mut self, end: End) -> Option<Bytes> {
        let value = match end {
            End::Front => self.values.pop_front(),
            End::Back => self.values.pop_back(),
        }?;
        self.bytes -= value.len() + ELEMENT_BYTES;
        Some(value)
    }

    /// The values from one position to another.
    pub(crate) fn range(&self, first: i64, last: i64) -> Vec<Bytes> {
        self.values.range(span(first, last, self.values.len())).cloned().collect()
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}

impl Structure for List {
    const NAME: &'static str = "a list";

    fn of(value: &mut Value) -> Option<&mut Self> {
        if let Value::List(list) = value { Some(list) } else { None }
    }

    fn into_value(self) -> Value {
        Value::List(self)
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
