//! SQL that an engine doesn't have: a portable script that runs on one engine and stops on the other.

use bedplate_core::sql::{Dialect, TokenKind};

use crate::change::{Change, What};
use crate::codes::NOT_IN_THIS_ENGINE;
use crate::history::{Found, Step};
use crate::words::{Words, after};

/// Words that an engine can't read: at the beginning of a statement or anywhere in it, and what to do.
struct Lack {
    words: &'static [&'static str],
    is_start: bool,
    help: &'static str,
}

const fn start(words: &'static [&'static str], help: &'static str) -> Lack {
    Lack { words, is_start: true, help }
}

const fn anywhere(words: &'static [&'static str], help: &'static str) -> Lack {
    Lack { words, is_start: false, help }
}

const OWN_SCRIPT: &str =
    "write it into a script for the engine that has it, such as `0001_name.postgres.sql`";
const CURRENT: &str = "write `current_timestamp`";
const IDENTIFIER: &str = "let the service make identifiers, or write a script for each engine";
const NUMBERED: &str = "number rows in a script for each engine, or let the service make identifiers";
const UPSERT: &str =
    "`on conflict` and `on duplicate key` have no common form: write a script for each engine";

const SQLITE: &[Lack] = &[
    start(&["create", "extension"], OWN_SCRIPT),
    start(&["create", "type"], "write a check: `check (state in ('open', 'done'))`"),
    start(&["create", "domain"], OWN_SCRIPT),
    start(&["create", "policy"], OWN_SCRIPT),
    start(&["create", "schema"], OWN_SCRIPT),
    start(&["create", "sequence"], NUMBERED),
    start(&["create", "role"], "roles are made by `bedplate db create`"),
    start(&["create", "user"], "roles are made by `bedplate db create`"),
    start(&["create", "or?", "replace?", "function"], OWN_SCRIPT),
    start(&["create", "or?", "replace?", "procedure"], OWN_SCRIPT),
    start(&["create", "materialized", "view"], OWN_SCRIPT),
    start(&["create", "or", "replace"], "drop it first"),
    start(&["comment", "on"], "write a comment into the script: `-- ...`"),
    start(&["truncate"], "write `delete from`"),
    start(&["grant"], OWN_SCRIPT),
    start(&["revoke"], OWN_SCRIPT),
    start(&["do"], OWN_SCRIPT),
    start(&["set"], OWN_SCRIPT),
    start(&["alter", "type"], OWN_SCRIPT),
    start(&["alter", "index"], OWN_SCRIPT),
    start(&["alter", "sequence"], OWN_SCRIPT),
    start(&["drop", "type"], OWN_SCRIPT),
    start(&["drop", "schema"], OWN_SCRIPT),
    start(&["drop", "extension"], OWN_SCRIPT),
    start(&["rename", "table"], "write `alter table a rename to b`"),
    start(&["refresh"], OWN_SCRIPT),
    anywhere(&["concurrently"], OWN_SCRIPT),
    anywhere(&["auto_increment"], NUMBERED),
    anywhere(&["as", "identity"], NUMBERED),
    anywhere(&["engine", "="], OWN_SCRIPT),
    anywhere(&["on", "duplicate", "key"], UPSERT),
    anywhere(&["on", "update", "current_timestamp"], "let the service or a trigger set it"),
    anywhere(&["default", "now", "("], CURRENT),
    anywhere(&["gen_random_uuid", "("], IDENTIFIER),
    anywhere(&["uuid_generate_v4", "("], IDENTIFIER),
    anywhere(&["ilike"], "write `lower(a) like lower(b)`"),
    anywhere(&[":", ":"], "write `cast(a as text)`"),
];

const POSTGRES: &[Lack] = &[
    start(&["pragma"], OWN_SCRIPT),
    start(&["replace", "into"], UPSERT),
    start(&["insert", "or"], "write `insert .. on conflict`"),
    start(&["insert", "ignore"], "write `insert .. on conflict do nothing`"),
    start(&["rename", "table"], "write `alter table a rename to b`"),
    start(&["create", "virtual"], OWN_SCRIPT),
    anywhere(&["auto_increment"], NUMBERED),
    anywhere(&["autoincrement"], NUMBERED),
    anywhere(&["engine", "="], OWN_SCRIPT),
    anywhere(&["on", "duplicate", "key"], UPSERT),
    anywhere(&["without", "rowid"], OWN_SCRIPT),
    anywhere(&["on", "update", "current_timestamp"], "let the service or a trigger set it"),
    anywhere(&["default", "datetime", "("], CURRENT),
    anywhere(&["`"], "quote names with `\"`, or choose names that need no quotes"),
    anywhere(&["strftime", "("], OWN_SCRIPT),
    anywhere(&["ifnull", "("], "write `coalesce`"),
];

const MYSQL: &[Lack] = &[
    start(&["create", "extension"], OWN_SCRIPT),
    start(&["create", "type"], "write a check: `check (state in ('open', 'done'))`"),
    start(&["create", "domain"], OWN_SCRIPT),
    start(&["create", "policy"], OWN_SCRIPT),
    start(&["create", "materialized", "view"], OWN_SCRIPT),
    start(&["create", "virtual"], OWN_SCRIPT),
    start(&["comment", "on"], "write `comment '...'` behind the column"),
    start(&["pragma"], OWN_SCRIPT),
    start(&["vacuum"], OWN_SCRIPT),
    start(&["reindex"], OWN_SCRIPT),
    start(&["alter", "type"], OWN_SCRIPT),
    start(&["drop", "type"], OWN_SCRIPT),
    start(&["drop", "extension"], OWN_SCRIPT),
    start(&["refresh"], OWN_SCRIPT),
    start(&["insert", "or"], UPSERT),
    anywhere(&["concurrently"], OWN_SCRIPT),
    anywhere(&["autoincrement"], NUMBERED),
    anywhere(&["as", "identity"], NUMBERED),
    anywhere(&["on", "conflict"], UPSERT),
    anywhere(&["without", "rowid"], OWN_SCRIPT),
    anywhere(&["not", "valid"], OWN_SCRIPT),
    anywhere(&["enable", "row", "level"], OWN_SCRIPT),
    anywhere(&["gen_random_uuid", "("], IDENTIFIER),
    anywhere(&["uuid_generate_v4", "("], IDENTIFIER),
    anywhere(&["ilike"], "write `like`, which takes no notice of case here"),
    anywhere(&[":", ":"], "write `cast(a as char)`"),
    anywhere(&["nulls", "last"], "write `order by a is null, a`"),
    anywhere(&["nulls", "first"], OWN_SCRIPT),
    anywhere(&["using", "gin"], OWN_SCRIPT),
    anywhere(&["using", "gist"], OWN_SCRIPT),
];

/// What SQLite's `alter table` can do, and words that make something else of it.
const SQLITE_ALTERS: &[(&[&str], &[&str])] = &[
    (&["rename"], &["constraint", "index", "key"]),
    (&["add"], &["constraint", "primary", "unique", "foreign", "check", "index", "key", "fulltext"]),
    (&["drop"], &["constraint", "primary", "foreign", "index", "key", "check"]),
];

pub(super) fn judge(step: &Step<'_>, changes: &[Change], found: &mut Vec<Found>) {
    let words = &step.statement.words;
    let (lacks, engine) = match step.script.dialect {
        Dialect::Sqlite => (SQLITE, "SQLite"),
        Dialect::Mysql => (MYSQL, "MySQL"),
        _ => (POSTGRES, "PostgreSQL"),
    };
    let whole = &step.statement.range;
    let mut say = |at: &std::ops::Range<usize>, what: String, help: &str| {
        found.push(step.found(NOT_IN_THIS_ENGINE, at, format!("{engine} has no {what}")).with_help(help));
    };
    for lack in lacks {
        let at = if lack.is_start {
            words.begin_with(lack.words).then(|| whole.clone())
        } else {
            words.find(lack.words)
        };
        if let Some(at) = at {
            let said: Vec<&str> = lack.words.iter().filter(|word| !word.ends_with('?')).copied().collect();
            let what = said.join(" ").replace(" (", "()").replace(": :", "::");
            let what = if what == "`" { "names in backquotes".to_string() } else { format!("`{what}`") };
            say(&at, what, lack.help);
        }
    }
    match step.script.dialect {
        Dialect::Sqlite => sqlite(step, words, changes, &mut say),
        Dialect::Mysql => mysql(words, whole, &mut say),
        _ => postgres(words, whole, &mut say),
    }
}

const ARRAYS: &str = "arrays: `[]`";

/// Says where it stands, what is missing, and what to do.
type Say<'a> = dyn FnMut(&std::ops::Range<usize>, String, &str) + 'a;

fn sqlite(step: &Step<'_>, words: &Words, changes: &[Change], say: &mut Say<'_>) {
    let rebuild = "make a new table, copy the rows, drop the old one and rename the new one; or say it in `create table`";
    let whole = &step.statement.range;
    if let Some(rest) = words.after(&["alter", "table", "if?", "exists?", "only?"]) {
        // The name may have several parts.
        let dots = rest.get(1).is_some_and(|word| word.is("."));
        let rest = rest.get(if dots { 3 } else { 1 }..).unwrap_or_default();
        let is_known = SQLITE_ALTERS.iter().any(|(verb, not)| {
            after(rest, verb)
                .is_some_and(|rest| !rest.first().is_some_and(|word| not.iter().any(|no| word.is(no))))
        });
        let verb: Vec<&str> = rest.iter().take(2).map(|word| word.text.as_str()).collect();
        if !is_known && !rest.is_empty() {
            say(whole, format!("`alter table .. {}`", verb.join(" ")), rebuild);
        } else if changes.iter().filter(|change| !matches!(change.what, What::AddKey { .. })).count() > 1 {
            say(whole, "`alter table` with several changes".to_string(), "write an `alter table` for each");
        }
    }
    for change in changes {
        match &change.what {
            What::AddColumn { table, column }
                if step.is_old(table)
                    && column.default.as_ref().is_some_and(|default| !default.is_constant) =>
            {
                let what = "new columns whose default is no constant, where the table has rows".to_string();
                say(&column.at, what, "add it without a default, and fill it with an `update`");
            }
            What::AddKey { key, .. } if change.at != *whole => {
                use crate::change::Key;
                if let Key::Unique { .. } | Key::Primary { .. } = key {
                    let what = "new columns that are `unique` or a primary key".to_string();
                    say(&change.at, what, "add the column, then `create unique index`");
                }
            }
            _ => {}
        }
    }
    // SQLite takes `[]` for a name in brackets that is empty.
    if let Some(word) = words.all().iter().find(|word| word.kind == TokenKind::Name && word.text.is_empty()) {
        say(&word.range, ARRAYS.to_string(), "keep JSON in a text, or make a table of its own");
    }
    if words.begin_with(&["drop", "table"]) && words.all().last().is_some_and(|word| word.is("cascade")) {
        say(whole, "`drop table .. cascade`".to_string(), "leave `cascade` out");
    }
}

fn mysql(words: &Words, whole: &std::ops::Range<usize>, say: &mut Say<'_>) {
    if words.begin_with(&["create", "unique?", "index"])
        && let Some(at) = words.find(&["where"])
    {
        say(&at, "indexes of some rows only: `where`".to_string(), OWN_SCRIPT);
    }
    if let Some(at) = words.find(&["[", "]"]) {
        say(&at, ARRAYS.to_string(), "write `json`, or make a table of its own");
    }
    if words.begin_with(&["drop", "index"]) && words.find(&["on"]).is_none() {
        say(whole, "`drop index` without `on` and a table".to_string(), OWN_SCRIPT);
    }
}

fn postgres(words: &Words, whole: &std::ops::Range<usize>, say: &mut Say<'_>) {
    for verb in ["modify", "change", "convert"] {
        let Some(rest) = words.after(&["alter", "table"]) else { return };
        if rest.get(1).is_some_and(|word| word.is(verb)) {
            say(
                whole,
                format!("`alter table .. {verb}`"),
                "write `alter column .. type`, or `rename column`",
            );
        }
    }
    if words.begin_with(&["drop", "index"]) && words.find(&["on"]).is_some() {
        say(whole, "`drop index .. on`".to_string(), "leave the table out, in a script for each engine");
    }
}
