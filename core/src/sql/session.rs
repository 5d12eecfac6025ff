//! Which statements change their connection beyond the end of their transaction, so that whoever borrows it next would meet the change.
//!
//! One rule for all: what is taken back is let through, and everything else is refused. PostgreSQL takes `set local` back, SQLite
//! `pragma defer_foreign_keys`, and the driver of MySQL and MariaDB resets a connection behind `set` and `call`.
//! The rule goes by a statement's first words: what a function does inside, such as `set_config(.., false)`, it doesn't see.

use super::control::Control;
use super::tokens::TokenKind;
use super::types::Dialect;

/// What a statement does to its connection for those who come after it. `first` is its first word, `rest` what is said behind it.
pub(super) fn reach<'a>(
    first: &str,
    mut rest: impl Iterator<Item = (TokenKind, &'a str)>,
    dialect: Dialect,
) -> Control {
    let is = |words: &[&str]| one_of(first, words);
    let outlives = match dialect {
        _ if is(&["create"]) => match word(rest.next()) {
            Some(next) if one_of(next, &["temp", "temporary"]) => !drops_itself(rest, dialect),
            // `create or replace temp view`, `create local temp table`
            Some(next) if one_of(next, &["or", "local", "global"]) => {
                let temporary = rest
                    .by_ref()
                    .take(2)
                    .any(|said| word(Some(said)).is_some_and(|word| one_of(word, &["temp", "temporary"])));
                temporary && !drops_itself(rest, dialect)
            }
            _ => false,
        },
        Dialect::Postgres if is(&["set"]) => {
            !word(rest.next()).is_some_and(|next| one_of(next, &["local", "transaction", "constraints"]))
        }
        // A cursor ends with its transaction unless it is held.
        Dialect::Postgres if is(&["declare"]) => rest
            .take_while(|said| !word(Some(*said)).is_some_and(|word| one_of(word, &["for"])))
            .collect::<Vec<_>>()
            .windows(2)
            .any(|pair| pair[0].1.eq_ignore_ascii_case("with") && pair[1].1.eq_ignore_ascii_case("hold")),
        // The driver resets a connection behind `set` and `call`.
        Dialect::Mysql => is(&["prepare", "deallocate"]),
        // A statement that is prepared by name stays, and one that is forgotten may be the pool's own.
        Dialect::Postgres => is(&["reset", "discard", "listen", "unlisten", "prepare", "deallocate", "load"]),
        Dialect::Sqlite if is(&["pragma"]) => return pragma(rest),
        // What SQLite sets, it sets while it reads a statement, explained or not.
        Dialect::Sqlite if is(&["explain"]) => {
            let is_pragma = |said| word(Some(said)).is_some_and(|word| one_of(word, &["pragma"]));
            match rest.by_ref().take(3).any(is_pragma) {
                true => return pragma(rest),
                false => false,
            }
        }
        Dialect::Sqlite => is(&["attach", "detach"]),
    };
    if outlives { Control::Session(dialect) } else { Control::None }
}

/// What to do instead.
pub(super) fn help(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => {
            "write `set local`, or `create temp table .. on commit drop`, inside of a transaction; what is to last belongs to the role: `alter role .. set`"
        }
        _ => {
            "settings stand in the URL and hold for every connection; instead of a temporary table, make one that you drop"
        }
    }
}

/// What a table that PostgreSQL drops at the commit ends with.
fn drops_itself<'a>(rest: impl Iterator<Item = (TokenKind, &'a str)>, dialect: Dialect) -> bool {
    let mut words = rest.filter_map(|said| word(Some(said)));
    dialect == Dialect::Postgres
        && words.by_ref().any(|word| one_of(word, &["commit"]))
        && words.next().is_some_and(|word| one_of(word, &["drop"]))
}

/// Pragmas that take a value and leave the connection as it is: they read, they tend the file, or the value lies in it as rows do.
const HARMLESS: &[&str] = &[
    "application_id",
    "foreign_key_check",
    "foreign_key_list",
    "incremental_vacuum",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "optimize",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
    "wal_checkpoint",
];

/// `pragma NAME = VALUE`, `pragma NAME(VALUE)` and the same behind `SCHEMA.`.
fn pragma<'a>(mut rest: impl Iterator<Item = (TokenKind, &'a str)>) -> Control {
    let (mut name, mut sign) = (rest.next(), rest.next());
    if sign.is_some_and(|(_, sign)| sign == ".") {
        (name, sign) = (rest.next(), rest.next());
    }
    let name = name.map_or("", |(_, name)| unquoted(name));
    let value = rest.next().map_or("", |(_, value)| unquoted(value));
    if !sign.is_some_and(|(_, sign)| ["=", "("].contains(&sign)) || one_of(name, HARMLESS) {
        return Control::None;
    }
    // They are on already.
    if one_of(name, &["foreign_keys"]) && one_of(value, &["on", "1", "true", "yes"]) {
        return Control::None;
    }
    match one_of(name, &["defer_foreign_keys"]) {
        true => Control::SessionAlone(Dialect::Sqlite),
        false => Control::Session(Dialect::Sqlite),
    }
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '`', '[', ']', '\''])
}

fn word(said: Option<(TokenKind, &str)>) -> Option<&str> {
    said.filter(|(kind, _)| *kind == TokenKind::Word).map(|(_, word)| word)
}

fn one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|one| word.eq_ignore_ascii_case(one))
}

#[cfg(test)]
mod tests {
    use super::super::control::Control;
    use super::*;
    use crate::error::ErrorKind;
    use Dialect::{Mysql, Postgres, Sqlite};

    fn is_refused(text: &str, dialect: Dialect, in_transaction: bool) -> bool {
        match Control::of(text, dialect).check(in_transaction) {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
                assert!(error.message().contains("whoever gets the connection next"), "{text}: {error}");
                assert!(error.help().is_some(), "{text}");
                true
            }
            Ok(()) => false,
        }
    }

    #[test]
    fn what_the_next_borrower_would_meet_is_refused() {
        for (text, dialect) in [
            ("set role x", Postgres),
            ("/* x */ SET search_path = a", Postgres),
            (";set session lock_timeout = '2s'", Postgres),
            ("set session authorization x", Postgres),
            ("set session characteristics as transaction read only", Postgres),
            ("set time zone 'UTC'", Postgres),
            ("set bedplate.tenant = 'a'", Postgres),
            ("set \"local\" = 1", Postgres),
            ("reset all", Postgres),
            ("discard all", Postgres),
            ("listen a", Postgres),
            ("unlisten *", Postgres),
            ("prepare a as select 1", Postgres),
            ("deallocate all", Postgres),
            ("declare c no scroll cursor with hold for select 1", Postgres),
            ("create temp table a (b int)", Postgres),
            ("create temporary table a (b int) on commit delete rows", Postgres),
            ("create local temp table a (b int)", Postgres),
            ("create or replace temp view a as select 1", Postgres),
            ("pragma foreign_keys = off", Sqlite),
            ("pragma foreign_keys(0)", Sqlite),
            ("PRAGMA main.foreign_keys=0", Sqlite),
            ("pragma \"foreign_keys\" = 'off'", Sqlite),
            ("explain pragma foreign_keys = 0", Sqlite),
            ("explain query plan pragma query_only = 1", Sqlite),
            ("pragma synchronous = off", Sqlite),
            ("pragma journal_mode = delete", Sqlite),
            ("pragma writable_schema = 1", Sqlite),
            ("pragma case_sensitive_like = 0", Sqlite),
            ("attach 'x' as y", Sqlite),
            ("detach y", Sqlite),
            ("create temporary table a (b int)", Mysql),
            ("create or replace temporary table a (b int)", Mysql),
            ("prepare a from 'select 1'", Mysql),
            ("create temp table a (b int)", Sqlite),
            ("create temporary trigger a after insert on b begin select 1; end", Sqlite),
        ] {
            assert!(
                is_refused(text, dialect, false) && is_refused(text, dialect, true),
                "{dialect:?} {text}"
            );
        }
        assert!(is_refused("pragma defer_foreign_keys = on", Sqlite, false));
    }

    #[test]
    fn what_ends_with_its_transaction_and_what_only_reads_is_not() {
        for (text, dialect) in [
            ("set local role x", Postgres),
            ("set /* x */ LOCAL lock_timeout = '2s'", Postgres),
            ("set transaction read only", Postgres),
            ("set constraints all deferred", Postgres),
            ("show all", Postgres),
            ("declare c cursor for select a with hold from b", Postgres),
            ("create temp table a (b int) on commit drop", Postgres),
            ("create table temp (a int)", Postgres),
            ("create or replace function temp() returns int language sql as 'select 1'", Postgres),
            ("update a set b = 1", Postgres),
            ("create table \"temp\" (a int)", Sqlite),
            ("pragma foreign_keys", Sqlite),
            ("pragma foreign_keys = ON", Sqlite),
            ("pragma defer_foreign_keys = on", Sqlite),
            ("pragma main.table_info(a)", Sqlite),
            ("pragma integrity_check(1)", Sqlite),
            ("pragma user_version = 7", Sqlite),
            ("pragma wal_checkpoint(truncate)", Sqlite),
            ("pragma optimize", Sqlite),
            ("explain select pragma from a", Sqlite),
            ("set sql_mode = ''", Mysql),
            ("set statement max_statement_time = 1 for select 1", Mysql),
            ("drop temporary table a", Mysql),
        ] {
            assert!(!is_refused(text, dialect, true), "{dialect:?} {text}");
        }
    }
}
