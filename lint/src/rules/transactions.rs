//! What a script may do in the transaction that it runs in, and what becomes of one that has none.

use std::ops::Range;

use bedplate_core::sql::{Dialect, TokenKind};

use crate::codes::{NEEDS_NO_TRANSACTION, REFUSED_IN_SCRIPT, SEVERAL_CHANGES_AT_ONCE};
use crate::history::{Found, Step};
use crate::schema::Place;
use crate::script::Script;

/// Statements that no transaction can hold.
const OUTSIDE: &[(Dialect, &[&str])] = &[
    (Dialect::Postgres, &["create", "unique?", "index", "concurrently"]),
    (Dialect::Postgres, &["drop", "index", "concurrently"]),
    (Dialect::Postgres, &["vacuum"]),
    (Dialect::Postgres, &["create", "database"]),
    (Dialect::Postgres, &["drop", "database"]),
    (Dialect::Postgres, &["create", "tablespace"]),
    (Dialect::Postgres, &["alter", "system"]),
    (Dialect::Sqlite, &["vacuum"]),
];

const HELP: &str =
    "write `-- bedplate: no-transaction` as the script's first line, and nothing else into the script";

pub(super) fn judge(step: &Step<'_>, found: &mut Vec<Found>) {
    let (script, words, at) = (step.script, &step.statement.words, &step.statement.range);
    let dialect = script.dialect;
    // MySQL commits with every change, so that no script of it is one transaction.
    let refusal = script.migration.refusal(&script.text[at.clone()], dialect, dialect != Dialect::Mysql);
    if let Some(error) = refusal {
        let first = words.all().iter().find(|word| word.kind == TokenKind::Word);
        let verb = first.map_or("", |word| &word.text);
        let message = format!("`{verb}` is refused before anything of the script runs: {}", error.message());
        let help = error.help().unwrap_or("leave it out");
        found.push(step.found(REFUSED_IN_SCRIPT, at, message).with_help(help));
    }
    if step.script.no_transaction {
        return;
    }
    let outside = OUTSIDE.iter().find(|(of, pattern)| *of == dialect && words.begin_with(pattern));
    let reindex = dialect == Dialect::Postgres
        && (words.begin_with(&["reindex"]) || words.begin_with(&["alter", "table"]))
        && words.find(&["concurrently"]).is_some();
    if outside.is_some() || reindex {
        let first = outside.map_or_else(
            || format!("{} .. concurrently", words.first()),
            |(_, pattern)| {
                pattern.iter().filter(|word| !word.ends_with('?')).copied().collect::<Vec<_>>().join(" ")
            },
        );
        let message = format!("`{first}` fails inside of a transaction");
        found.push(step.found(NEEDS_NO_TRANSACTION, at, message).with_help(HELP));
    }
}

/// Several changes to what is in use, where a script is no transaction.
pub(super) fn half_way(script: &Script<'_>, index: usize, risky: &[Range<usize>], found: &mut Vec<Found>) {
    let is_transaction = script.dialect != Dialect::Mysql && !script.no_transaction;
    let [_, second, ..] = risky else { return };
    if is_transaction {
        return;
    }
    let why = if script.no_transaction {
        "this script is no transaction"
    } else {
        "MySQL commits with every change"
    };
    let message = format!(
        "{} changes to tables that are in use: {why}, and one that fails leaves the ones before it done",
        risky.len()
    );
    let help =
        "write a migration for each, so that every state between them is one in which the service works";
    found.push(Found {
        code: SEVERAL_CHANGES_AT_ONCE,
        place: Place { script: index, range: second.clone() },
        message,
        help: Some(help.to_string()),
    });
}
