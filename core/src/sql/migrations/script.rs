//! A script as it is run: whole in one transaction, or statement by statement.

use super::scripts::{Migration, sha256};
use super::words::{Word, Words};
use crate::error::{Error, Result};
use crate::sql::control::Control;
use crate::sql::tokens::{TokenKind, statements, tokens};
use crate::sql::types::Dialect;

/// What a comment before the first statement begins with where it says how the script is run.
const DIRECTIVE: &str = "bedplate:";
/// The directive of a script that cannot be one transaction.
const NO_TRANSACTION: &str = "no-transaction";

/// A script as it is run.
#[derive(Debug)]
pub(super) struct Script<'a> {
    pub(super) text: &'a str,
    pub(super) statements: Vec<&'a str>,
    pub(super) dialect: Dialect,
    /// Whether it may be one transaction, together with its record.
    pub(super) is_whole: bool,
}

impl Migration {
    /// Whether the script says that it cannot be one transaction.
    pub fn is_without_transaction(&self) -> bool {
        directives(&self.script).any(|directive| directive == NO_TRANSACTION)
    }

    /// Why [`apply`](super::Migrations::apply) would refuse a statement of this script before anything of it runs; `None` where it wouldn't.
    /// `transactional_ddl`: whether the engine can undo a `create table`.
    pub fn refusal(&self, statement: &str, dialect: Dialect, transactional_ddl: bool) -> Option<Error> {
        let is_whole = transactional_ddl && !self.is_without_transaction();
        check_one(statement, dialect, is_whole).err()
    }
}

impl<'a> Script<'a> {
    /// Takes a script apart for an engine that can, or can't, undo a `create table`.
    pub(super) fn new(migration: &'a Migration, dialect: Dialect, transactional_ddl: bool) -> Self {
        let text = migration.script.as_str();
        let statements = statements(text, dialect).into_iter().map(|range| &text[range]).collect();
        let is_whole = transactional_ddl && !migration.is_without_transaction();
        Self { text, statements, dialect, is_whole }
    }

    /// The checksum of its first statements, whatever stands between them.
    pub(super) fn prefix(&self, done: usize) -> Option<String> {
        // A statement never holds a NUL, so two lists of statements never read the same.
        self.statements.get(..done).map(|done| sha256(&done.join("\0")))
    }

    /// The line in which a statement begins.
    pub(super) fn line(&self, at: usize) -> usize {
        // Each is a part of the text, so that its place follows from where it lies.
        let start = |statement: &&str| statement.as_ptr().addr() - self.text.as_ptr().addr();
        let before = self.statements.get(at).and_then(|statement| self.text.get(..start(statement)));
        before.map_or(1, |before| before.matches('\n').count() + 1)
    }

    /// Refuses, before anything runs, what can't be run the way that the script is.
    pub(super) fn check(&self) -> Result<()> {
        if self.statements.is_empty() {
            return Err(Error::invalid("there is no statement in it yet").with_help(
                "write it, or `select 1;` where nothing is to be done: what was applied may not be changed any more",
            ));
        }
        self.statements.iter().enumerate().try_for_each(|(at, statement)| {
            check_one(statement, self.dialect, self.is_whole).map_err(|error| {
                let line = self.line(at);
                let message = format!(
                    "statement {}, in line {line}, cannot be in a migration: {}",
                    at + 1,
                    error.message()
                );
                Error::new(error.kind(), message).with_help(error.help().unwrap_or_default())
            })
        })
    }

    /// Whether a statement and the record of it can be one transaction: what changes rows always, what changes the schema where
    /// the engine can.
    pub(super) fn is_atomic(&self, statement: &str, transactional_ddl: bool) -> bool {
        let mut words = Words::of(statement, self.dialect);
        let first = words.next();
        let changes_rows = |word: Word<'_>| {
            // A function that `select` calls can't commit; what `call` and `do` call can.
            word.is_any(&["insert", "update", "delete", "replace", "merge", "with", "select", "values"])
                || word.is_any(&["copy", "load"])
                || transactional_ddl && word.is("truncate")
        };
        if first.is_some_and(changes_rows) {
            return true;
        }
        let changes_schema = first.is_some_and(|word| word.is_any(&["create", "alter", "drop"]))
            && words.accept(&["table", "index", "unique", "view"]).is_some();
        transactional_ddl && changes_schema && !words.rest().iter().any(|word| word.is("concurrently"))
    }
}

/// Refuses a statement that can't be run the way that its script is.
fn check_one(statement: &str, dialect: Dialect, is_whole: bool) -> Result<()> {
    let words = Words::of(statement, dialect);
    if is_whole {
        refuse_in_transaction(words, dialect)?;
    } else {
        refuse_alone(words, dialect)?;
    }
    match Control::of(statement, dialect) {
        control @ (Control::Session(_) | Control::SessionAlone(_)) => control.check(is_whole),
        control => control.check(is_whole).map_err(|error| {
            Error::invalid(error.message())
                .with_help("leave it out: a script is one transaction wherever the engine can")
        }),
    }
}

/// Whether a statement that may have happened can be run again: it fails where it has, or does the same once more.
pub(super) fn is_repeatable(statement: &str, dialect: Dialect) -> bool {
    let mut words = Words::of(statement, dialect);
    let Some(first) = words.next() else { return true };
    if first.is("set") {
        // `set statement .. for` may be anything.
        return words.accept(&["global", "persist", "persist_only", "password", "default"]).is_some();
    }
    let changes_schema = ["create", "alter", "drop", "rename", "comment", "grant", "revoke"];
    let tends =
        ["analyze", "optimize", "reindex", "vacuum", "cluster", "refresh", "checkpoint", "flush", "pragma"];
    first.is_any(&changes_schema) || first.is_any(&tends)
}

/// What does otherwise than it says inside of a transaction.
fn refuse_in_transaction(mut words: Words<'_>, dialect: Dialect) -> Result<()> {
    if dialect != Dialect::Sqlite || words.accept(&["pragma"]).is_none() {
        return Ok(());
    }
    let is_off = |word: &Word<'_>| {
        let value = word.text.trim_matches('\'');
        ["off", "0", "false", "no"].iter().any(|off| value.eq_ignore_ascii_case(off))
    };
    let is_about_keys = words.name().is_some_and(|name| name.eq_ignore_ascii_case("foreign_keys"));
    if is_about_keys && words.rest().iter().any(is_off) {
        return Err(Error::invalid(
            "SQLite ignores `pragma foreign_keys` inside of a transaction, so that dropping a table deletes what refers to it",
        )
        .with_help("change the table by `alter table`, or rebuild those that refer to it as well"));
    }
    Ok(())
}

/// What reaches no further than its connection: alone, each statement may get another one, and after a crash it does.
fn refuse_alone(words: Words<'_>, dialect: Dialect) -> Result<()> {
    let mut rest = words.clone();
    let Some(first) = rest.next() else { return Ok(()) };
    let second = rest.next();
    let is_second = |words: &[&str]| second.is_some_and(|word| word.is_any(words));
    // `set global` is for everyone, and `set statement .. for` for one statement.
    let is_setting =
        first.is("set") && !is_second(&["global", "persist", "persist_only", "password", "statement"]);
    let is_bound = match dialect {
        _ if first.is_any(&["prepare", "execute", "deallocate"]) => true,
        _ if first.is("create") && is_second(&["temp", "temporary"]) => true,
        Dialect::Mysql => first.is("use") || is_setting,
        Dialect::Postgres => first.is_any(&["set", "declare"]),
        Dialect::Sqlite => {
            first.is("pragma") && is_second(&["foreign_keys", "defer_foreign_keys", "legacy_alter_table"])
        }
    };
    if is_bound {
        return Err(Error::invalid(format!(
            "`{}` reaches no further than one connection, and this script's statements run one by one",
            first.text.to_ascii_lowercase()
        ))
        .with_help(match dialect {
            Dialect::Mysql => {
                "leave it out; MariaDB takes `set statement NAME = VALUE for` before one statement"
            }
            _ => "give the setting to the role or the database, or write a script that is one transaction",
        }));
    }
    if is_nameless_concurrent_index(words) {
        return Err(Error::invalid("an index that is built concurrently has no name")
            .with_help("name it, so that a build that was cut off is found again"));
    }
    Ok(())
}

fn is_nameless_concurrent_index(mut words: Words<'_>) -> bool {
    let begins = words.accept(&["create"]).is_some();
    words.accept(&["unique"]);
    begins
        && words.accept(&["index"]).is_some()
        && words.accept(&["concurrently"]).is_some()
        && words.accept(&["on"]).is_some()
}

/// What the comments before the first statement say about how the script is run.
fn directives(script: &str) -> impl Iterator<Item = &str> {
    comments(script).take_while(|(leads, _)| *leads).filter_map(|(_, comment)| directive(comment))
}

fn directive(comment: &str) -> Option<&str> {
    comment.strip_prefix("--")?.trim().strip_prefix(DIRECTIVE).map(str::trim)
}

/// The comments of a script, each with whether it stands before the first statement.
fn comments(script: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut leads = true;
    tokens(script, Dialect::Sqlite).filter_map(move |token| {
        leads &= !token.is_said();
        (token.kind == TokenKind::Comment).then(|| (leads, &script[token.range]))
    })
}

/// Refuses a directive that is none or that stands where nobody looks for it.
pub(super) fn check_directives(script: &str) -> Result<()> {
    for (leads, comment) in comments(script) {
        let help = format!("write `-- {DIRECTIVE} {NO_TRANSACTION}` before the first statement");
        match directive(comment) {
            Some(NO_TRANSACTION) if !leads => {
                return Err(Error::invalid("a directive stands behind the first statement").with_help(help));
            }
            Some(other) if other != NO_TRANSACTION => {
                return Err(Error::invalid(format!("`{other}` is no directive")).with_help(help));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{Mysql, Postgres, Sqlite};

    fn migration(script: &str) -> Migration {
        Migration { number: 1, name: "a".into(), script: script.into(), file: "1_a.sql".into() }
    }

    fn check(script: &str, dialect: Dialect) -> Result<()> {
        Script::new(&migration(script), dialect, dialect != Mysql).check()
    }

    #[test]
    fn a_directive_or_the_engine_keeps_a_script_out_of_a_transaction() {
        let is_whole = |script: &str, can| Script::new(&migration(script), Postgres, can).is_whole;
        assert!(is_whole("select 1", true));
        assert!(!is_whole("select 1", false));
        for script in
            ["-- bedplate: no-transaction\nselect 1", "\n-- Why.\n/* x */\n--bedplate:no-transaction"]
        {
            assert!(!is_whole(script, true), "{script}");
            check_directives(script).unwrap();
        }
        for script in ["select 1 -- bedplate: no-transaction", "-- bedplate: no transaction", "-- bedplate:"]
        {
            assert!(check_directives(script).is_err(), "{script}");
        }
        check_directives("select '-- bedplate: x'").unwrap();
    }

    #[test]
    fn a_prefix_is_its_statements_and_not_what_stands_between_them() {
        let prefix = |script: &str, done| Script::new(&migration(script), Sqlite, true).prefix(done);
        assert_eq!(prefix("a; b; c", 2), prefix("-- x\na;\r\n b -- y\n; d", 2));
        assert_ne!(prefix("a; b", 2), prefix("a; b", 1));
        assert_ne!(prefix("a; b", 2), prefix("a; c", 2));
        assert_eq!(prefix("a; b", 3), None);
        assert_eq!(prefix("a", 0), prefix("b", 0));
    }

    #[test]
    fn what_cannot_be_in_a_script_is_refused_before_it_runs() {
        for (script, dialect) in [
            ("create table a (b int); commit", Postgres),
            ("begin; create table a (b int); end", Sqlite),
            ("lock tables a write", Mysql),
            ("pragma foreign_keys = OFF; drop table a", Sqlite),
            ("pragma foreign_keys(0)", Sqlite),
            ("set @a = 1", Mysql),
            ("set a = 1, @`b` = 2", Mysql),
            ("set foreign_key_checks = 0", Mysql),
            ("set names utf8mb4", Mysql),
            ("use other", Mysql),
            ("set search_path = a", Postgres),
            ("set session lock_timeout = '2s'", Postgres),
            ("create temporary table a (b int)", Mysql),
            ("create temp table a (b int)", Postgres),
            ("create temp table a (b int)", Sqlite),
            ("pragma synchronous = off", Sqlite),
            ("listen a", Postgres),
            ("-- bedplate: no-transaction\nset lock_timeout = '2s'", Postgres),
            ("-- bedplate: no-transaction\nsavepoint a", Postgres),
            ("-- bedplate: no-transaction\npragma foreign_keys = off", Sqlite),
            ("-- bedplate: no-transaction\ncreate unique index concurrently on a (b)", Postgres),
        ] {
            let error = check(script, dialect).unwrap_err();
            assert!(
                error.message().starts_with("statement ") && error.help().is_some(),
                "{script}: {error:?}"
            );
        }
        for (script, dialect) in [
            ("savepoint a; release a", Postgres),
            ("set local lock_timeout = '2s'; create temp table a (b int) on commit drop", Postgres),
            ("pragma foreign_keys = on; pragma user_version = 0", Sqlite),
            ("set transaction isolation level serializable; set constraints all deferred", Postgres),
            ("set statement foreign_key_checks = 0 for drop table a; set global a = 1", Mysql),
            ("-- bedplate: no-transaction\ncreate index concurrently c on a (b)", Postgres),
        ] {
            check(script, dialect).unwrap();
        }
    }

    #[test]
    fn what_changes_rows_is_one_transaction_with_its_record() {
        let is = |statement: &str, can| {
            Script::new(&migration(""), if can { Postgres } else { Mysql }, can).is_atomic(statement, can)
        };
        for statement in [
            "insert into a values (1)",
            "/* x */ UPDATE a set b = 1",
            "with a as (select 1) delete from b",
            "select f()",
            "load data infile 'x' into table a",
        ] {
            assert!(is(statement, true) && is(statement, false), "{statement}");
        }
        for statement in [
            "create table a (b int)",
            "create unique index a on b (c)",
            "alter table a add b int",
            "truncate a",
        ] {
            assert!(is(statement, true) && !is(statement, false), "{statement}");
        }
        for statement in [
            "create index concurrently a on b (c)",
            "vacuum",
            "drop database a",
            "alter type a add value 'b'",
            "call a()",
            "do $$ begin null; end $$",
        ] {
            assert!(!is(statement, true) && !is(statement, false), "{statement}");
        }
    }

    #[test]
    fn what_could_happen_twice_is_not_run_again() {
        for statement in
            ["call a()", "do $$ begin null; end $$", "truncate a", "set statement b = 1 for call a()", "x"]
        {
            assert!(!is_repeatable(statement, Mysql), "{statement}");
        }
        for statement in
            ["/* x */ Create procedure a() call b()", "drop table a", "vacuum", "set global a = 1", ""]
        {
            assert!(is_repeatable(statement, Mysql), "{statement}");
        }
    }
}
