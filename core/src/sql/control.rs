//! Which statements control a transaction or outlive it, told by their first words.
//!
//! Transactions begin and end through the handle, never through a statement: an engine that let one through would go on
//! outside of the transaction without anyone noticing. And a connection comes back from each as it went.

use super::session;
use super::tokens::{TokenKind, tokens};
use super::types::Dialect;
use crate::error::{Error, Result};

/// What a statement has to do with its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// It begins or ends one.
    Bounds,
    /// It sets or releases a savepoint.
    Savepoint,
    /// It goes back to a savepoint.
    RollbackTo,
    /// It changes its connection for whoever gets that next.
    Session(Dialect),
    /// It does so where it stands outside of a transaction.
    SessionAlone(Dialect),
    /// Nothing.
    None,
}

impl Control {
    /// Reads the first words of a statement as its dialect does.
    pub(super) fn of(text: &str, dialect: Dialect) -> Self {
        match Self::read(text, dialect) {
            // Which of these comments a server runs depends on its version: whatever one of them could do is refused.
            Self::None if dialect == Dialect::Mysql && text.contains("/*") && text.contains('!') => {
                let mut starts = executable_starts(text).into_iter().map(|start| Self::read(&start, dialect));
                match starts.find(|control| *control != Self::None) {
                    Some(Self::Session(dialect)) => Self::Session(dialect),
                    Some(_) => Self::Bounds,
                    None => Self::None,
                }
            }
            control => control,
        }
    }

    /// Reads the first words, with every comment left out.
    fn read(text: &str, dialect: Dialect) -> Self {
        let mut said = tokens(text, dialect)
            .filter(|token| token.is_said())
            .skip_while(|token| token.kind == TokenKind::End)
            .map(|token| (token.kind, &text[token.range]));
        let first = match said.next() {
            Some((TokenKind::Word, word)) => word,
            _ => return Self::None,
        };
        let is = |words: &[&str]| words.iter().any(|word| first.eq_ignore_ascii_case(word));
        let mut next = || said.next().filter(|(kind, _)| *kind == TokenKind::Word).map(|(_, word)| word);
        if is(&["begin", "start", "commit", "end", "abort"]) {
            return Self::Bounds;
        }
        if is(&["savepoint", "release"]) {
            return Self::Savepoint;
        }
        if is(&["rollback"]) {
            // `rollback work to a`, `rollback transaction to savepoint a`
            let is_to = |word: Option<&str>| word.is_some_and(|word| word.eq_ignore_ascii_case("to"));
            return if is_to(next()) || is_to(next()) { Self::RollbackTo } else { Self::Bounds };
        }
        match dialect {
            // What it prepares is no transaction of the session any more.
            Dialect::Postgres if is(&["prepare"]) => match next() {
                Some(word) if word.eq_ignore_ascii_case("transaction") => Self::Bounds,
                _ => Self::Session(dialect),
            },
            Dialect::Mysql if is(&["xa", "lock", "unlock"]) => Self::Bounds,
            // `set autocommit = 1` commits; `set autocommit = 0` begins one that nobody ends.
            Dialect::Mysql if is(&["set"]) && said.any(|(_, word)| is_autocommit(word)) => Self::Bounds,
            _ => session::reach(first, said, dialect),
        }
    }

    /// Refuses what would begin or end a transaction, savepoints where there is none, and what would reach the next user of its connection.
    pub(super) fn check(self, in_transaction: bool) -> Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Savepoint | Self::RollbackTo | Self::SessionAlone(_) if in_transaction => Ok(()),
            Self::Session(dialect) | Self::SessionAlone(dialect) => {
                Err(Error::invalid("this statement reaches on to whoever gets the connection next")
                    .with_help(session::help(dialect)))
            }
            _ => Err(Error::invalid("a transaction cannot be begun or ended by a statement")
                .with_help("use `Sql::begin`, `Transaction::commit`, `rollback` and `savepoint`")),
        }
    }
}

fn is_autocommit(word: &str) -> bool {
    word.trim_matches('`').eq_ignore_ascii_case("autocommit")
}

/// The texts that a statement of MySQL may be for a server: with what is in `/*! .. */` and `/*M! .. */`, and from each of these on.
fn executable_starts(text: &str) -> Vec<String> {
    let mut starts = Vec::new();
    let mut whole = String::new();
    let mut leads = true;
    for token in tokens(text, Dialect::Mysql) {
        let piece = &text[token.range.clone()];
        let content = piece.strip_prefix("/*!").or_else(|| piece.strip_prefix("/*M!"));
        match content {
            Some(content) => {
                let content = content.trim_end_matches("*/").trim_start_matches(|c: char| c.is_ascii_digit());
                whole.extend([" ", content, " "]);
                if leads {
                    starts.push(format!("{content} {}", &text[token.range.end..]));
                }
            }
            None => {
                leads &= !token.is_said() || token.kind == TokenKind::End;
                whole.push_str(piece);
            }
        }
    }
    starts.push(whole);
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{Mysql, Postgres, Sqlite};

    #[test]
    fn the_bounds_of_a_transaction_are_recognised_behind_comments() {
        for dialect in [Sqlite, Postgres, Mysql] {
            for text in [
                "commit",
                " COMMIT;",
                "-- x\nrollback",
                "/* a */ Begin immediate",
                "start transaction",
                ";end",
                "\u{feff}commit",
                "rollback; select to",
                "abort",
            ] {
                assert_eq!(Control::of(text, dialect), Control::Bounds, "{dialect:?} {text}");
            }
            for text in ["rollback to a", "ROLLBACK TRANSACTION TO SAVEPOINT a", "rollback /* */ work to a"] {
                assert_eq!(Control::of(text, dialect), Control::RollbackTo, "{dialect:?} {text}");
            }
            assert_eq!(Control::of("savepoint a", dialect), Control::Savepoint);
            assert_eq!(Control::of("release savepoint a", dialect), Control::Savepoint);
        }
    }

    #[test]
    fn comments_end_where_the_dialect_ends_them() {
        for (text, dialect) in [
            ("/* a /* b */ c */ begin", Postgres),
            ("/* a /* b */ commit", Sqlite),
            ("/* a /* b */ commit", Mysql),
            ("# x\ncommit", Mysql),
        ] {
            assert_eq!(Control::of(text, dialect), Control::Bounds, "{dialect:?} {text}");
        }
        assert_eq!(Control::of("/* a /* b */ commit", Postgres), Control::None);
    }

    #[test]
    fn each_dialect_has_words_of_its_own() {
        assert_eq!(Control::of("PREPARE /* x */ transaction 'a'", Postgres), Control::Bounds);
        assert_eq!(Control::of("commit prepared 'a'", Postgres), Control::Bounds);
        assert_eq!(Control::of("prepare a as select 1", Postgres), Control::Session(Postgres));
        assert_eq!(Control::of("set autocommit = 1", Postgres), Control::Session(Postgres));
        for text in ["prepared", "lock table a in share mode", "set local autocommit = 1"] {
            assert_eq!(Control::of(text, Postgres), Control::None, "{text}");
        }
        for text in [
            "xa start 'a'",
            "lock tables a write",
            "UNLOCK TABLES",
            "set autocommit = 1",
            "set names utf8mb4, @@session.`AutoCommit` = 0",
        ] {
            assert_eq!(Control::of(text, Mysql), Control::Bounds, "{text}");
        }
        assert_eq!(Control::of("set names utf8mb4", Mysql), Control::None);
        assert_eq!(Control::of("prepare a from 'select 1'", Mysql), Control::Session(Mysql));
    }

    #[test]
    fn a_comment_that_mysql_runs_is_no_comment() {
        for text in [
            "/*! commit */",
            "/*!50000 commit */ select 1",
            "/*M!100100 rollback */ to a",
            "/*!99999 select */ commit",
            "/*!99999 select 1 */ /*!50000 commit */",
            "/* x */ ; /*! /* y */ begin",
            "set /*! autocommit */ = 0",
            "/*!commit",
        ] {
            assert_eq!(Control::of(text, Mysql), Control::Bounds, "{text}");
        }
        assert_eq!(Control::of("/*! create temporary table a (b int) */", Mysql), Control::Session(Mysql));
        for text in ["/*! select */ 1", "select /*! straight_join */ 'commit'", "select '/*! commit */'"] {
            assert_eq!(Control::of(text, Mysql), Control::None, "{text}");
        }
        assert_eq!(Control::of("/*! commit */ select 1", Sqlite), Control::None);
    }

    #[test]
    fn other_statements_are_none_of_these() {
        for dialect in [Sqlite, Postgres, Mysql] {
            for text in [
                "select 1",
                "",
                "   ",
                "/* open",
                "beginning",
                "é",
                "(select 1)",
                "update t set a = 'commit'",
            ] {
                assert_eq!(Control::of(text, dialect), Control::None, "{dialect:?} {text}");
            }
        }
    }
}
