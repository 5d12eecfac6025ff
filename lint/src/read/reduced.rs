//! What is left of a `create table` without the parts that the parser can't read and the lint doesn't need.

use std::ops::Range;

use crate::script::Statement;
use crate::words::{Word, after};

/// Elements between a table's brackets that say nothing about columns and keys.
const ELEMENTS: &[&[&str]] = &[
    &["exclude"],
    &["constraint", "*", "exclude"],
    &["period", "for"],
    &["like"],
    &["constraint", "*", "not", "null"],
];

/// The statement without what follows its brackets, and without some elements between them. What is left out becomes spaces, so
/// that everything else stays in its place.
pub(super) fn reduced(text: &str, statement: &Statement) -> Option<String> {
    let words = statement.words.all();
    let open = words.iter().position(|word| word.is("("))?;
    let mut depth = 0_usize;
    let mut elements = vec![open + 1];
    let mut close = None;
    for (at, word) in words.iter().enumerate().skip(open) {
        match word.text.as_str() {
            "(" => depth += 1,
            ")" if depth == 1 => {
                close = Some(at);
                break;
            }
            ")" => depth -= 1,
            "," if depth == 1 => elements.push(at + 1),
            _ => {}
        }
    }
    let close = close?;
    let mut gone: Vec<Range<usize>> = Vec::new();
    for (nth, start) in elements.iter().enumerate() {
        let end = elements.get(nth + 1).map_or(close, |next| next - 1);
        if ELEMENTS.iter().any(|element| after(words.get(*start..end).unwrap_or_default(), element).is_some())
        {
            // With the comma before it, or behind it where it is the first.
            let first = if nth == 0 { *start } else { start - 1 };
            let last = if nth == 0 && end < close { end } else { end - 1 };
            gone.push(within(words, first, last));
        }
    }
    if close + 1 < words.len() {
        gone.push(within(words, close + 1, words.len() - 1));
    }
    if gone.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in gone {
        let start = range.start.checked_sub(statement.range.start)?;
        let end = range.end.checked_sub(statement.range.start)?;
        bytes.get_mut(start..end)?.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
    String::from_utf8(bytes).ok()
}

fn within(words: &[Word], first: usize, last: usize) -> Range<usize> {
    words[first].range.start..words[last].range.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;
    use bedplate_core::sql::{Dialect, Migration};

    fn reduce(text: &str) -> Option<String> {
        let migration =
            Migration { number: 1, name: "a".into(), script: text.into(), file: "1_a.sql".into() };
        let script = Script::new(&migration, Dialect::Postgres);
        reduced(text, &script.statements[0])
    }

    #[test]
    fn what_is_left_stands_where_it_stood() {
        let text = "create table t (a int, exclude using gist (a with &&), b int) partition by range (é)";
        let left = reduce(text).unwrap();
        assert_eq!(left.split_whitespace().collect::<Vec<_>>().join(" "), "create table t (a int , b int)");
        assert_eq!(left.find("b int"), text.find("b int"));
        assert_eq!(left.len(), text.len());
        let left = reduce("create table t (exclude (a), b int)").unwrap();
        assert_eq!(left.split_whitespace().collect::<Vec<_>>().join(" "), "create table t ( b int)");
        assert_eq!(reduce("create table t (a int)"), None);
        assert_eq!(reduce("create table t (a int"), None);
    }
}
