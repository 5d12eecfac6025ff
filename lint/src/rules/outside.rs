//! A service's database is its own: no statement reads or writes another one.

use bedplate_core::sql::Dialect;

use crate::codes::OTHER_DATABASE;
use crate::history::{Found, Step};
use crate::words::Word;

/// Schemas that every database has.
const EVERYWHERE: &[&str] =
    &["public", "main", "temp", "pg_catalog", "pg_temp", "information_schema", "performance_schema", "sys"];
/// Words before the name of a table.
const BEFORE_A_TABLE: &[&str] = &["from", "join", "into", "update", "table", "references", "truncate", "on"];
/// Words that may stand between.
const BETWEEN: &[&str] = &["only", "if", "not", "exists"];
/// Calls in which `from` has another meaning.
const CALLS_WITH_FROM: &[&str] = &["extract", "substring", "trim", "overlay", "position"];
/// Statements that open a way to another database.
const WAYS: &[(Dialect, &[&str], &str)] = &[
    (Dialect::Sqlite, &["attach"], "`attach` opens another database file"),
    (Dialect::Mysql, &["use"], "`use` goes to another database"),
    (Dialect::Postgres, &["create", "server"], "a foreign server is another database"),
    (Dialect::Postgres, &["create", "foreign", "table"], "a foreign table is a table of another database"),
    (Dialect::Postgres, &["import", "foreign", "schema"], "a foreign schema is one of another database"),
    (
        Dialect::Postgres,
        &["create", "extension", "if?", "not?", "exists?", "dblink"],
        "`dblink` reads other databases",
    ),
    (
        Dialect::Postgres,
        &["create", "extension", "if?", "not?", "exists?", "postgres_fdw"],
        "`postgres_fdw` reads other databases",
    ),
];
const HELP: &str = "each service has its own database: publish an event, or ask the other service";

pub(super) fn judge(step: &Step<'_>, found: &mut Vec<Found>) {
    let words = &step.statement.words;
    for (dialect, pattern, says) in WAYS {
        if *dialect == step.script.dialect && words.begin_with(pattern) {
            found
                .push(step.found(OTHER_DATABASE, &step.statement.range, (*says).to_string()).with_help(HELP));
        }
    }
    // In a routine the same words stand for variables and rows.
    if words.begin_with(&["create", "or?", "replace?", "trigger"])
        || words.begin_with(&["create", "or?", "replace?", "function"])
        || words.begin_with(&["create", "or?", "replace?", "procedure"])
        || ["grant", "revoke", "comment"].contains(&words.first())
    {
        return;
    }
    for (schema, table) in qualified(words.all()) {
        let name = schema.text.as_str();
        let is_known = EVERYWHERE.contains(&name)
            || step.schema.schemas.contains(name)
            || step.options.known_schemas.iter().any(|known| known.eq_ignore_ascii_case(name));
        if !is_known {
            let at = schema.range.start..table.range.end;
            let message = format!("`{name}.{}` lies in another database", table.text);
            let help =
                format!("{HELP}; a schema of this database is made by `create schema {name}` in a migration");
            found.push(step.found(OTHER_DATABASE, &at, message).with_help(help));
        }
    }
}

/// The names of tables with a schema before them.
fn qualified(words: &[Word]) -> Vec<(&Word, &Word)> {
    let mut calls: Vec<bool> = Vec::new();
    let mut names = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| words.get(before));
        match word.text.as_str() {
            "(" => calls.push(before.is_some_and(|word| CALLS_WITH_FROM.iter().any(|call| word.is(call)))),
            ")" => drop(calls.pop()),
            _ => {}
        }
        if !BEFORE_A_TABLE.iter().any(|keyword| word.is(keyword)) {
            continue;
        }
        // `on` names a table only where an index or a policy is made.
        let is_joined = word.is("on") && !words.first().is_some_and(|first| first.is("create"));
        let is_within = word.is("from")
            && (calls.last() == Some(&true) || before.is_some_and(|word| word.is("distinct")));
        if is_joined || is_within {
            continue;
        }
        let rest = &words[at + 1..];
        let skipped = rest.iter().take_while(|word| BETWEEN.iter().any(|between| word.is(between))).count();
        if let [schema, dot, table, ..] = &rest[skipped..]
            && schema.is_name()
            && dot.is(".")
            && table.is_name()
        {
            let is_call = rest.get(skipped + 3).is_some_and(|word| word.is("(")) && word.is("from");
            if !is_call {
                names.push((schema, table));
            }
        }
    }
    names
}
