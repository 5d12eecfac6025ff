//! The kinds of values, and what each of them weighs.

use bytes::Bytes;

use super::hash::Hash;
use super::list::List;
use super::sorted::Sorted;

/// What an element costs beside its own bytes, so that many empty ones are not free. About what the maps need for one.
pub(crate) const ELEMENT_BYTES: usize = 64;

/// A value of any kind.
#[derive(Debug)]
pub(crate) enum Value {
    /// Bytes.
    Text(Bytes),
    /// A map of fields.
    Hash(Hash),
    /// A list.
    List(List),
    /// A sorted set.
    Sorted(Sorted),
}

impl Value {
    /// The kind, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a value",
            Self::Hash(_) => Hash::NAME,
            Self::List(_) => List::NAME,
            Self::Sorted(_) => Sorted::NAME,
        }
    }

    /// How many bytes it holds.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Hash(hash) => hash.bytes(),
            Self::List(list) => list.bytes(),
            Self::Sorted(sorted) => sorted.bytes(),
        }
    }
}

/// A kind of value that has elements, and is gone when it has none.
pub(crate) trait Structure: Default {
    /// The kind, in words.
    const NAME: &'static str;

    /// The structure in a value, where it is one of this kind.
    fn of(value: &mut Value) -> Option<&mut Self>;

    /// The structure as a value.
    fn into_value(self) -> Value;

    /// How many bytes it holds.
    fn bytes(&self) -> usize;

    /// Whether it has no elements.
    fn is_empty(&self) -> bool;
}

/// The positions from one to another, both included, where negative ones count from the back; empty where there are none.
pub(crate) fn span(first: i64, last: i64, length: usize) -> std::ops::Range<usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = |at: i64| if at < 0 { at.saturating_add(length) } else { at };
    let (first, last) = (place(first).max(0), place(last).min(length - 1));
    if first > last { 0..0 } else { first as usize..last as usize + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_counts_from_either_end_and_never_beyond() {
        for (first, last, length, expected) in [
            (0, -1, 3, 0..3),
            (0, 0, 3, 0..1),
            (-2, -1, 3, 1..3),
            (-9, 9, 3, 0..3),
            (2, 1, 3, 0..0),
            (3, 9, 3, 0..0),
            (0, -1, 0, 0..0),
            (i64::MIN, i64::MAX, 3, 0..3),
            (i64::MAX, i64::MIN, 3, 0..0),
            (0, -4, 3, 0..0),
        ] {
            assert_eq!(span(first, last, length), expected, "{first} {last} {length}");
        }
    }
}
