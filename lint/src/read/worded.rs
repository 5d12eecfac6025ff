//! What a statement's words say without a parser.

use std::ops::Range;

use super::names::joined;
use crate::change::{Change, What};
use crate::script::Statement;
use crate::words::{Word, Words, after};

/// Words that may stand between `create` and `table`.
const TABLE_KINDS: &[&str] = &["temp", "temporary", "unlogged", "global", "local"];

/// Whether it makes a table.
pub(super) fn creates_table(words: &Words) -> bool {
    table_words(words).is_some()
}

/// The words behind `create table`.
fn table_words(words: &Words) -> Option<&[Word]> {
    let mut rest = words.after(&["create", "or?", "replace?"])?;
    while rest.first().is_some_and(|word| TABLE_KINDS.iter().any(|kind| word.is(kind))) {
        rest = &rest[1..];
    }
    after(rest, &["table", "if?", "not?", "exists?"])
}

/// What `alter table` does to a table without a change of its columns and keys.
const HARMLESS: &[&[&str]] = &[
    &["alter", "column?", "*", "set", "statistics"],
    &["alter", "column?", "*", "set", "storage"],
    &["alter", "column?", "*", "set", "compression"],
    &["alter", "column?", "*", "set", "("],
    &["alter", "column?", "*", "reset"],
    &["set"],
    &["reset"],
    &["cluster"],
    &["inherit"],
    &["attach"],
    &["detach"],
    &["enable"],
    &["disable"],
    &["engine"],
    &["comment"],
    &["convert"],
    &["default"],
    &["auto_increment"],
    &["order", "by"],
    &["partition"],
    &["analyze", "partition"],
    &["force"],
];

/// Whether it is an `alter table` that leaves columns and keys as they are.
pub(super) fn says_nothing_of_columns(words: &Words) -> bool {
    let rest = words.after(&["alter", "table", "if?", "exists?", "only?"]).and_then(name);
    rest.is_some_and(|(_, _, rest)| HARMLESS.iter().any(|pattern| after(rest, pattern).is_some()))
}

/// Whether it makes a strict table of SQLite.
pub(super) fn is_strict(words: &Words) -> bool {
    words.all().iter().rev().take_while(|word| !word.is(")")).any(|word| word.is("strict"))
}

/// What is left of a statement that the parser refuses: the table that it speaks of.
pub(super) fn guess(statement: &Statement) -> Vec<Change> {
    let words = &statement.words;
    let rest = table_words(words).or_else(|| words.after(&["alter", "table", "if?", "exists?", "only?"]));
    let table = rest.and_then(name).or_else(|| {
        let on = words.all().iter().position(|word| word.is("on"))?;
        name(after(&words.all()[on + 1..], &["only?"])?)
    });
    table.map(|(table, at, _)| Change { at, what: What::Opaque { table } }).into_iter().collect()
}

/// What a statement does that makes or changes no table.
pub(super) fn read(statement: &Statement) -> Vec<Change> {
    let words = &statement.words;
    let whole = statement.range.clone();
    let one = |what: Option<What>| {
        what.map(|what| Change { at: statement.range.clone(), what }).into_iter().collect()
    };
    match words.first() {
        "drop" => dropped(words),
        "truncate" => words
            .after(&["truncate", "table?", "only?"])
            .map(names)
            .unwrap_or_default()
            .into_iter()
            .map(|(table, at)| Change { at, what: What::Truncate { table } })
            .collect(),
        "rename" => renamed(words, &whole),
        "update" | "delete" => rows(words, &whole).into_iter().collect(),
        "create" => one(created(words)),
        "alter" => one(words.after(&["alter", "index", "if?", "exists?"]).and_then(|rest| {
            let (index, _, rest) = name(rest)?;
            let (to, _, _) = name(after(rest, &["rename", "to"])?)?;
            Some(What::RenameIndex { name: index, to })
        })),
        _ => Vec::new(),
    }
}

fn created(words: &Words) -> Option<What> {
    let named = |pattern: &[&str]| words.after(pattern).and_then(name).map(|(name, _, _)| name);
    if let Some(name) = named(&["create", "schema", "if?", "not?", "exists?"]) {
        return Some(What::CreateSchema { name });
    }
    if let Some(name) = named(&["create", "type"]).or_else(|| named(&["create", "domain"])) {
        return Some(What::CreateType { name });
    }
    let table = named(&["create", "virtual", "table", "if?", "not?", "exists?"])
        .or_else(|| named(&["create", "foreign", "table", "if?", "not?", "exists?"]))?;
    Some(What::Opaque { table })
}

fn dropped(words: &Words) -> Vec<Change> {
    if let Some(rest) = words.after(&["drop", "temporary?", "table", "if?", "exists?"]) {
        let named = names(rest).into_iter();
        return named.map(|(table, at)| Change { at, what: What::DropTable { table } }).collect();
    }
    let Some(rest) = words.after(&["drop", "index"]) else { return Vec::new() };
    let concurrently = rest.first().is_some_and(|word| word.is("concurrently"));
    let rest = after(rest, &["concurrently?", "if?", "exists?"]).unwrap_or_default();
    names(rest)
        .into_iter()
        .map(|(name, at)| Change { at, what: What::DropIndex { name, concurrently } })
        .collect()
}

/// MySQL's `rename table a to b, c to d`.
fn renamed(words: &Words, whole: &Range<usize>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut rest = words.after(&["rename", "table", "if?", "exists?"]).unwrap_or_default();
    while let Some((table, _, behind)) = name(rest) {
        let Some((to, _, behind)) = after(behind, &["to"]).and_then(name) else { break };
        changes.push(Change { at: whole.clone(), what: What::RenameTable { table, to } });
        rest = after(behind, &[","]).unwrap_or_default();
    }
    changes
}

fn rows(words: &Words, whole: &Range<usize>) -> Option<Change> {
    let filtered = has_filter(words.all());
    let rest = words.all().get(1..)?;
    let what = if words.first() == "update" {
        let rest = after(rest, &["low_priority?", "ignore?"])?;
        // SQLite's `update or replace t`.
        let rest = after(rest, &["or", "*"]).unwrap_or(rest);
        let (table, _, _) = name(after(rest, &["only?"])?)?;
        What::UpdateRows { table, filtered }
    } else {
        let rest = after(rest, &["low_priority?", "quick?", "ignore?", "from", "only?"])?;
        let (table, _, _) = name(rest)?;
        What::DeleteRows { table, filtered }
    };
    Some(Change { at: whole.clone(), what })
}

/// Whether anything but the brackets says which rows are meant.
fn has_filter(words: &[Word]) -> bool {
    let mut depth = 0_usize;
    words.iter().skip(2).any(|word| {
        match word.text.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && ["where", "limit", "join", "using", "from"].iter().any(|filter| word.is(filter))
    })
}

/// A name of one or more parts, where it stands, and what follows it.
fn name(words: &[Word]) -> Option<(String, Range<usize>, &[Word])> {
    let first = words.first().filter(|word| word.is_name())?;
    let mut parts = vec![first.text.clone()];
    let mut end = first.range.end;
    let mut rest = &words[1..];
    while let [dot, part, behind @ ..] = rest {
        if !dot.is(".") || !part.is_name() {
            break;
        }
        parts.push(part.text.clone());
        end = part.range.end;
        rest = behind;
    }
    Some((joined(&parts), first.range.start..end, rest))
}

/// Names with commas between them.
fn names(words: &[Word]) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let mut rest = words;
    while let Some((table, at, behind)) = name(rest) {
        found.push((table, at));
        let Some(next) = after(behind, &[","]) else { break };
        rest = next;
    }
    found
}
