//! What a script may do in the transaction that it runs in, and what becomes of one that has none.

use std::ops::Range;

use bedplate_core::sql::Dialect;

use crate::codes::{NEEDS_NO_TRANSACTION, SEVERAL_CHANGES_AT_ONCE, TRANSACTION_IN_SCRIPT};
use crate::history::{Found, Step};
use crate::schema::Place;
use crate::script::Script;

/// Statements that begin or end a transaction.
const CONTROL: &[&[&str]] = &[
    &["begin"],
    &["start", "transaction"],
    &["commit"],
    &["rollback"],
    &["end"],
    &["abort"],
    &["prepare", "transaction"],
    &["set", "autocommit"],
    &["lock", "tables"],
    &["unlock", "tables"],
];

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
    (Dialect::Sqlite, &["pragma", "journal_mode"]),
];

const HELP: &str =
    "write `-- bedplate: no-transaction` as the script's first line, and nothing else into the script";

pub(super) fn judge(step: &Step<'_>, found: &mut Vec<Found>) {
    let words = &step.statement.words;
    let at = &step.statement.range;
    if let Some(pattern) = CONTROL.iter().find(|pattern| words.begin_with(pattern)) {
        let message =
            format!("`{}` stands in a migration, which is a transaction already", pattern.join(" "));
        let help = "leave it out: where the engine can, a script and its record are one transaction";
        // `rollback to` a savepoint ends nothing.
        if !words.begin_with(&["rollback", "to"]) {
            found.push(step.found(TRANSACTION_IN_SCRIPT, at, message).with_help(help));
        }
    }
    if step.script.no_transaction {
        return;
    }
    let dialect = step.script.dialect;
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
    let is_off = words.after(&["pragma", "foreign_keys", "*"]).and_then(|rest| rest.first());
    if dialect == Dialect::Sqlite
        && words.begin_with(&["pragma", "foreign_keys"])
        && is_off.is_some_and(|value| ["off", "0", "false", "no"].contains(&value.text.as_str()))
    {
        let message = "`pragma foreign_keys` does nothing inside of a transaction: a table that is dropped takes the rows that refer to it along";
        let help = "write `-- bedplate: no-transaction` as the script's first line, or `pragma defer_foreign_keys = on` where no key cascades";
        found.push(step.found(NEEDS_NO_TRANSACTION, at, message.to_string()).with_help(help));
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
