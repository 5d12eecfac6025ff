//! Which statements are known by the words that they begin with, and which ones only the parser can tell from nonsense.

use crate::words::{Word, Words, after};

/// Whether a statement is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Its words say what it is, and the parser knows less of such statements than the engines do.
    Yes,
    /// It reads or writes rows, which the parser can read.
    ByParser,
    /// Its words say nothing.
    No,
}

/// Statements that read or write rows.
const ROWS: &[&str] =
    &["select", "insert", "update", "delete", "with", "values", "replace", "merge", "table", "("];

/// What is created, changed or dropped, besides tables and their indexes.
const OBJECTS: &[&[&str]] = &[
    &["access", "method"],
    &["aggregate"],
    &["cast"],
    &["collation"],
    &["conversion"],
    &["database"],
    &["default", "privileges"],
    &["domain"],
    &["event"],
    &["extension"],
    &["foreign", "data", "wrapper"],
    &["foreign", "table"],
    &["function"],
    &["group"],
    &["index"],
    &["language"],
    &["large", "object"],
    &["materialized", "view"],
    &["operator"],
    &["owned", "by"],
    &["package"],
    &["policy"],
    &["procedure"],
    &["publication"],
    &["role"],
    &["routine"],
    &["rule"],
    &["schema"],
    &["sequence"],
    &["server"],
    &["statistics"],
    &["subscription"],
    &["system"],
    &["table"],
    &["tablespace"],
    &["text", "search"],
    &["transform"],
    &["trigger"],
    &["type"],
    &["user"],
    &["view"],
    &["virtual", "table"],
];

/// Words that may stand before what is created.
const KINDS: &[&str] = &[
    "or",
    "replace",
    "temp",
    "temporary",
    "recursive",
    "constraint",
    "event",
    "fulltext",
    "spatial",
    "trusted",
    "procedural",
    "aggregate",
    "unlogged",
];

/// Statements that make, change or drop nothing by name.
const OTHERS: &[&[&str]] = &[
    &["abort"],
    &["analyze"],
    &["attach"],
    &["begin"],
    &["call"],
    &["checkpoint"],
    &["cluster"],
    &["comment", "on"],
    &["commit"],
    &["copy"],
    &["deallocate"],
    &["detach"],
    &["discard"],
    &["do"],
    &["end"],
    &["execute"],
    &["explain"],
    &["flush"],
    &["grant"],
    &["import", "foreign", "schema"],
    &["listen"],
    &["load", "data"],
    &["lock"],
    &["notify"],
    &["optimize"],
    &["pragma"],
    &["prepare"],
    &["reassign", "owned"],
    &["refresh", "materialized", "view"],
    &["reindex"],
    &["release"],
    &["rename", "table"],
    &["rename", "user"],
    &["reset"],
    &["revoke"],
    &["rollback"],
    &["savepoint"],
    &["security", "label"],
    &["set"],
    &["show"],
    &["start", "transaction"],
    &["truncate"],
    &["unlisten"],
    &["unlock", "tables"],
    &["use"],
    &["vacuum"],
];

/// What the first words of a statement say.
pub(super) fn by_words(words: &Words) -> Known {
    let all = words.all();
    let Some(first) = all.first() else { return Known::No };
    if ROWS.iter().any(|row| first.is(row)) {
        return Known::ByParser;
    }
    let is_known = match words.first() {
        verb @ ("create" | "alter" | "drop") => is_object(verb, &all[1..]),
        _ => OTHERS.iter().any(|other| words.begin_with(other)),
    };
    if is_known { Known::Yes } else { Known::No }
}

fn is_object(verb: &str, words: &[Word]) -> bool {
    let is_one =
        |rest: &[Word]| OBJECTS.iter().any(|object| after(rest, object).is_some_and(|rest| !rest.is_empty()));
    if is_one(words) {
        return true;
    }
    // MySQL's `create definer = 'a'@'b' sql security invoker view`.
    let has_definer =
        ["definer", "algorithm", "sql"].iter().any(|word| after(words, &["or?", "replace?", word]).is_some());
    let steps = if has_definer {
        words.len().min(16)
    } else if verb == "drop" {
        words.iter().take_while(|word| word.is("temporary")).count()
    } else {
        words.iter().take_while(|word| KINDS.iter().any(|kind| word.is(kind))).count()
    };
    (1..=steps).any(|at| words.get(at..).is_some_and(is_one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedplate_core::sql::{Dialect, tokens};

    fn known(text: &str) -> Known {
        let mut words = Words::default();
        tokens(text, Dialect::Mysql).for_each(|token| words.push(text, token));
        by_words(&words)
    }

    #[test]
    fn statements_are_known_by_their_first_words() {
        for text in [
            "create trigger t after insert on a begin select 1; end",
            "create or replace function f() returns int",
            "create definer = `a`@`b` sql security invoker view v as select 1",
            "create or replace algorithm = merge view v as select 1",
            "create constraint trigger t",
            "create event trigger t on ddl_command_end",
            "drop temporary table t",
            "alter default privileges grant select on tables to a",
            "comment on table t is 'x'",
            "pragma user_version = 3",
            "grant select on t to a",
        ] {
            assert_eq!(known(text), Known::Yes, "{text}");
        }
        for text in ["insert into t values (1)", "(select 1)", "with a as (select 1) select * from a"] {
            assert_eq!(known(text), Known::ByParser, "{text}");
        }
        for text in
            ["crate table t", "create tabel t (a int)", "create", "drop", "drop table", "tabel t", "'a'"]
        {
            assert_eq!(known(text), Known::No, "{text}");
        }
    }
}
